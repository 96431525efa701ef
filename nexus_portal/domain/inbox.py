"""What in an inbox belongs together: a spreadsheet, and the ZIP file or the photos that came with it.

Endings of names sort the files; what they really are is told by their content when they are read.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from uuid import UUID

from nexus_portal.domain.text import Message

CALM = timedelta(seconds=60)
"""So long nothing may have come in before a spreadsheet is taken whose photos could still be on their way."""

_SHEETS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar")
_PHOTOS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png")
_PASSING = (".filepart", ".part", ".partial", ".tmp", ".crdownload", ".download", ".swp")
"""Names under which clients write before they rename a file into its place."""
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


class Part(StrEnum):
    """What a file is to an order, by the ending of its name."""

    SHEET = auto()
    ARCHIVE = auto()
    PHOTO = auto()
    PASSING = auto()
    """On its way: it will get its name yet, or is nobody's."""
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file in the inbox; `at` is when it was last written to."""

    id: UUID
    name: str = field(repr=False)
    at: datetime
    whole: bool = True
    holds_sheet: bool = False
    """A ZIP file with a spreadsheet of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files that become one order. Of the loose photos those go with it that fit a row."""

    sheet: UUID
    archive: UUID | None = None
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What can be taken now, oldest first; what nobody can use; why the others wait."""

    groups: tuple[Group, ...]
    unusable: tuple[UUID, ...]
    waiting: Mapping[UUID, Message]


FOR_PHOTOS = Message("Its photos may still be on their way: it is taken a minute after the last file came.")
FOR_ITS_LIST = Message(
    "It waits for its spreadsheet. If there are several, give the ZIP file the name of its spreadsheet."
)
FOR_A_ROW = Message("It waits for a spreadsheet with a row that it fits.")
FOR_ITS_NAME = Message("It is taken when it has been renamed to its real name.")


def part_of(name: str) -> Part:
    """What a file with this name is to an order."""
    folded = name.casefold()
    if folded.startswith((".", "~")) or folded in _LITTER or folded.endswith(_PASSING):
        return Part.PASSING
    for part, endings in ((Part.SHEET, _SHEETS), (Part.ARCHIVE, _ARCHIVES), (Part.PHOTO, _PHOTOS)):
        if folded.endswith(endings):
            return part
    return Part.OTHER


def stem_of(name: str) -> str:
    """A name without its ending, in the form in which two are compared."""
    return unicodedata.normalize("NFC", name).casefold().rpartition(".")[0]


def sort_out(files: Iterable[Arrived], now: datetime, *, alone: bool) -> Inbox:
    """Which files go together, and which of them may be taken now.

    A ZIP file goes with the spreadsheet of its name; one of each goes together whatever they are called; a
    ZIP file that holds a spreadsheet is complete. A spreadsheet without a ZIP file is taken with the loose
    photos when nothing has come in for a minute, and at once where it may go `alone`.
    """
    every = sorted(files, key=lambda each: (each.at, each.id))
    whole = [each for each in every if each.whole]
    complete = [each for each in whole if each.holds_sheet]
    sheets = _of(whole, Part.SHEET)
    archives = [each for each in _of(whole, Part.ARCHIVE) if not each.holds_sheet]
    photos = tuple(each.id for each in _of(whole, Part.PHOTO))
    arriving = any(not each.whole and each.at > now - CALM for each in every)
    calm = not arriving and all(each.at <= now - CALM for each in every)
    pairs = _pairs(sheets, archives, one_of_each=not arriving)
    single = [each.id for each in sheets if each.id not in pairs]
    groups = [Group(sheet=each.id) for each in complete]
    groups += [Group(sheet=sheet, archive=archive) for sheet, archive in pairs.items()]
    groups += [Group(sheet=sheet, photos=photos) for sheet in single if alone or calm]
    waiting = {each.id: FOR_ITS_NAME for each in _of(whole, Part.PASSING)}
    waiting |= dict.fromkeys(photos, FOR_A_ROW)
    waiting |= {each.id: FOR_ITS_LIST for each in archives if each.id not in pairs.values()}
    if not (alone or calm):
        waiting |= dict.fromkeys(single, FOR_PHOTOS)
    order = {each.id: place for place, each in enumerate(every)}
    return Inbox(
        groups=tuple(sorted(groups, key=lambda group: order[group.sheet])),
        unusable=tuple(each.id for each in _of(whole, Part.OTHER)),
        waiting=waiting,
    )


def _of(files: Sequence[Arrived], part: Part) -> list[Arrived]:
    return [each for each in files if part_of(each.name) is part]


def _pairs(sheets: Sequence[Arrived], archives: Sequence[Arrived], *, one_of_each: bool) -> dict[UUID, UUID]:
    """Spreadsheet → its ZIP file."""
    by_stem: dict[str, UUID] = {}
    for archive in archives:
        by_stem.setdefault(stem_of(archive.name), archive.id)
    pairs: dict[UUID, UUID] = {}
    for sheet in sheets:
        archive_id = by_stem.pop(stem_of(sheet.name), None)
        if archive_id is not None:
            pairs[sheet.id] = archive_id
    left = [each for each in sheets if each.id not in pairs]
    spare = [each for each in archives if each.id not in pairs.values()]
    if one_of_each and len(left) == len(spare) == 1:
        pairs[left[0].id] = spare[0].id
    return pairs
