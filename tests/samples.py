"""Made-up persons, and the files that customers send of them: built in memory, never read from disk."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, ImageDraw
from stdnum import luhn

Cell = str | int | float | bool | date | None
HEADERS = ("Namn", "Personnummer", "Foto", "Avdelning")

_FIRST = ("Åsa", "Björn", "Cecilia", "David", "Elin", "Fredrik", "Göran", "Hanna", "Isak", "Jörgen")
_LAST = ("Almkvist", "Bäckdal", "Cederlöv", "Dalhage", "Ekvide", "Forsåker", "Grönvik")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist, with a personal number whose check digit is right."""

    name: str
    personal_number: str
    """As people write it: YYMMDD-NNNC."""
    photo: str
    department: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row under `HEADERS`."""
        return self.name, self.personal_number, self.photo, self.department


def personal_number(born: date, serial: int = 123, *, coordination: bool = False) -> str:
    """The 12 digits of somebody born that day."""
    day = born.day + (60 if coordination else 0)
    nine = f"{born:%y%m}{day:02}{serial:03}"
    return f"{born:%Y}"[:2] + nine + luhn.calc_check_digit(nine)


def people(count: int) -> list[Person]:
    """As many different persons; always the same ones."""
    found: list[Person] = []
    for index in range(count):
        born = date(1961, 3, 1) + timedelta(days=131 * index % 14_000)
        digits = personal_number(born, 100 + index % 900)
        found.append(
            Person(
                name=f"{_FIRST[index % len(_FIRST)]} {_LAST[index % len(_LAST)]}",
                personal_number=f"{digits[2:8]}-{digits[8:]}",
                photo=f"{digits}.jpg",
                department=("Ekonomi", "Växeln", "Slöjdsalen")[index % 3],
            )
        )
    return found


def csv_bytes(rows: Iterable[Sequence[str]], *, encoding: str = "cp1252", delimiter: str = ";") -> bytes:
    """A text table; unless told, as Excel in Sweden writes it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def workbook_bytes(
    rows: Iterable[Sequence[Cell]],
    *,
    merged: Sequence[str] = (),
    more_sheets: Mapping[str, int] | None = None,
) -> bytes:
    """An XLSX workbook; `merged` are ranges such as "B1:C1", `more_sheets` are names with a count of rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    for name, count in (more_sheets or {}).items():
        other = book.create_sheet(name)
        for number in range(count):
            other.append([number])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook made by hand."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def archive_bytes(
    entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]], *, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A ZIP archive of these entries, in their order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data, compress_type=compression)
    return file.getvalue()


def with_part(workbook: bytes, part: str, data: bytes) -> bytes:
    """A workbook in which one part was exchanged or added."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return archive_bytes({**parts, part: data}.items())


def workbook_of(sheet_data: str, *, after: str = "") -> bytes:
    """A workbook whose only sheet has this XML between the tags of its sheetData, and `after` behind them."""
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{sheet_data}</sheetData>{after}</worksheet>"
    )
    return with_part(workbook_bytes([["x"]]), "xl/worksheets/sheet1.xml", sheet.encode())


def large_workbook(rows: int, columns: int) -> bytes:
    """A workbook of numbers, written without going through a library."""
    row = "<row>" + "<c><v>7</v></c>" * columns + "</row>"
    return workbook_of(row * rows)


def jpeg_bytes(width: int = 600, height: int = 820, *, orientation: int = 0, quality: int = 85) -> bytes:
    """A portrait of nobody as JPEG: bright above, dark below, so that turning it shows."""
    file = io.BytesIO()
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
        exif[0x010F] = "Camera maker that must not survive"
    picture(width, height).save(file, "JPEG", quality=quality, exif=exif)
    return file.getvalue()


def png_bytes(width: int = 600, height: int = 820, *, mode: str = "RGB") -> bytes:
    """The same as PNG."""
    file = io.BytesIO()
    picture(width, height).convert(mode).save(file, "PNG")
    return file.getvalue()


def picture(width: int, height: int) -> Image.Image:
    """A face-like disc on a ground that is light in the upper half and dark in the lower."""
    image = Image.new("RGB", (width, height), (40, 60, 90))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, height // 2), fill=(230, 232, 235))
    draw.ellipse((width // 4, height // 6, 3 * width // 4, 2 * height // 3), fill=(205, 160, 130))
    return image


def photos_of(persons: Iterable[Person]) -> bytes:
    """A ZIP with a JPEG for each person, named as in their row."""
    return archive_bytes((person.photo, jpeg_bytes()) for person in persons)
