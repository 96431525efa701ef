import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from nexus_portal.adapters.archives import photos_in
from nexus_portal.adapters.photos import process
from nexus_portal.adapters.spreadsheets import Limits, Sheet, SheetKind, read
from nexus_portal.domain.column_mapping import apply, suggest
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import all_from_json, check_row
from nexus_portal.domain.photo_matching import Holder, match_photos
from tests.samples import (
    HEADERS,
    Cell,
    archive_bytes,
    csv_bytes,
    jpeg_bytes,
    large_workbook,
    people,
    photos_of,
    saved,
    with_part,
    workbook_bytes,
    workbook_of,
)
from tests.world import FIELDS

PEOPLE = people(25)
ROWS = [HEADERS, *(person.cells for person in PEOPLE)]
MEGABYTE = 1024 * 1024
TABLES: dict[str, Callable[[list[tuple[str, ...]]], bytes]] = {"csv": csv_bytes, "xlsx": workbook_bytes}


def refusal_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Invalid) as refusal:
        read(data, "list.xlsx", limits)
    return str(refusal.value)


def cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet.rows]


def notes(sheet: Sheet) -> str:
    return " ".join(map(str, sheet.notes))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "mac_roman", "cp850"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_people_arrive_from_csv_in_every_encoding(encoding: str, delimiter: str) -> None:
    sheet = read(csv_bytes(ROWS, encoding=encoding, delimiter=delimiter))
    assert sheet.kind is SheetKind.CSV
    assert sheet.headers == HEADERS
    assert cells(sheet) == ROWS[1:]
    assert [row.number for row in sheet.rows] == list(range(2, 27))


@pytest.mark.parametrize("table", [*TABLES, "numbers"])
def test_a_list_of_people_comes_all_the_way_to_checked_rows_and_their_photos(table: str) -> None:
    if table == "numbers":
        digits: list[list[Cell]] = [
            [name, int(number.replace("-", "")), *rest] for name, number, *rest in ROWS[1:]
        ]
        data = workbook_bytes([HEADERS, *digits])
    else:
        data = TABLES[table](ROWS)
    layout = all_from_json(FIELDS)
    sheet = read(data)
    mapping = suggest(sheet.headers, layout)
    assert mapping == {0: "name", 1: "personal_number", 2: "photo"}
    values = [apply(mapping, row.cells) for row in sheet.rows]
    checked = [check_row(layout, row, date(2026, 3, 2)) for row in values]
    assert all(row.good for row in checked)
    assert [row.values["name"] for row in checked] == [person.name for person in PEOPLE]
    album = photos_in(photos_of(PEOPLE))
    holders = [Holder(personal_number=row["personal_number"]) for row in values]
    found = match_photos(holders, album.names)
    assert found == [person.photo for person in PEOPLE]
    assert process(album.read(found[0] or "")).height == 820


def test_utf_16_without_a_mark_is_read_too() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert cells(read(csv_bytes(ROWS, encoding=encoding))) == ROWS[1:]


def test_a_guessed_encoding_is_told() -> None:
    assert notes(read(csv_bytes(ROWS))) == ""
    assert "å, ä and ö" in notes(read(csv_bytes(ROWS, encoding="mac_roman")))


def test_people_arrive_from_a_workbook() -> None:
    sheet = read(workbook_bytes(ROWS), "personal.csv")
    assert sheet.kind is SheetKind.XLSX
    assert sheet.headers == HEADERS
    assert cells(sheet) == ROWS[1:]
    assert sheet.notes == ()


def test_csv_says_its_separator_in_excels_way() -> None:
    sheet = read(b"sep=,\r\nNamn,Avdelning\r\nEk; Anna,A\r\n")
    assert sheet.headers == ("Namn", "Avdelning")
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("Ek; Anna", "A"))]


def test_a_comma_in_each_name_is_no_separator() -> None:
    sheet = read('Namn;Avdelning\r\n"Ek, Anna";A\r\nÅs, Bo;B\r\nEk, Eva;C;\r\n'.encode())
    assert sheet.headers == ("Namn", "Avdelning")
    assert cells(sheet) == [("Ek, Anna", "A"), ("Ås, Bo", "B"), ("Ek, Eva", "C")]


