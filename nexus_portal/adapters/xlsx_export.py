"""Tables as XLSX, a row at a time: every cell is text or a number, so none can be a formula or a link."""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - it has none

CHUNK = 64 * 1024
MOST_ROWS = 1_048_575
"""What fits onto a sheet below its headings."""
_ROWS_KEPT = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


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
