"""A list with wrong rows: read, downloaded, mended in the file, sent back, all ready; in both languages."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal
from tests.samples import Person, archive_bytes, csv_bytes, jpeg_bytes, people

HEADERS = ("Namn", "Personnummer", "Klass", "Foto", "Bra att veta")


def wrong(person: Person) -> Person:
    """The same with a mistyped digit."""
    number = person.personal_number
    return replace(person, personal_number=f"{number[:-1]}{(int(number[-1]) + 1) % 10}")


def choose(page: Page, sheet: Path) -> None:
    """Choose a list on the import page."""
    page.goto("/orders/import")
    page.get_by_label("Spreadsheet", exact=True).set_input_files(sheet)
    expect(page.get_by_label("What column Personnummer holds")).to_have_value("personal_number")


def read_in(page: Page, folder: Path, persons: list[Person]) -> str:
    """Send the list and three photos; the number of the draft."""
    bad = [*map(wrong, persons[:3]), *persons[3:]]
    rows = [(p.name, p.personal_number, "7B", p.photo, "x") for p in bad]
    (folder / "list.csv").write_bytes(csv_bytes([HEADERS, *rows], encoding="utf-16", delimiter="\t"))
    photos = archive_bytes((p.photo, jpeg_bytes()) for p in persons[:3])
    (folder / "photos.zip").write_bytes(photos)
    choose(page, folder / "list.csv")
    page.get_by_label("What column Klass holds").select_option("class")
    page.get_by_label("Photos (may be added later)").set_input_files(folder / "photos.zip")
    page.get_by_role("button", name="Read 6 rows into a draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("0 ready · 6 to mend")).to_be_visible(timeout=60_000)
    return page.url.rstrip("/").rpartition("/")[2]


def opened(page: Page, said: str) -> None:
    """Open what has to do with files on the draft."""
    page.get_by_text(said, exact=True).click()


def mended(page: Page, folder: Path, persons: list[Person], link: str) -> Path:
    """Download the rows to mend, and mend them in the file."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    table = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig")), delimiter=";"))
    for row, person in zip(table[1:4], persons, strict=False):
        row[table[0].index("Personnummer")] = person.personal_number
    path = folder / "mended.csv"
    path.write_bytes(csv_bytes(table, encoding="utf-8-sig"))
    return path


def second_file(page: Page, folder: Path, number: str) -> None:
    """Rows of another list join the draft: their numbers come with the file's."""
    rows = [(p.name, p.personal_number, "7B", p.photo, "x") for p in map(wrong, people(400)[396:398])]
    (folder / "second.csv").write_bytes(csv_bytes([HEADERS, *rows], encoding="utf-8-sig"))
    page.goto(f"/orders/import?draft={number}")
    page.get_by_label("Spreadsheet", exact=True).set_input_files(folder / "second.csv")
    expect(page.get_by_label("What column Personnummer holds")).to_have_value("personal_number")
    page.get_by_label("What column Klass holds").select_option("class")
    page.get_by_role("button", name=re.compile("^Read 2 rows")).click()
    page.wait_for_url(re.compile(rf"/orders/{number}"))
    expect(page.get_by_role("list", name="Files of this draft")).to_contain_text("File 2", timeout=60_000)
    expect(page.get_by_text("6 ready · 2 to mend")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Change Row 2, file 2")).to_be_visible()
    look(page, "two-files")


def test_rows_are_mended_in_the_file(page: Page, portal: Portal, tmp_path: Path) -> None:
    persons = people(396)[390:]
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    number = read_in(page, tmp_path, persons)
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_text("0 klara · 6 att rätta")).to_be_visible()
    opened(page, "Rätta i ett kalkylark, eller skicka foton")
    look(page, "import-mend-sv")
    page.get_by_label("Rättad fil").set_input_files(mended(page, tmp_path, persons, "Rader att rätta (CSV)"))
    page.get_by_role("button", name="Läs in de rättade raderna").click()
    expect(page.get_by_text("Rättade: 3. Som förut: 3.", exact=False)).to_be_visible()
    expect(page.get_by_text("3 klara · 3 att rätta")).to_be_visible()
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).first.click()
    expect(page.get_by_text("3 ready · 3 to mend")).to_be_visible()
    opened(page, "Mend in a spreadsheet, or send photos")
    late = tmp_path / "late.zip"
    late.write_bytes(archive_bytes((p.photo, jpeg_bytes()) for p in persons[3:]))
    page.get_by_label("ZIP file of photos").set_input_files(late)
    page.get_by_role("button", name="Send the photos").click()
    expect(page.get_by_text("6 ready", exact=True)).to_be_visible()
    look(page, "import-mended")
    second_file(page, tmp_path, number)
    choose(page, tmp_path / "list.csv")
    expect(page.get_by_text("as the last time your account", exact=False)).to_be_visible()
    look(page, "import-remembered")
    page.get_by_role("button", name="Choose anew").click()
    expect(page.get_by_text("as the last time your account", exact=False)).to_have_count(0)
    page.goto(f"/orders/{number}")
    page.get_by_role("button", name=re.compile("More|Actions")).first.click()
    page.get_by_role("menuitem", name="Throw the draft away").click()
    page.get_by_role("dialog").get_by_role("button", name="Throw the draft away").click()
    page.wait_for_url(re.compile("/orders/?$"))