def test_quoted_line_breaks_begin_no_row_and_blank_lines_count() -> None:
    sheet = read(b'Namn;Adress\r\n"Anna";"Gatan 1\r\n123 45 Byn"\r\n\r\n;;\r\nBo;"Du ""x"""\r\n')
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("Anna", "Gatan 1\r\n123 45 Byn")),
        (5, ("Bo", 'Du "x"')),
    ]


def test_a_list_of_one_column_is_a_table() -> None:
    assert cells(read(b"Namn\nAnna\nBo\n")) == [("Anna",), ("Bo",)]


def test_excels_way_to_keep_zeros_is_text_and_formulas_stay_what_they_are() -> None:
    sheet = read(b'Namn;Nr\r\n="0405061234";=1+1\r\n')
    assert cells(sheet) == [("0405061234", "=1+1")]


def test_text_called_a_workbook_is_read_and_told() -> None:
    assert "plain text" in notes(read(csv_bytes(ROWS), "personal.XLS"))
    assert notes(read(csv_bytes(ROWS), "personal.csv")) == ""


def test_numbers_dates_and_truths_are_read_as_people_see_them() -> None:
    header: list[Cell] = ["a", "b", "c", "d", "e", "f", "g", "h"]
    values: list[Cell] = [
        198507099805,
        8507099805.0,
        1.5,
        True,
        date(2024, 2, 29),
        datetime(2024, 2, 29, 13, 5),  # noqa: DTZ001 - Excel knows no zones
        -7,
        None,
    ]
    sheet = read(workbook_bytes([header, values, ["x"] * 8]))
    assert sheet.rows[0].cells == (
        "198507099805",
        "8507099805",
        "1.5",
        "TRUE",
        "2024-02-29",
        "2024-02-29 13:05:00",
        "-7",
        "",
    )


def test_numbers_no_card_can_hold_are_marked_as_errors() -> None:
    row = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>1e400</v></c><c><v>NaN</v></c></row>"
    assert cells(read(workbook_of(row))) == [("#NUM!", "#NUM!")]


def test_rows_and_columns_keep_their_place_in_the_sheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for at, value in {"C4": "Namn", "D4": "Klass", "C6": "Anna", "D6": "1A", "C9": "Bo"}.items():
        sheet[at] = value
    table = read(saved(book))
    assert table.headers == ("", "", "Namn", "Klass")
    assert [(row.number, row.cells) for row in table.rows] == [
        (6, ("", "", "Anna", "1A")),
        (9, ("", "", "Bo", "")),
    ]


@pytest.mark.parametrize("table", TABLES)
def test_titles_above_the_header_are_left_out_and_told(table: str) -> None:
    sheet = read(TABLES[table]([("Personallista",), ("2026",), (), *ROWS]))
    assert sheet.headers == HEADERS
    assert sheet.rows[0].number == 5
    assert "Row 1 was taken for a title" in notes(sheet)
    assert "Row 2 " in notes(sheet)


def test_only_the_first_visible_sheet_is_read_and_the_others_are_told() -> None:
    sheet = read(workbook_bytes(ROWS, more_sheets={"Löner": 3, "Tomt": 0}))
    assert sheet.headers == HEADERS
    assert "2 sheets" in notes(sheet)
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes([["hidden"]], more_sheets={"Shown": 2})))
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    assert len(read(saved(book)).rows) == 1


def test_formulas_give_their_results_and_those_without_are_told() -> None:
    with_result = (
        "<row><c><v>1</v></c><c><v>2</v></c></row>"
        "<row><c><f>A1+1</f><v>2</v></c><c><f>B1</f><v>5</v></c></row>"
    )
    assert cells(read(workbook_of(with_result))) == [("2", "5")]
    assert notes(read(workbook_of(with_result))) == ""
    second = with_result.replace("<f>B1</f><v>5</v>", "<f>B1</f><v></v>")
    assert "B2" in notes(read(workbook_of(second)))
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for row in (["Namn", "Nr"], ["Anna", "=1+1"]):
        book.active.append(row)
    sheet = read(saved(book))
    assert cells(sheet) == [("Anna", "")]
    assert "B2" in notes(sheet)
    error = workbook_of(
        '<row><c><v>1</v></c></row><row><c r="A2"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c></row>'
    )
    assert "B1" in notes(read(error))


def test_merged_header_cells_are_named() -> None:
    rows = [["Personal", None, None, "Nr"], ["Anna", "Ek", None, "1"]]
    words = refusal_of(workbook_bytes(rows, merged=["A1:C1"]))
    assert "columns A, B, C are merged" in words


