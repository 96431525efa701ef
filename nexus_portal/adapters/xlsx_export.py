"""Workbooks that are written: every cell is text or a number, so none can be a formula or a link."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - it has none

CHUNK = 64 * 1024
MOST_ROWS = 1_048_575
"""What fits onto a sheet below its headings."""
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}
_ROWS_KEPT = {"constant_memory": True, **_PLAIN}
_IN_MEMORY = {"in_memory": True, **_PLAIN}
_NARROWEST = 14
_BESIDE = 4
"""Characters of room beside a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column to type in, always as text. `width` in characters; 0 fits the heading."""

    heading: str
    width: int = 0
    hidden: bool = False
    note: str = ""
    """What is said where the pointer rests on the heading."""
    choices: tuple[str, ...] = ()
    """What the cells below offer to choose from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as text; the cells at the places `marked` stand out."""

    cells: tuple[str, ...] = field(repr=False)
    marked: frozenset[int] = frozenset()


def pieces(headings: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[bytes]:
    """The workbook in pieces. It is written to a nameless file first, for its directory stands at its end."""
    with TemporaryFile() as file:
        book: Any = xlsxwriter.Workbook(file, _ROWS_KEPT)
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for line, row in zip(range(1, MOST_ROWS + 1), rows, strict=False):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(line, place, cell)
                else:
                    sheet.write_string(line, place, cell)
        book.close()
        file.seek(0)
        while piece := file.read(CHUNK):
            yield piece


def to_fill_in(columns: Sequence[Column], lines: Iterable[Line] = (), *, room: int = 0) -> bytes:
    """A workbook to be filled in and sent back; so many rows as there is `room` for offer the choices."""
    file = io.BytesIO()
    workbook: Any = xlsxwriter.Workbook(file, _IN_MEMORY)
    with workbook as book:
        sheet = book.add_worksheet()
        # Excel drops the zeros that a personal number may begin with, unless the cells are text.
        text = book.add_format({"num_format": "@"})
        marked = book.add_format({"num_format": "@", "bg_color": "#FDE9C8"})
        head = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            width = column.width or max(_NARROWEST, len(column.heading) + _BESIDE)
            sheet.set_column(place, place, width, text, {"hidden": column.hidden})
            sheet.write_string(0, place, column.heading, head)
            if column.note:
                sheet.write_comment(0, place, column.note, {"x_scale": 1.6})
            if column.choices and room:
                offered = {"validate": "list", "source": list(column.choices)}
                sheet.data_validation(1, place, room, place, offered)
        for row, line in enumerate(lines, 1):
            for place, cell in enumerate(line.cells):
                sheet.write_string(row, place, cell, marked if place in line.marked else text)
    return file.getvalue()
