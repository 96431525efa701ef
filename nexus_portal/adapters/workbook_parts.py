"""XLSX workbooks from strangers made safe to read: a small ZIP may hold what no memory holds.

The reader behind this lays a sheet out as a full rectangle: two cells, A1 and XFD1048576, in a file of two
kilobytes make it ask for 500 GB, and the process ends. So every sheet is walked through first, and the reader
gets a new archive with nothing in it but the parts that were looked at.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from nexus_portal.adapters.tables import (
    HEADROOM,
    MEGABYTE,
    Limits,
    column_letters,
    column_number,
    too_many_columns,
    too_many_rows,
)
from nexus_portal.adapters.unzipping import ENCRYPTED, METHODS, open_zip, read_entry
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

_MAX_PARTS = 2_000
_SMALL = 20 * MEGABYTE
_READ_PARTS = (".xml", ".rels")
_MAX_TAGS = 4_000_000
"""Opening and closing tags of all parts, four to a filled cell: each costs time, and memory in the reader."""
_MAX_MERGED = 50_000
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """What may be given to the reader."""

    data: bytes
    sheets: int
    """Sheets with something in them."""
    without_result: str
    """A cell with a formula that has no result, or that shows an error; empty if there is none."""


def safe_workbook(data: bytes, limits: Limits) -> SafeWorkbook:
    """The workbook with all but its readable parts left out, each of them within the limits.

    Raises:
        Invalid: no XLSX workbook, damaged, a ZIP bomb, or a sheet with too many rows or columns.
    """
    parts = _parts(data, limits)
    if sum(part.count(b"<") for part in parts.values()) > _MAX_TAGS:
        raise _too_much(limits)
    walks = [_walk(part, limits) for part in parts.values() if b"sheetData" in part]
    return SafeWorkbook(
        _packed(parts),
        sum(walk.cells > 0 for walk in walks),
        next((walk.without_result for walk in walks if walk.without_result), ""),
    )


def damaged_workbook() -> Invalid:
    """The refusal of a workbook that cannot be read."""
    return Invalid(
        Message("The spreadsheet is damaged. Open it in Excel, save it as a new XLSX file and send that.")
    )


def _too_much(limits: Limits) -> Invalid:
    return Invalid(
        Message(
            "The workbook holds more than can be read at a time. Save the list alone: at most {rows} rows "
            "and {columns} columns.",
            rows=limits.max_rows,
            columns=limits.max_columns,
        )
    )


def _parts(data: bytes, limits: Limits) -> Mapping[str, bytes]:
    archive = open_zip(data, _MAX_PARTS)
    entries = {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}
    _refuse_other_documents(entries)
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > limits.max_unpacked_bytes or unpacked > max(_SMALL, limits.max_ratio * len(data)):
        raise _too_much(limits)
    read = {name: entry for name, entry in entries.items() if name.endswith(_READ_PARTS)}
    odd = any(entry.flag_bits & ENCRYPTED or entry.compress_type not in METHODS for entry in read.values())
    # Two parts of one name would be a riddle: which of them does the reader take?
    if odd or len(entries) < len(archive.infolist()):
        raise damaged_workbook()
    return {
        entry.filename.replace("\\", "/"): read_entry(archive, entry, limits.max_unpacked_bytes)
        for entry in read.values()
    }


def _refuse_other_documents(names: Mapping[str, object]) -> None:
    if "xl/workbook.bin" in names:
        raise Invalid(Message("This is a binary workbook (XLSB). Save it as XLSX and send that."))
    if "content.xml" in names or "mimetype" in names:
        raise Invalid(Message("This is an OpenDocument file. Save it as XLSX and send that."))
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise Invalid(
            Message("This is a text document or a presentation. Save the list as XLSX and send that.")
        )
    if "xl/workbook.xml" not in names:
        raise Invalid(Message("This is a ZIP file, not a spreadsheet. Photos have a field of their own."))


def _packed(parts: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def _walk(part: bytes, limits: Limits) -> "_SheetWalk":
    walk = _SheetWalk(limits)
    try:
        walk.through(part)
    except (expat.ExpatError, ValueError):
        raise damaged_workbook() from None
    return walk


class _SheetWalk:
    """Looks at each cell of a sheet's XML as it passes by, and keeps next to nothing."""

    def __init__(self, limits: Limits) -> None:
        self.cells = 0
        self.without_result = ""
        self._limits = limits
        self._row = 0
        self._column = 0
        self._merged = 0
        self._type = ""
        self._awaiting = ""
        # The standard allows UTF-16 as well, but the reader does not know it: one reading for both.
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse

    def through(self, part: bytes) -> None:
        """Walk to the end of the part.

        Raises:
            ExpatError, ValueError: it is not the XML of a sheet.
            Invalid: it goes beyond a limit.
        """
        self._parser.ParseFile(io.BytesIO(part))
        self._settle()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                if self._awaiting:
                    self._settle()
                self._place(attributes.get("r"))
                self._type = attributes.get("t", "")
            case "v" | "is":
                self._fill()
                if self._awaiting:
                    self._parser.CharacterDataHandler = self._has_result
            case "f":
                self._fill()
                self._awaiting = f"{column_letters(self._column)}{self._row}"
            case "row":
                self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
                self._column = 0
            case "mergeCell":
                self._merged += 1
                if self._merged > _MAX_MERGED:
                    raise damaged_workbook()
            case _:
                pass

    def _place(self, reference: str | None) -> None:
        """Where the cell stands; without a reference beside the one before, as the reader has it."""
        if reference is None:
            self._column += 1
            return
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise ValueError
        self._column = column_number(found[1])
        self._row = int(found[2])

    def _fill(self) -> None:
        """An empty cell, however far out, costs nothing: only formatted, it is no cell to the reader."""
        self.cells += 1
        if self._row > self._limits.max_rows + HEADROOM:
            raise too_many_rows(self._limits)
        if self._column > self._limits.max_columns:
            raise too_many_columns(self._limits)
        if self._type == "e":
            self._awaiting = f"{column_letters(self._column)}{self._row}"

    def _has_result(self, text: str) -> None:
        if text.strip() and self._type != "e":
            self._awaiting = ""
            self._parser.CharacterDataHandler = None

    def _settle(self) -> None:
        self._parser.CharacterDataHandler = None
        self.without_result = self.without_result or self._awaiting
        self._awaiting = ""

    def _refuse(self, *_: object) -> None:
        raise damaged_workbook()