def test_a_header_in_two_rows_is_named() -> None:
    rows = [["Namn", "Kontakt", None], [None, "Mejl", "Telefon"], ["Anna", "a", "1"]]
    assert "columns B, C are merged" in refusal_of(workbook_bytes(rows, merged=["A1:A2", "B1:C1"]))


def test_a_merged_title_and_merged_nothing_do_no_harm() -> None:
    rows: list[list[Cell]] = [["Lista", None], ["Namn", "Nr"], ["Anna", "1"]]
    assert read(workbook_bytes(rows, merged=["A1:B1"])).headers == ("Namn", "Nr")
    assert read(workbook_bytes([["Namn", "Nr"], ["Anna", "1"]], merged=["B1:C1"])).headers == ("Namn", "Nr")


def test_merged_cells_below_are_told() -> None:
    rows: list[list[Cell]] = [["Namn", "Klass"], ["Anna", "1A"], ["Bo", None]]
    assert "at B2 for one" in notes(read(workbook_bytes(rows, merged=["B2:B3"])))


@pytest.mark.parametrize("table", TABLES)
def test_a_column_without_a_header_is_named(table: str) -> None:
    rows = [("Namn", "", "Nr", ""), ("Anna", "Ek", "1", ""), ("Bo", "", "2", "x")]
    assert "columns B, D hold something but have no header" in refusal_of(TABLES[table](rows))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "cell", ["850709-9805", "198507099805", "anna@example.test", "anna.JPG", "2024-01-31", "123456"]
)
def test_a_missing_header_is_told_without_the_persons_data(table: str, cell: str) -> None:
    words = refusal_of(TABLES[table]([("Anna", cell), ("Bo", "850709-9805")]))
    assert "header is missing: cell B1" in words
    assert cell not in words


@pytest.mark.parametrize("table", TABLES)
def test_a_header_alone_is_told(table: str) -> None:
    assert "no row under it" in refusal_of(TABLES[table]([HEADERS]))


@pytest.mark.parametrize(
    "data",
    [b"", b" \r\n \t", b"\xef\xbb\xbf", b";;;\r\n;;;\r\n", workbook_bytes([]), workbook_bytes([[" "]])],
)
def test_nothing_is_told(data: bytes) -> None:
    assert refusal_of(data) == "The file is empty."


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 renamed", "PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "old Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (jpeg_bytes(60, 82), "image"),
        (b"<html><table><tr><td>Namn</td></tr></table>", "web page"),
        (b"{\\rtf1 Namn}", "web page or a text document"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 4, "not a spreadsheet"),
        (bytes(range(1, 32)) * 9, "not a spreadsheet"),
        (b"\xff\xfe\x00", "not a spreadsheet"),
        (b"7z\xbc\xaf\x27\x1c", "not a spreadsheet"),
        (archive_bytes([("a.jpg", b"")]), "ZIP file, not a spreadsheet"),
        (archive_bytes([("word/document.xml", b"")]), "text document"),
        (archive_bytes([("xl/workbook.bin", b"")]), "XLSB"),
        (archive_bytes([("content.xml", b"")]), "OpenDocument"),
        (archive_bytes([("xl/workbook.xml", b"")]), "damaged"),
        (workbook_bytes(ROWS)[:2000], "damaged"),
        (with_part(workbook_bytes(ROWS), "xl/worksheets/sheet1.xml", b"<sheetData><row>"), "damaged"),
        (with_part(workbook_bytes(ROWS), "xl/workbook.xml", b"nothing"), "damaged"),
        (with_part(workbook_bytes(ROWS), "XL/workbook.xml", b"twice"), "damaged"),
    ],
)
def test_what_is_no_spreadsheet_is_named(data: bytes, words: str) -> None:
    assert words in refusal_of(data)


def test_a_quotation_mark_too_many_is_told() -> None:
    text = "Namn;Nr\r\n" + '"Anna;1\r\n' + "Bo;2\r\n" * 300
    assert "Cell A2 holds more than 1000 characters. Is a quotation mark missing" in refusal_of(text.encode())
    assert "quotation mark" in refusal_of(('Namn;Nr\r\n"' + "x" * 200_000).encode())


