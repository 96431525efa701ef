"""Which entries of a customer's ZIP archive are photos to be used, and why the others are not."""

import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass

from nexus_portal.adapters.unzipping import ENCRYPTED, METHODS, inflates_too_much, true_name
from nexus_portal.domain.text import Message

MEGABYTE = 1024 * 1024

_PHOTO_ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png")
_ARCHIVE_ENDINGS = (".zip", ".rar", ".7z", ".gz", ".tar")
_SHEET_ENDINGS = (".xlsx", ".csv")
_HEIC_ENDINGS = (".heic", ".heif")
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LONGEST_NAME = 255
_SEPARATORS = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of an archive is taken in; sizes in bytes."""

    max_bytes: int = 1500 * MEGABYTE
    """Ten thousand photos as cameras in photo booths make them; read where they lie, never as a whole."""
    max_entries: int = 25_000
    """Twice the rows of a spreadsheet and some: macOS adds a hidden companion to each photo."""
    max_entry_bytes: int = 5 * MEGABYTE
    max_sheet_bytes: int = 10 * MEGABYTE
    """Of a spreadsheet beside the photos."""
    max_total_bytes: int = 2048 * MEGABYTE
    max_ratio: int = 100
    """Photos hardly shrink; an entry above a megabyte that did so a hundredfold is a bomb."""


def base_name(entry: zipfile.ZipInfo) -> str:
    """The last part of an entry's path, in NFC: all that is ever used of it."""
    return unicodedata.normalize("NFC", _SEPARATORS.split(true_name(entry))[-1])


def showable(name: str) -> str:
    """A name that may be put on a page, whatever its maker hid in it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:_LONGEST_NAME])


def is_litter(entry: zipfile.ZipInfo) -> bool:
    """True for folders and for what macOS and Windows add on their own: no word about it."""
    parts = _SEPARATORS.split(true_name(entry))
    base = parts[-1].casefold()
    return not base or base.startswith("._") or base in _LITTER or "__MACOSX" in parts


def is_sheet(entry: zipfile.ZipInfo) -> bool:
    """True for what is called a spreadsheet and can be unpacked."""
    safe = _why_unsafe(entry) is None
    return safe and not entry.is_dir() and base_name(entry).casefold().endswith(_SHEET_ENDINGS)


def why_skipped(entry: zipfile.ZipInfo, limits: Limits) -> Message | None:
    """Why an entry is left alone; None for a photo to be used."""
    return _why_unsafe(entry) or _why_no_photo(entry) or _why_too_large(entry, limits)


def _why_unsafe(entry: zipfile.ZipInfo) -> Message | None:
    name, base = true_name(entry), base_name(entry)
    file_type = stat.S_IFMT(entry.external_attr >> 16)
    if ".." in _SEPARATORS.split(name) or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return Message("Its path leads out of the archive.")
    if not base.isprintable() or len(base) > _LONGEST_NAME:
        return Message("Its name cannot be used. Give it a plain name.")
    if file_type not in {0, stat.S_IFREG}:
        return Message("It is a link, not a file.")
    if entry.flag_bits & ENCRYPTED:
        return Message("It is protected with a password. Pack the photos without one.")
    if entry.compress_type not in METHODS:
        return Message("It is packed in an unusual way. Pack the photos as an ordinary ZIP file.")
    return None


def _why_no_photo(entry: zipfile.ZipInfo) -> Message | None:
    ending = base_name(entry).casefold()
    if ending.endswith(_PHOTO_ENDINGS):
        return None
    if ending.endswith(_ARCHIVE_ENDINGS):
        return Message("It is an archive within the archive. Put the photos themselves into the ZIP file.")
    if ending.endswith(_HEIC_ENDINGS):
        return Message("It is a HEIC photo. Save it as JPEG.")
    return Message("It is not a JPEG or PNG photo.")


def _why_too_large(entry: zipfile.ZipInfo, limits: Limits) -> Message | None:
    if entry.file_size > limits.max_entry_bytes:
        return Message("It is larger than {limit} MB.", limit=limits.max_entry_bytes // MEGABYTE)
    if inflates_too_much(entry, limits.max_ratio, from_size=MEGABYTE):
        return Message("It unpacks to far more than a photo does.")
    return None
