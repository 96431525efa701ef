"""Tables that people open in a spreadsheet: CSV in UTF-8, where no cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table with `;` between cells, as Excel in Sweden opens it, and a mark that it is UTF-8."""
    return b"".join(lines(headings, rows))


def lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The same table, a line at a time, however long it is."""
    yield "\N{BYTE ORDER MARK}".encode()
    yield _line(headings)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerow([neutral(cell) for cell in row])
    return text.getvalue().encode()


def neutral(cell: str) -> str:
    """The text, with a quotation mark before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS) or cell.startswith(_STARTS) else cell
