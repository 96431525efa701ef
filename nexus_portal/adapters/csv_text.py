"""Tables as text: CSV in the encodings and with the separators that Excel and HR systems write."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from nexus_portal.adapters.tables import Row
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

_SEPARATORS = ";\t,|"
_SAMPLE_LENGTH = 64 * 1024
_SAMPLE_ROWS = 20
_SEP_LINE = re.compile(r'"?sep=([;\t,|])"?[ \t]*\r?\n', re.IGNORECASE)
# Excel's own way to keep zeros in front: ="0405061234" is the text 0405061234.
_CONSTANT = re.compile(r'="([^"]*)"')
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r\x0b\x0c\x1a\x1b"))
_MOST_CONTROLS = 0.01
_OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")
_SWEDISH = "åäöÅÄÖéÉüÜ"


def rows_of(text: str) -> Iterator[Row]:
    """The records, numbered as Excel does: a line `sep=;` is no row, a quoted line break begins none.

    Raises:
        Invalid: a cell that never ends.
    """
    sep_line = _SEP_LINE.match(text)
    separator = sep_line[1] if sep_line else _separator(text)
    lines = io.StringIO(text[sep_line.end() :] if sep_line else text, newline="")
    records = csv.reader(lines, delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(records, 1):
            yield Row(number, tuple(map(_unwrapped, cells)))
    except csv.Error:
        raise Invalid(
            Message("Row {row} does not end. Is a quotation mark missing or one too many?", row=number + 1)
        ) from None


def _unwrapped(cell: str) -> str:
    constant = _CONSTANT.fullmatch(cell) if cell.startswith("=") else None
    return constant[1] if constant else cell


def decode(data: bytes) -> tuple[str, tuple[Message, ...]]:
    """The text, and a note where its encoding had to be guessed.

    Raises:
        Invalid: it is no text.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, encoding), ()
    if b"\0" in data:
        return _decoded(data, _utf_16_without_mark(data)), ()
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(data):
        raise no_table()
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _in_old_encoding(data)


def no_table() -> Invalid:
    """The refusal of what is no spreadsheet at all."""
    return Invalid(Message("This is not a spreadsheet. Save the list as XLSX or CSV and send that."))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeError:
        raise no_table() from None
    if "\0" in text:
        raise no_table()
    return text


def _utf_16_without_mark(data: bytes) -> str:
    # In Latin letters one byte of two is zero, and it is always the same one.
    zeros = {"utf-16-be": data[::2].count(0), "utf-16-le": data[1::2].count(0)}
    likely = max(zeros, key=zeros.__getitem__)
    if zeros[likely] * 4 < len(data):
        raise no_table()
    return likely


def _in_old_encoding(data: bytes) -> tuple[str, tuple[Message, ...]]:
    letters = data.translate(None, bytes(range(128)))
    best = max(_OLD_ENCODINGS, key=lambda encoding: _swedishness(letters.decode(encoding, "replace")))
    text = data.decode(best, "replace")
    if best == _OLD_ENCODINGS[0]:
        return text, ()
    return text, (Message("The file is in an old encoding. Look whether å, ä and ö came out right."),)


def _swedishness(letters: str) -> int:
    return sum(map(letters.count, _SWEDISH))


def _separator(text: str) -> str:
    """The character that cuts most of the first rows into the same number of columns, and into most."""

    def evenness(separator: str) -> tuple[int, int]:
        widths = Counter(len(cells) for cells in _sample(text, separator) if len(cells) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_SEPARATORS, key=evenness)


def _sample(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text[:_SAMPLE_LENGTH], newline=""), delimiter=separator)
    for _, cells in zip(range(_SAMPLE_ROWS), reader, strict=False):
        yield cells
