"""A customer's spreadsheet, CSV or XLSX, by what it is and not by what it is called."""

from pathlib import PurePath

from nexus_portal.adapters.csv_text import decode, no_table, rows_of
from nexus_portal.adapters.file_kinds import FileKind, kind_of
from nexus_portal.adapters.tables import MEGABYTE, Limits, Row, Sheet, SheetKind, sheet_from
from nexus_portal.adapters.workbooks import read_workbook
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

__all__ = ["Limits", "Row", "Sheet", "SheetKind", "read"]

_WORKBOOK_ENDINGS = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})


def read(data: bytes, filename: str = "", limits: Limits | None = None) -> Sheet:
    """The file's table: headers, and the rows under them with their numbers in Excel.

    The content decides what the file is. Of its name only the ending is looked at, to tell the person.

    Raises:
        Invalid: no spreadsheet, damaged, empty, without a header, or beyond a limit. It names cells by their
            places and never says what is in them.
    """
    limits = limits or Limits()
    if len(data) > limits.max_bytes:
        raise Invalid(
            Message(
                "The spreadsheet is larger than {limit} MB. Divide it.", limit=limits.max_bytes // MEGABYTE
            )
        )
    if not data.strip():
        raise Invalid(Message("The file is empty."))
    kind = kind_of(data)
    if kind is FileKind.ZIP:
        return read_workbook(data, limits)
    _refuse_other_kinds(kind)
    text, notes = decode(data)
    if PurePath(filename).suffix.lower() in _WORKBOOK_ENDINGS:
        notes = (*notes, Message("The file is called a workbook but is plain text; it was read as CSV."))
    return sheet_from(SheetKind.CSV, rows_of(text), limits, notes=notes)


def _refuse_other_kinds(kind: FileKind) -> None:
    match kind:
        case FileKind.UNKNOWN:
            return
        case FileKind.PDF:
            message = Message("This is a PDF document, not a spreadsheet. Save the list as XLSX or CSV.")
        case FileKind.PROTECTED_OFFICE:
            message = Message(
                "The workbook is protected with a password. Save it without one and send it again."
            )
        case FileKind.OLD_OFFICE:
            message = Message("This is an old Excel file (XLS). Save it as XLSX and send that.")
        case FileKind.JPEG | FileKind.PNG | FileKind.HEIC | FileKind.OTHER_IMAGE:
            message = Message("This is an image, not a spreadsheet. Photos have a field of their own.")
        case FileKind.MARKUP:
            message = Message("This is a web page or a text document. Open it in Excel and save it as XLSX.")
        case _:
            raise no_table()
    raise Invalid(message)
