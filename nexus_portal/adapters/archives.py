"""Photos of many persons in one ZIP archive, and the list of them where it lies beside."""

import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO
from unicodedata import normalize

from nexus_portal.adapters.archive_entries import (
    MEGABYTE,
    Limits,
    base_name,
    is_litter,
    is_sheet,
    showable,
    why_skipped,
)
from nexus_portal.adapters.file_kinds import FileKind, kind_of
from nexus_portal.adapters.unzipping import open_zip, read_entry, too_large
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

__all__ = ["Limits", "PhotoArchive", "Skipped", "holds_spreadsheet", "photos_in", "spreadsheet_in"]

_BEGINNING = 4096
"""Bytes that tell what a file is."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was left alone. Its name may be a person's: show it, do not store it."""

    name: str = field(repr=False)
    reason: Message


@dataclass(frozen=True, slots=True)
class PhotoArchive:
    """The photos of an archive by base name. Nothing is unpacked before `read` asks for it.

    Names may be those of persons: they are personal data like the photos.
    """

    names: tuple[str, ...] = field(repr=False)
    duplicates: tuple[str, ...] = field(repr=False)
    """Base names that occur more than once, in several folders; none of them can be read."""
    skipped: tuple[Skipped, ...]
    _archive: zipfile.ZipFile = field(repr=False)
    _entries: Mapping[str, zipfile.ZipInfo] = field(repr=False)
    _limits: Limits = field(repr=False)

    def read(self, name: str) -> bytes:
        """The bytes of one photo, unpacked now.

        Raises:
            Invalid: there is no such photo, or it is damaged or too large.
        """
        entry = self._entries.get(_same(name))
        if entry is None:
            raise Invalid(Message("There is no such photo in the ZIP file."))
        return read_entry(self._archive, entry, self._limits.max_entry_bytes)


def photos_in(data: bytes | IO[bytes], limits: Limits | None = None) -> PhotoArchive:
    """What photos an archive offers, given as bytes or as a file that stays open.

    Folders are only folders: a photo's name is the last part of its path.

    Raises:
        Invalid: no ZIP archive, damaged, empty, or beyond the limits as a whole.
    """
    limits = limits or Limits()
    _refuse_other_kinds(io.BytesIO(data) if isinstance(data, bytes) else data, limits)
    archive = open_zip(data, limits.max_entries)
    photos: defaultdict[str, list[zipfile.ZipInfo]] = defaultdict(list)
    skipped: list[Skipped] = []
    for entry in archive.infolist():
        if is_litter(entry):
            continue
        reason = why_skipped(entry, limits)
        if reason:
            skipped.append(Skipped(showable(base_name(entry)), reason))
        else:
            photos[_same(base_name(entry))].append(entry)
    if not photos and not skipped:
        raise Invalid(Message("The ZIP file is empty."))
    single = {name: entries[0] for name, entries in photos.items() if len(entries) == 1}
    if sum(entry.file_size for entry in single.values()) > limits.max_total_bytes:
        raise too_large()
    return PhotoArchive(
        names=tuple(base_name(entry) for entry in single.values()),
        duplicates=tuple(base_name(entries[0]) for entries in photos.values() if len(entries) > 1),
        skipped=tuple(skipped),
        _archive=archive,
        _entries=single,
        _limits=limits,
    )


def holds_spreadsheet(file: IO[bytes]) -> bool:
    """Whether an archive of photos holds the list of them too.

    Raises:
        Invalid: no ZIP archive, damaged, or it holds several spreadsheets.
    """
    _, found = _spreadsheets(file)
    return bool(found)


def spreadsheet_in(file: IO[bytes]) -> bytes:
    """The one spreadsheet that an archive of photos holds besides them.

    Raises:
        Invalid: as above, or it holds none.
    """
    archive, found = _spreadsheets(file)
    if not found:
        raise Invalid(Message("There is no spreadsheet in the ZIP file."))
    return read_entry(archive, found[0], Limits().max_sheet_bytes)


def _spreadsheets(file: IO[bytes]) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    limits = Limits()
    _refuse_other_kinds(file, limits)
    archive = open_zip(file, limits.max_entries)
    found = [entry for entry in archive.infolist() if not is_litter(entry) and is_sheet(entry)]
    if len(found) > 1:
        raise Invalid(
            Message("The ZIP file holds several spreadsheets. Put each into a ZIP file of its own.")
        )
    return archive, found


def _refuse_other_kinds(file: IO[bytes], limits: Limits) -> None:
    if file.seek(0, io.SEEK_END) > limits.max_bytes:
        raise Invalid(
            Message("The ZIP file is larger than {limit} MB. Divide it.", limit=limits.max_bytes // MEGABYTE)
        )
    file.seek(0)
    match kind_of(file.read(_BEGINNING)):
        case FileKind.ZIP:
            return
        case FileKind.JPEG | FileKind.PNG:
            message = Message(
                "This is a single photo. Put the photos into a ZIP file, each named in its row."
            )
        case FileKind.OTHER_ARCHIVE:
            message = Message("This is an archive, but not a ZIP file. Pack the photos as ZIP.")
        case _:
            message = Message("This is not a ZIP file. Pack the photos as ZIP.")
    raise Invalid(message)


def _same(name: str) -> str:
    return normalize("NFC", name).casefold()
