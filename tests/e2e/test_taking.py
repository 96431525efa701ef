"""Taking persons away: from the history as it is narrowed, from one order, and many rows of a draft."""

import csv
import io
import re
import sqlite3
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Person, Portal
from tests.e2e.test_imports import HEADERS, choose, wrong
from tests.samples import csv_bytes, people


def read(taken: Download) -> list[list[str]]:
    return list(csv.reader(io.StringIO(taken.path().read_text("utf-8-sig")), delimiter=";"))


def entries(portal: Portal) -> list[str]:
    """What the audit log says of persons that were taken away, the newest last."""
    with sqlite3.connect(portal.data_dir / "portal.db") as database:
        found = database.execute(
            "SELECT facts FROM audit_events WHERE action = 'person:exported' ORDER BY at"
        )
        return [facts for (facts,) in found]


def confirmed(page: Page, dialog: Locator, portal: Portal, person: Person, act: str) -> Download:
    dialog.get_by_label("Code from your authenticator").fill(portal.code(person))
    with page.expect_download() as taken:
        dialog.get_by_role("button", name=act).click()
    expect(dialog).to_have_count(0)
    return taken.value


def test_a_privacy_officer_takes_persons_away(page: Page, portal: Portal) -> None:
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    page.goto("/orders?billing=invoiced")
    table = page.get_by_role("table", name="Orders")
    expect(table.get_by_role("rowheader").first).to_be_visible()
    shown = set(table.get_by_role("rowheader").all_inner_texts())
    page.get_by_text("Export", exact=True).click()
    look(page, "taking-menu")
    page.get_by_role("button", name="Persons on the cards…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").select_option("security incident")
    look(page, "taking")

    dialog.get_by_label("Code from your authenticator").fill("000000")
    dialog.get_by_role("button", name="Export persons").click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_be_visible()
    expect(dialog.get_by_label("What for")).to_have_value("security incident")
    expect(dialog.get_by_label("Code from your authenticator")).to_be_focused()
    look(page, "taking-refused")
    heading, *lines = read(confirmed(page, dialog, portal, officer, "Export persons"))
    expect(page.get_by_text("The persons are exported.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/orders/?\?billing=invoiced$"))
    expect(page.locator("summary").filter(has_text="Export")).to_be_focused()
    look(page, "taking-done")

    assert heading[:5] == ["Order", "Card", "Layout", "Stage", "Name"]
    persons = [line for line in lines if len(line) > 1]
    assert persons
    assert {line[0] for line in persons} <= shown
    last = entries(portal)[-1]
    assert '"security incident"' in last
    assert f'"persons": {len(persons)}' in last
    assert not [value for line in persons for value in (line[0], *line[4:]) if value and value in last]

    # The page goes on in the renewed session.
    page.get_by_role("combobox", name="Billing").select_option(label="Any")
    expect(page).to_have_url(re.compile(r"/orders/?$"))
    page.goto(f"/orders/{persons[0][0]}")
    page.get_by_role("button", name="Export persons").click()
    look(page, "taking-order")
    dialog.get_by_label("Format", exact=True).select_option("xlsx")
    workbook = confirmed(page, dialog, portal, officer, "Export persons")
    assert workbook.suggested_filename.startswith(f"persons-{persons[0][0]}-")
    assert workbook.path().read_bytes().startswith(b"PK")


def test_many_rows_of_a_draft_ask_for_a_second_factor(page: Page, portal: Portal, tmp_path: Path) -> None:
    orderer = portal.person("orderer", "Björkskolan")
    sign_in(page, portal, orderer)
    rows = [(p.name, p.personal_number, "7B", "", "x") for p in map(wrong, people(751)[700:])]
    (tmp_path / "many.csv").write_bytes(csv_bytes([HEADERS, *rows], encoding="utf-8-sig"))
    choose(page, tmp_path / "many.csv")
    page.get_by_label("What column Klass holds").select_option("class")
    page.get_by_role("button", name="Read 51 rows into a draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("0 ready · 51 to mend")).to_be_visible(timeout=60_000)
    page.get_by_text("Mend in a spreadsheet, or send photos", exact=True).click()
    page.get_by_role("button", name="Rows to mend (CSV)").click()
    dialog = page.get_by_role("dialog")
    look(page, "taking-rows")
    assert len(read(confirmed(page, dialog, portal, orderer, "Download the rows"))) == 52
    expect(page.get_by_text("The rows are downloaded.", exact=False)).to_be_visible()
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    page.get_by_text("Rätta i ett kalkylark, eller skicka foton", exact=True).click()
    page.get_by_role("button", name="Rader att rätta (XLSX)").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Ladda ner raderna")).to_be_visible()
    look(page, "taking-rows-sv")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).first.click()
    expect(page.get_by_text("0 ready · 51 to mend")).to_be_visible()
