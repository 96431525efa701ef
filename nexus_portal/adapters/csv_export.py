"""Tables that people open in a spreadsheet: CSV in UTF-8, where no cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table with `;` between cells, as Excel in Sweden opens it, and a mark that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    for row in (headings, *rows):
        writer.writerow([neutral(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def neutral(cell: str) -> str:
    """The text, with a quotation mark before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS) or cell.startswith(_STARTS) else cell
