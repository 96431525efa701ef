"""A customer's table as rows of text, and what keeps one from being read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

MEGABYTE = 1024 * 1024
MAX_TITLES = 5
"""Rows above the header that may hold a title."""
HEADROOM = 20
"""Rows that may stand above those that count: titles, empty ones, the header."""

_LONGEST_HEADER = 100
_MOST_BLANKS = 10
"""Rows in all, as a multiple of those allowed: blank ones cost time too."""
# What a person's row holds and a header does not: numbers, addresses, dates, names of photos.
_LOOKS_LIKE_DATA = re.compile(
    r"\d{6,8}\s?[-+]?\s?\d{4}|\d{5,}|\S+@\S+\.\S+|\d{4}-\d\d-\d\d.*|.+\.(jpe?g|png)", re.IGNORECASE
)


class SheetKind(StrEnum):
    """What a table was read from."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a file is taken in."""

    max_bytes: int = 10 * MEGABYTE
    max_rows: int = 10_000
    max_columns: int = 200
    max_cell_length: int = 1_000
    max_unpacked_bytes: int = 100 * MEGABYTE
    """Of a workbook, which is a ZIP archive: ten columns of so many rows come to 5 MB."""
    max_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet program shows it, and one text for each header.

    What persons' rows hold is left out of its repr, which ends up in logs.
    """

    number: int
    cells: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its header. The rows are personal data; headers and notes are not."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: SheetKind
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells, counted from 1: the column A is 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


def sheet_from(
    kind: SheetKind,
    rows: Iterable[Row],
    limits: Limits,
    *,
    notes: Sequence[Message] = (),
    merged: Sequence[Area] = (),
) -> Sheet:
    """The table in these rows: titles above the header and blank rows are left out, short rows filled up.

    Raises:
        Invalid: empty, beyond a limit, or without a header for each column that holds something.
    """
    filled = _filled(rows, limits)
    first = _header_place(filled)
    header, body = filled[first], filled[first + 1 :]
    if not body:
        raise Invalid(Message("There is a header in the file, but no row under it."))
    if len(body) > limits.max_rows:
        raise too_many_rows(limits)
    _refuse_data_as_header(header)
    width = max(len(row.cells) for row in filled)
    body = [Row(row.number, _padded(row.cells, width)) for row in body]
    headers = _padded(tuple(map(_header_text, header.cells)), width)
    _refuse_missing_headers(headers, body, _across(header.number, merged))
    # A list of one column may well hold its own name.
    several = sum(map(bool, headers)) > 1
    kept = [row for row in body if not several or tuple(map(_header_text, row.cells)) != headers]
    again = sorted({row.number for row in body} - {row.number for row in kept})
    body = kept
    if not body:
        raise Invalid(Message("There is a header in the file, but no row under it."))
    titles = [
        Message("Row {row} was taken for a title and left out.", row=row.number) for row in filled[:first]
    ]
    return Sheet(
        headers,
        tuple(body),
        kind,
        (*notes, *titles, *_notes_on_headers(headers, again), *_notes_on_merged(header.number, merged)),
    )


def too_many_rows(limits: Limits) -> Invalid:
    """The refusal of a file with more rows than are taken at a time."""
    return Invalid(
        Message(
            "The file has more than {limit} rows. Divide it; if it is shorter, delete the empty rows below.",
            limit=limits.max_rows,
        )
    )


def too_many_columns(limits: Limits) -> Invalid:
    """The refusal of a file with more columns than are taken."""
    return Invalid(
        Message(
            "The file has more than {limit} columns. Keep those that the cards need.",
            limit=limits.max_columns,
        )
    )


def column_letters(column: int) -> str:
    """The name of a column, counted from 1: A, B, …, Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The place of a column, counted from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _filled(rows: Iterable[Row], limits: Limits) -> list[Row]:
    filled: list[Row] = []
    for row in rows:
        width = next((at for at in range(len(row.cells), 0, -1) if row.cells[at - 1].strip()), 0)
        if len(filled) > limits.max_rows + HEADROOM or row.number > limits.max_rows * _MOST_BLANKS:
            raise too_many_rows(limits)
        if not width:
            continue
        if width > limits.max_columns:
            raise too_many_columns(limits)
        filled.append(Row(row.number, _short_enough(row, width, limits)))
    if not filled:
        raise Invalid(Message("The file is empty."))
    return filled


def _short_enough(row: Row, width: int, limits: Limits) -> tuple[str, ...]:
    cells = row.cells[:width]
    if max(map(len, cells)) > limits.max_cell_length:
        column = next(at for at, cell in enumerate(cells, 1) if len(cell) > limits.max_cell_length)
        raise Invalid(
            Message(
                "Cell {cell} holds more than {limit} characters. Is a quotation mark missing before it?",
                cell=f"{column_letters(column)}{row.number}",
                limit=limits.max_cell_length,
            )
        )
    return cells


def _header_place(rows: Sequence[Row]) -> int:
    # Titles stand alone in their rows; a list of one column has no titles that could be told from it.
    wide = (place for place, row in enumerate(rows[: MAX_TITLES + 1]) if sum(map(bool, row.cells)) > 1)
    return next(wide, 0)


def _refuse_data_as_header(header: Row) -> None:
    for column, cell in enumerate(header.cells, 1):
        if _LOOKS_LIKE_DATA.fullmatch(cell.strip()):
            raise Invalid(
                Message(
                    "The header is missing: cell {cell} holds something of a person instead of the column's "
                    "name. Put a row with the names of the columns on top.",
                    cell=f"{column_letters(column)}{header.number}",
                )
            )


def _refuse_missing_headers(headers: Sequence[str], body: Sequence[Row], merged: frozenset[int]) -> None:
    nameless = {
        column
        for column, header in enumerate(headers, 1)
        if not header and any(row.cells[column - 1].strip() for row in body)
    }
    if nameless & merged:
        raise Invalid(
            Message(
                "The header cells of the columns {columns} are merged. Unmerge them and name each column.",
                columns=_listed(merged),
            )
        )
    if nameless:
        raise Invalid(
            Message(
                "The columns {columns} hold something but have no header. Name them, or empty them.",
                columns=_listed(nameless),
            )
        )


def _listed(columns: Iterable[int]) -> str:
    return ", ".join(map(column_letters, sorted(columns)))


def _across(row: int, merged: Sequence[Area]) -> frozenset[int]:
    """Columns whose cells in this row are merged with those beside them."""
    return frozenset(
        column
        for area in merged
        if area.first_row <= row <= area.last_row and area.last_column > area.first_column
        for column in range(area.first_column, area.last_column + 1)
    )


def _notes_on_headers(headers: Sequence[str], again: Sequence[int]) -> list[Message]:
    notes = [Message("Row {row} repeats the header and was left out.", row=row) for row in again[:MAX_TITLES]]
    twice = sorted({header for header in headers if header and headers.count(header) > 1})
    return notes + [
        Message("Several columns are called {header}: see to it that the right one is used.", header=header)
        for header in twice[:MAX_TITLES]
    ]


def _notes_on_merged(header: int, merged: Sequence[Area]) -> list[Message]:
    below = [area for area in merged if area.last_row > header]
    if not below:
        return []
    first = f"{column_letters(below[0].first_column)}{below[0].first_row}"
    return [
        Message(
            "Cells are merged below the header, at {cell} for one. Only the first of them holds the value.",
            cell=first,
        )
    ]


def _header_text(cell: str) -> str:
    return " ".join(cell.split())[:_LONGEST_HEADER]


def _padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    return cells + ("",) * (width - len(cells))
