"""XLSX workbooks: the first visible sheet, as the person sees it."""

import io
import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from nexus_portal.adapters.tables import Area, Limits, Row, Sheet, SheetKind, sheet_from
from nexus_portal.adapters.workbook_parts import SafeWorkbook, damaged_workbook, safe_workbook
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

Value = str | int | float | bool | time | date | datetime | timedelta

_EXACT = 1e15
"""Above this a float does not hold every whole number any more."""


def read_workbook(data: bytes, limits: Limits) -> Sheet:
    """The table on the first visible sheet that holds anything.

    Raises:
        Invalid: no XLSX workbook, damaged, empty, or beyond the limits.
    """
    safe = safe_workbook(data, limits)
    try:
        sheet = _first_visible(CalamineWorkbook.from_filelike(io.BytesIO(safe.data)))
        rows, merged = tuple(_rows(sheet)), _merged(sheet)
    except CalamineError:
        raise damaged_workbook() from None
    except BaseException as error:
        # A panic in the reader's Rust code is no Exception, and is not exported by name.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged_workbook() from None
    return sheet_from(SheetKind.XLSX, rows, limits, notes=_notes(safe), merged=merged)


def cell_text(value: Value) -> str:
    """What the cell says: whole numbers without a point, dates as YYYY-MM-DD, never 1.98e11."""
    match value:
        case float():
            return _number_text(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case bool():
            return str(value).upper()
        case _:
            return str(value)


def _number_text(value: float) -> str:
    if not math.isfinite(value):
        return "#NUM!"
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else str(value)


def _first_visible(book: CalamineWorkbook) -> CalamineSheet:
    for index, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_index(index)
            if sheet.start is not None:
                return sheet
    raise Invalid(Message("The file is empty."))


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    # The reader leaves out empty columns at the left, but the letters of columns count them.
    left = ("",) * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield Row(number, left + tuple(map(cell_text, cells)))


def _merged(sheet: CalamineSheet) -> tuple[Area, ...]:
    return tuple(
        Area(first_row + 1, first_column + 1, last_row + 1, last_column + 1)
        for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ()
    )


def _notes(safe: SafeWorkbook) -> tuple[Message, ...]:
    notes: list[Message] = []
    if safe.sheets > 1:
        notes.append(
            Message(
                "{count} sheets of the workbook hold something. Only the first was read.", count=safe.sheets
            )
        )
    if safe.without_result:
        notes.append(
            Message(
                "Some cells hold a formula without a result, {cell} for one, and count as empty. "
                "Open the file in Excel, save it, and send it again.",
                cell=safe.without_result,
            )
        )
    return tuple(notes)
