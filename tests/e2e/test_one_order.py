"""One order, from a spreadsheet to erased, through the pages of everybody who has a hand in it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Person as Somebody
from tests.e2e.portal import Portal
from tests.samples import Person, archive_bytes, csv_bytes, jpeg_bytes, people, workbook_bytes

HEADERS = ("Namn", "Personnummer", "Klass", "Foto", "E-post")
DROPPED = "nobody.reads.this"
STAGES = ("Start encoding", "Start printing", "Hand over to quality control", "Approve as produced")
SOON = 5_000


@pytest.fixture
def at_work(browser: Browser, portal: Portal) -> Callable[[Somebody], Page]:
    """Opens a browser of their own for somebody and signs them in."""

    def open_for(somebody: Somebody) -> Page:
        context = browser.new_context(
            base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        sign_in(page, portal, somebody)
        return page

    return open_for


def staff(first: int, count: int = 25) -> list[Person]:
    """Made-up people: the third mistyped a digit, the seventh has no photo, the last is the first again."""
    persons = people(first + count)[first:]
    wrong = persons[2].personal_number
    persons[2] = replace(persons[2], personal_number=f"{wrong[:-1]}{(int(wrong[-1]) + 1) % 10}")
    return [*persons[:-1], persons[0]]


def rows_of(persons: list[Person]) -> list[tuple[str, ...]]:
    """The spreadsheet as HR keeps it, with a column that no card needs."""
    lines = [(p.name, p.personal_number, "7B", p.photo, f"{DROPPED}@example.test") for p in persons]
    return [HEADERS, *lines]


def files(tmp_path: Path, persons: list[Person], kind: str) -> tuple[Path, Path]:
    """The spreadsheet as Excel in Sweden writes it, or as a workbook; and the ZIP of photos, one missing."""
    sheet = tmp_path / f"people.{kind}"
    sheet.write_bytes(csv_bytes(rows_of(persons)) if kind == "csv" else workbook_bytes(rows_of(persons)))
    photos = tmp_path / "photos.zip"
    with_photo = [person for number, person in enumerate(persons[:-1]) if number != 6]
    photos.write_bytes(archive_bytes((person.photo, jpeg_bytes()) for person in with_photo))
    return sheet, photos


def import_files(page: Page, sheet: Path, photos: Path) -> str:
    """Upload both files and read them into a draft; its number."""
    page.goto("/orders/import")
    page.get_by_label("Spreadsheet", exact=True).set_input_files(sheet)
    expect(page.get_by_label("What column E-post holds")).to_have_value("")
    expect(page.get_by_label("What column Personnummer holds")).to_have_value("personal_number")
    page.get_by_label("Photos (may be added later)").set_input_files(photos)
    look(page, "import")
    page.get_by_role("button", name="Read 25 rows into a draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("22 ready · 3 to mend")).to_be_visible(timeout=60_000)
    return page.url.rstrip("/").rpartition("/")[2]


def mend_and_order(page: Page, number: str, right: str) -> None:
    """Mend the mistyped number in place, keep what is not ready as a draft, order the rest."""
    # At its end, for axe takes what lies behind the sticky foot for too small.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    look(page, "draft")
    row = page.get_by_role("row").filter(has_text="check digit")
    row.get_by_role("button", name=re.compile("^Change ")).click()
    page.get_by_label("Personal number").fill(right)
    page.get_by_role("button", name="Save row").click()
    expect(page.get_by_text("23 ready · 2 to mend")).to_be_visible()
    page.get_by_label("Reference").fill("New pupils 7B")
    page.get_by_role("button", name="Order the 23 ready, keep 2 as draft").dblclick()
    page.goto(f"/orders/{number}")
    expect(page.get_by_text("Submitted", exact=True).first).to_be_visible()


def accept(page: Page, number: str) -> None:
    """The order desk takes it."""
    page.goto(f"/bureau/orders/{number}")
    look(page, "bureau-order")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept the order").click()
    expect(page.get_by_text("Accepted", exact=True).first).to_be_visible()


def make(page: Page, watching: Page) -> None:
    """A batch through every stage; the orderer's page moves by itself."""
    page.goto("/bureau/production")
    look(page, "bureau-production")
    page.get_by_role("button", name="Make a batch of School ID").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a batch").click()
    page.wait_for_url(re.compile(r"/bureau/production/B-"))
    look(page, "bureau-batch")
    for step in STAGES:
        page.get_by_role("button", name=step).click()
        expect(page.get_by_role("button", name=step)).to_have_count(0)
    expect(watching.get_by_role("row").filter(has_text="Produced").first).to_be_visible(timeout=SOON)