def test_a_cell_too_long_is_told() -> None:
    assert "Cell B2 " in refusal_of(workbook_bytes([["Namn", "Nr"], ["Anna", "x" * 1001]]))


def quickly(refuse: Callable[[], str], *, seconds: float = 2) -> str:
    start = time.process_time()
    words = refuse()
    assert time.process_time() - start < seconds
    return words


@pytest.mark.parametrize("table", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("rows", "columns", "words"), [(100_000, 8, "10000 rows"), (30, 2_000, "200 columns")]
)
def test_too_much_is_refused_quickly_and_in_little_memory(
    table: str, rows: int, columns: int, words: str
) -> None:
    data = large_workbook(rows, columns) if table == "xlsx" else (b"7;" * columns + b"\r\n") * rows
    assert len(data) < Limits().max_bytes
    assert words in quickly(lambda: refusal_of(data))
    tracemalloc.start()
    refusal_of(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * MEGABYTE


@pytest.mark.parametrize("table", ["csv", "xlsx"])
def test_as_many_rows_and_columns_as_allowed_are_read(table: str) -> None:
    limits = Limits(max_rows=50, max_columns=20)
    rows = [tuple(f"h{column}" for column in range(20)), *[("7",) * 20] * 50]
    assert len(read(TABLES[table](rows), "", limits).rows) == 50
    assert "50 rows" in refusal_of(TABLES[table]([*rows, ("7",)]), limits)


def test_formatting_far_below_and_beside_the_table_costs_nothing() -> None:
    table = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
    sheet = read(workbook_of(table + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    assert cells(sheet) == [("2",)]


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c><v>1</v></c></row>',
        '<row r="2"><c r="XFD2"><v>1</v></c></row>',
        '<row r="2"><c r="xfd2"><v>1</v></c></row>',
        '<row r="2"><c r="A99999" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="2"><c r="XFD1048576"><f>1</f></c></row>',
        '<row r="2"><c r="XFD1048576" t="str"><v></v></c></row>',
        "<row/>" * 20_000 + "<row><c><v>1</v></c></row>",
        "<row>" + "<c/>" * 20_000 + "<c><v>1</v></c></row>",
        '<row r="4294967295"><c><v>1</v></c></row>',
    ],
)
def test_one_cell_far_out_does_not_cost_the_memory_of_all_between(far: str) -> None:
    # Handed to the reader as it is, each of these would end the process.
    data = workbook_of('<row r="1"><c r="A1"><v>1</v></c></row>' + far)
    assert "more than" in quickly(lambda: refusal_of(data))


@pytest.mark.parametrize("reference", ["A99999999999999", "ZZZZZZZZ1", "", "A0", "1", "A", "Å1", "A1 "])
def test_impossible_places_are_damage(reference: str) -> None:
    data = workbook_of(
        f'<row r="1"><c r="{reference}"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    )
    assert "damaged" in refusal_of(data)


def test_a_prefix_hides_no_cell() -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    data = with_part(workbook_bytes([["x"]]), "xl/worksheets/sheet1.xml", sheet.encode())
    assert "more than" in refusal_of(data)


def test_a_sheet_by_another_name_is_walked_through_as_well() -> None:
    far = b'<worksheet><sheetData><row><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    assert "more than" in refusal_of(with_part(workbook_bytes(ROWS), "xl/elsewhere/other.xml", far))


def test_entities_are_refused() -> None:
    laughs = b'<!DOCTYPE w [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><w><sheetData>&b;</sheetData></w>'
    assert "damaged" in refusal_of(with_part(workbook_bytes(ROWS), "xl/worksheets/sheet1.xml", laughs))


def test_a_zip_bomb_in_a_workbook_is_refused_unopened() -> None:
    bomb = with_part(workbook_bytes(ROWS), "xl/media/image.xml", bytes(150 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    assert "at most 10000 rows and 200 columns" in quickly(lambda: refusal_of(bomb))
    packed = with_part(workbook_bytes(ROWS), "xl/sharedStrings.xml", b" " * (40 * MEGABYTE))
    assert "at most" in quickly(lambda: refusal_of(packed))


def test_a_lie_about_the_unpacked_size_is_damage() -> None:
    data = bytearray(with_part(workbook_bytes(ROWS), "xl/zeros.xml", b" " * MEGABYTE))
    at = data.index(b"PK\x01\x02", data.index(b"xl/zeros.xml"))
    while data[at + 46 : at + 58] != b"xl/zeros.xml":
        at = data.index(b"PK\x01\x02", at + 1)
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert "damaged" in refusal_of(bytes(data))


def test_more_tags_than_cells_could_need_are_refused() -> None:
    strings = b"<sst>" + b"<si/>" * 4_100_000 + b"</sst>"
    data = archive_bytes([("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", strings)])
    assert "at most" in refusal_of(data, Limits(max_ratio=2_000))


def test_blank_rows_without_end_are_refused_quickly() -> None:
    data = b"Namn\n" + b"\n" * (9 * MEGABYTE) + b"Anna"
    assert "empty rows" in quickly(lambda: refusal_of(data))


def test_an_encrypted_or_oddly_packed_part_is_damage() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(ROWS))) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    assert "damaged" in refusal_of(archive_bytes(parts, compression=zipfile.ZIP_BZIP2))


def test_a_file_may_be_too_large_as_a_whole() -> None:
    assert "larger than 10 MB" in refusal_of(bytes(10 * MEGABYTE + 1))


def test_a_row_shows_nothing_of_a_person_where_it_may_be_logged() -> None:
    assert "Åsa" not in repr(read(csv_bytes(ROWS)))


def a_table_or_a_refusal(data: bytes) -> None:
    try:
        sheet = read(data, "x.csv")
    except Invalid:
        return
    assert sheet.rows
    assert all(len(row.cells) == len(sheet.headers) for row in sheet.rows)


SAMPLES = {
    "csv": csv_bytes(ROWS[:4]),
    "xlsx": archive_bytes(
        [
            (name, zipfile.ZipFile(io.BytesIO(workbook_bytes(ROWS[:4]))).read(name))
            for name in zipfile.ZipFile(io.BytesIO(workbook_bytes(ROWS[:4]))).namelist()
        ],
        compression=zipfile.ZIP_STORED,
    ),
}


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_give_a_table_or_a_refusal(data: bytes) -> None:
    a_table_or_a_refusal(data)


@given(
    st.lists(
        st.sampled_from(["a", "å", ";", ",", "\t", "\n", "\r", '"', "=", "sep=,\n", "1", "\x00", "\x07"])
    ).map("".join)
)
def test_any_text_table_gives_a_table_or_a_refusal(text: str) -> None:
    a_table_or_a_refusal(text.encode("cp1252"))


@given(
    st.sampled_from(sorted(SAMPLES)), st.integers(0, 9_000), st.binary(min_size=1, max_size=6), st.booleans()
)
def test_a_damaged_file_gives_a_table_or_a_refusal(kind: str, place: int, change: bytes, cut: bool) -> None:  # noqa: FBT001 - given by Hypothesis
    sample = SAMPLES[kind]
    a_table_or_a_refusal(sample[:place] + change + (b"" if cut else sample[place + len(change) :]))


PIECES = """<row> </row> <row_r="3"> <c> </c> <c_r="B2"> <c_t="s"> <c_t="e"> <c_t="b"> <c_t="d"> <c_s="9"/>
    <v> </v> <f> </f> <is><t>å</t></is> 1 -1 1e9 NaN x &amp; 2024-01-01"""
tags = st.sampled_from([piece.replace("_", " ") for piece in PIECES.split()])


@given(st.lists(tags, max_size=30).map("".join))
def test_any_sheet_gives_a_table_or_a_refusal(xml: str) -> None:
    a_table_or_a_refusal(workbook_of(xml))


def test_a_repeated_header_is_left_out_and_twin_columns_are_told() -> None:
    head = ["Namn", "Namn", "Klass"]
    sheet = read(csv_bytes([head, ["A", "B", "7B"], [" Namn", "Namn ", "Klass"], ["C", "D", "8"]]))
    assert [row.number for row in sheet.rows] == [2, 4]
    assert [str(note) for note in sheet.notes] == [
        "Row 3 repeats the header and was left out.",
        "Several columns are called Namn: see to it that the right one is used.",
    ]
    with pytest.raises(Invalid, match="no row under it"):
        read(csv_bytes([head, head]))


def test_text_with_zero_bytes_is_no_table() -> None:
    with pytest.raises(Invalid, match="not a spreadsheet"):
        read(b"Namn;Klass\r\n" + b"Asa\0\0;7B\r\n" * 3)
