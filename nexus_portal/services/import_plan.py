"""What a spreadsheet and its photos will become: every row checked, before anything is stored."""

import hashlib
import io
from collections import Counter
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO

from nexus_portal.adapters import clock, photos, sealed_files, spreadsheets
from nexus_portal.adapters.archives import PhotoArchive, photos_in
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain import column_mapping, photo_matching
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import (
    CheckedRow,
    Problem,
    ProblemCode,
    RetentionClass,
    check_row,
)
from nexus_portal.domain.photo_matching import Holder
from nexus_portal.domain.protection import Protection, is_yes
from nexus_portal.domain.text import Message
from nexus_portal.services.draft_rows import NewRow, photo_problem, refused_photo
from nexus_portal.services.import_duplicates import number_field
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.vault_photos import ProcessedPhoto

NO_ARCHIVE = Message(
    "The photo is missing. Choose it here, or send the spreadsheet again together with a ZIP file of photos."
)
NOT_IN_ARCHIVE = Message("No photo in the ZIP file fits this row.")
Files = tuple[bytes, IO[bytes] | None]
"""A spreadsheet, and an archive of photos where it lies."""
MOST_NOTED = 20
"""Photos without a row that are named by their place; more are only counted."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of the spreadsheet, by its number there, with the name of its photo's file."""

    number: int
    checked: CheckedRow
    problems: tuple[Problem, ...] = ()
    photo: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A spreadsheet read for a layout. Its rows are personal data; headers and notes are not."""

    layout: LayoutRow
    rows: Sequence[PlannedRow] = field(repr=False)
    headers: tuple[str, ...]
    mapping: Mapping[int, str]
    """Column → field key, in the order in which joined names read."""
    notes: tuple[Message, ...]
    digest: str
    """Of the spreadsheet and its mapping: the same digest is the same draft, with photos or still without."""
    archive: PhotoArchive | None = field(repr=False)
    protected: frozenset[int] = field(default=frozenset(), repr=False)
    """Numbers of the rows whose person the spreadsheet marks as protected."""

    def finished(self, row: PlannedRow) -> NewRow:
        """The row with its photo unpacked and made anew."""
        if row.photo is None or self.archive is None:
            words = NO_ARCHIVE if self.archive is None else NOT_IN_ARCHIVE
            missing = photo_problem(self.layout, has_photo=False, words=words)
            return self._kept(row, None, (*row.problems, *missing))
        try:
            photo = photos.process(self.archive.read(row.photo))
        except Invalid as refusal:
            return self._kept(row, None, (*row.problems, *refused_photo(self.layout, refusal.message)))
        return self._kept(row, photo, row.problems)

    def _kept(self, row: PlannedRow, photo: ProcessedPhoto | None, problems: tuple[Problem, ...]) -> NewRow:
        asked = Protection.ASKED if row.number in self.protected else Protection.NONE
        return NewRow(row.checked, row.number, photo, problems, protection=asked)


@contextmanager
def with_files(files: Mapping[str, SealedFile]) -> Generator[Files]:
    """The spreadsheet as bytes, and the archive of photos, if there is one, where it lies.

    Raises:
        Invalid: the spreadsheet is larger than any that is read.
        NotFound: a file was destroyed.
    """
    with ExitStack() as stack:
        both = {name: stack.enter_context(_opened(file)) for name, file in files.items()}
        spreadsheet = (
            both["spreadsheet"].read(spreadsheets.Limits().max_bytes + 1) if "spreadsheet" in both else b""
        )
        yield spreadsheet, both.get("photos")


def _opened(file: SealedFile) -> IO[bytes]:
    return io.BufferedReader(sealed_files.opened(file), sealed_files.PIECE)


def plan(
    layout: LayoutRow,
    spreadsheet: bytes,
    archive: IO[bytes] | None,
    mapping: Mapping[int, str] | None,
    language: str,
) -> Plan:
    """Read the files of an import; without a mapping the columns are recognised by their headers.

    Raises:
        Invalid: a file as a whole cannot be used, or a needed field has no column.
    """
    sheet = spreadsheets.read(spreadsheet)
    chosen = column_mapping.suggest(sheet.headers, layout.fields) if mapping is None else mapping
    column_mapping.check_mapping(chosen, sheet.headers, layout.fields, language)
    chosen = column_mapping.in_reading_order(chosen, sheet.headers)
    values = [(row.number, column_mapping.apply(chosen, row.cells)) for row in sheet.rows]
    album = photos_in(archive) if archive is not None and layout.photo_field else None
    names = _photo_names(layout, [row for _, row in values], album.names if album else ())
    checked = [check_row(layout.fields, row, clock.today()) for _, row in values]
    numbers = [number for number, _ in values]
    protected = _protected(sheet, chosen)
    twice = _twice(layout, numbers, checked)
    return Plan(
        layout,
        [
            PlannedRow(number, row, problems, name)
            for number, row, problems, name in zip(numbers, checked, twice, names, strict=True)
        ],
        headers=sheet.headers,
        mapping=chosen,
        notes=(*sheet.notes, *_marked(protected), *about_photos(album, names), *_not_opened(layout, archive)),
        digest=_digest(layout, spreadsheet, chosen),
        archive=album,
        protected=protected,
    )


def fitting(layout: LayoutRow, spreadsheet: bytes, names: Sequence[str], language: str) -> Sequence[str]:
    """Those of the names of photos that fit a row, before any of the photos is opened.

    Raises:
        Invalid: the spreadsheet cannot be used, or a needed field has no column.
    """
    sheet = spreadsheets.read(spreadsheet)
    mapping = column_mapping.suggest(sheet.headers, layout.fields)
    column_mapping.check_mapping(mapping, sheet.headers, layout.fields, language)
    rows = [column_mapping.apply(mapping, row.cells) for row in sheet.rows]
    wanted = {name for name in _photo_names(layout, rows, names) if name}
    return [name for name in names if name in wanted]


def _protected(sheet: spreadsheets.Sheet, mapping: Mapping[int, str]) -> frozenset[int]:
    column = column_mapping.protected_column(sheet.headers, mapping)
    if column is None:
        return frozenset()
    return frozenset(
        row.number for row in sheet.rows if column < len(row.cells) and is_yes(row.cells[column])
    )


def _marked(protected: Collection[int]) -> list[Message]:
    if not protected:
        return []
    return [Message("Rows whose person is marked as protected: {count}.", count=len(protected))]


def _photo_names(
    layout: LayoutRow, rows: Sequence[Mapping[str, str]], names: Sequence[str]
) -> Sequence[str | None]:
    if not names or layout.photo_field is None:
        return [None] * len(rows)
    photo, number = layout.photo_field.key, number_field(layout.fields)
    parts = [each.key for each in layout.fields if each.retention is RetentionClass.NAME]
    holders = [
        Holder(
            photo=row.get(photo, ""),
            personal_number=row.get(number.key, "") if number else "",
            name=" ".join(row.get(key, "") for key in parts),
        )
        for row in rows
    ]
    return photo_matching.match_photos(holders, names)


def _twice(
    layout: LayoutRow, numbers: Sequence[int], rows: Sequence[CheckedRow]
) -> Sequence[tuple[Problem, ...]]:
    """For each row whether its person stands in an earlier row of the file."""
    who = number_field(layout.fields)
    first: dict[str, int] = {}
    found: list[tuple[Problem, ...]] = []
    for number, row in zip(numbers, rows, strict=True):
        person = row.values.get(who.key, "") if who else ""
        earlier = first.setdefault(person, number) if person else number
        if who is None or earlier == number:
            found.append(())
        else:
            message = Message("The same person is in row {row} already.", row=earlier)
            found.append((Problem(who.key, ProblemCode.DUPLICATE, message),))
    return found


def about_photos(album: PhotoArchive | None, names: Sequence[str | None]) -> list[Message]:
    """What became of photos that no row has: their places, for names of files often are those of persons."""
    if album is None:
        return []
    used = {name for name in names if name}
    places = [str(place) for place, name in enumerate(album.names, start=1) if name not in used]
    notes: list[Message] = []
    if places:
        some = ", ".join(places[:MOST_NOTED]) + ("…" if len(places) > MOST_NOTED else "")
        notes.append(
            Message(
                "Photos in the ZIP file that fit no row: {count} (by place in it: {places}).",
                count=len(places),
                places=some,
            )
        )
    if album.duplicates:
        notes.append(
            Message(
                "Names in the ZIP file that stand for several photos, so that none was used: {count}.",
                count=len(album.duplicates),
            )
        )
    reasons = Counter(skipped.reason.msgid for skipped in album.skipped)
    for skipped in album.skipped:
        count = reasons.pop(skipped.reason.msgid, 0)
        if count:
            notes += [
                Message("Files in the ZIP file that were left out: {count}.", count=count),
                skipped.reason,
            ]
    return notes


def _not_opened(layout: LayoutRow, archive: IO[bytes] | None) -> list[Message]:
    if archive is None or layout.photo_field is not None:
        return []
    return [Message("Cards of this layout carry no photo: the ZIP file was not opened.")]


def _digest(layout: LayoutRow, spreadsheet: bytes, mapping: Mapping[int, str]) -> str:
    parts = [layout.id.encode(), spreadsheet, repr(sorted(mapping.items())).encode()]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