def ship(page: Page, number: str, watching: Page) -> None:
    """Packed, sent, delivered."""
    page.goto("/bureau/shipping")
    look(page, "bureau-shipping")
    page.get_by_role("button", name=f"Pack order {number}").click()
    page.get_by_label("Carrier").fill("PostNord")
    page.get_by_label("Tracking number").fill("00573")
    page.get_by_role("dialog").get_by_role("button", name="Pack the parcel").click()
    parcel = page.get_by_role("row").filter(has_text=number)
    parcel.get_by_role("button", name=re.compile("^Ship parcel")).click()
    expect(watching.get_by_text("Shipped", exact=True).first).to_be_visible(timeout=SOON)
    page.get_by_role("combobox", name="Parcels").select_option("on_the_way")
    parcel.get_by_role("button", name=re.compile("is delivered$")).click()
    expect(watching.get_by_text("Delivered", exact=True).first).to_be_visible(timeout=SOON)


def invoice(page: Page, number: str) -> None:
    """Billing invoices it."""
    page.goto("/bureau/billing")
    look(page, "bureau-billing")
    button = page.get_by_role("button", name=f"Create the invoice of order {number}")
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Create the invoice").click()
    expect(button).to_have_count(0)


def erase(page: Page, portal: Portal, orderer: Somebody, number: str) -> None:
    """Ask for removal, confirm with a code."""
    page.goto(f"/orders/{number}")
    expect(page.get_by_text("Can be removed now")).to_be_visible()
    page.get_by_role("button", name="Remove personal data").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("23 persons")).to_be_visible()
    look(page, "erase")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(orderer))
    dialog.get_by_role("button", name="Remove personal data").click()
    expect(page.get_by_text(f"The personal data of order {number} is removed.")).to_be_visible()


def certificate(page: Page, portal: Portal, tmp_path: Path) -> Path:
    """Fetch the certificate and have the command line check it, as it is and changed."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate (JSON)").click()
    file = tmp_path / "certificate.json"
    download.value.save_as(file)
    portal.command("certificate", "verify", str(file))
    forged = tmp_path / "forged.json"
    forged.write_text(
        re.sub(r'"persons": *\d+', '"persons": 1', file.read_text(encoding="utf-8")), encoding="utf-8"
    )
    portal.command("certificate", "verify", str(forged), code=1)
    return file


def traces(portal: Portal, persons: list[Person]) -> list[str]:
    """Where a name, number or the dropped column still stands: databases, `-wal`, key store, blobs, logs."""
    contents = {path: path.read_bytes() for path in portal.data_dir.rglob("*") if path.is_file()}
    needles = {DROPPED}
    for person in persons:
        needles |= {person.name, person.personal_number, person.personal_number.replace("-", "")}
    return [
        f"{needle} in {path.name}"
        for path, content in contents.items()
        for needle in needles
        for encoding in ("utf-8", "utf-16-le", "cp1252")
        if needle.encode(encoding) in content
    ]


@pytest.mark.parametrize(("kind", "first"), [("csv", 100), ("xlsx", 160)])
def test_one_order_from_a_spreadsheet_to_erased(
    portal: Portal, at_work: Callable[[Somebody], Page], tmp_path: Path, kind: str, first: int
) -> None:
    orderer = portal.person("orderer", "Björkskolan")
    persons = staff(first)
    right = people(first + 3)[-1].personal_number
    page = at_work(orderer)
    number = import_files(page, *files(tmp_path, persons, kind))
    mend_and_order(page, number, right)

    accept(at_work(portal.person("order_desk")), number)
    expect(page.get_by_text("Accepted by the bureau")).to_be_visible(timeout=SOON)
    look(page, "order")
    page.get_by_role("button", name="Show person").click()
    expect(page.get_by_role("button", name=persons[0].name)).to_be_visible()
    make(at_work(portal.person("production_operator")), page)
    ship(at_work(portal.person("shipping")), number, page)

    page.reload()
    expect(page.get_by_text("Cannot be removed yet")).to_be_visible()
    expect(page.get_by_text("The order is not invoiced yet.")).to_be_visible()
    page.get_by_role("button", name="Remove personal data").click()
    later = page.get_by_role("dialog")
    expect(later.get_by_text("Nothing can go now.", exact=False)).to_be_visible()
    expect(later.get_by_text("The order is not invoiced yet.", exact=False)).to_be_visible()
    expect(
        later.get_by_label("Remove the rest as soon as nothing stands in the way", exact=False)
    ).to_be_visible()
    look(page, "erase-not-yet")
    page.keyboard.press("Escape")
    expect(later).to_have_count(0)
    invoice(at_work(portal.person("billing")), number)

    erase(page, portal, orderer, number)
    look(page, "erased")
    certificate(page, portal, tmp_path)
    expect(page.get_by_text(number).first).to_be_visible()
    assert persons[1].name not in page.content()
    kept_as_draft = {persons[0].name, persons[6].name}
    gone = [person for person in persons if person.name not in kept_as_draft]
    assert traces(portal, gone) == []
