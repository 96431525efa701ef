"""Records of processing, the breach console, and the countdown of every card, in both languages."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import WIDE, look, sign_in
from tests.e2e.portal import Person, Portal


@pytest.fixture
def in_swedish(browser: Browser, portal: Portal) -> Iterator[Callable[[Person], Page]]:
    """Opens a browser of somebody who reads Swedish."""
    opened: list[Page] = []

    def browse(person: Person) -> Page:
        context = browser.new_context(base_url=portal.url, viewport=WIDE, locale="en-GB")  # pyright: ignore[reportArgumentType] - two numbers
        context.set_default_timeout(15_000)
        page = context.new_page()
        opened.append(page)
        sign_in(page, portal, person)
        expect(page.get_by_role("link", name=person.name)).to_be_visible()  # then the form has its token
        page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
        expect(page.get_by_role("navigation", name="Sidor i portalen")).to_be_visible()
        return page

    yield browse
    for page in opened:
        page.context.close()


def test_the_record_of_processing(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("privacy_officer", "Björkskolan"))
    page.goto("/privacy")
    page.get_by_role("navigation", name="Privacy").get_by_role("link", name="Processing").click()
    expect(page.get_by_text(re.compile(r"\d+ lines? ha(s|ve) changed since version 1"))).to_be_visible()
    expect(page.get_by_role("heading", name="Security measures")).to_be_visible()
    look(page, "records")
    with page.expect_download() as taken:
        page.get_by_role("link", name="JSON", exact=True).click()
    told = json.loads(taken.value.path().read_text())
    assert {line["section"] for line in told["in_words"]["sv"]} >= {"data", "retention", "measures"}
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert taken.value.path().read_bytes().startswith(b"%PDF-")
    page.get_by_role("button", name="Keep this version").click()
    expect(page.get_by_text("Nothing has changed since version 2 was kept.")).to_be_visible()
    kept = page.get_by_role("table", name="Versions that were kept")
    expect(kept.get_by_role("rowheader")).to_have_count(2)


def test_the_bureaus_own_record_and_its_sub_processors(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("bureau_admin"))
    page.get_by_role("link", name="Processing", exact=True).click()
    companies = page.get_by_role("table", name="Sub-processors")
    expect(companies.get_by_role("rowheader", name="Postkedjan AB")).to_be_visible()
    look(page, "bureau-processing")
    page.get_by_role("button", name="Add a company").click()
    dialog = page.get_by_role("dialog")
    for label, text in (("Company", "Brevbäraren AB"), ("Does what", "Sends mail"), ("Country", "Sweden")):
        dialog.get_by_label(label).fill(text)
    dialog.get_by_label("Since").fill("2026-01-15")
    look(page, "bureau-processing-add")
    dialog.get_by_role("button", name="Add a company").click()
    expect(companies.get_by_role("rowheader", name="Brevbäraren AB")).to_be_visible()
    page.get_by_role("button", name="End Brevbäraren AB").click()
    dialog.get_by_role("button", name="End a sub-processor").click()
    ended = companies.get_by_role("row").filter(has_text="Brevbäraren AB")
    expect(ended.get_by_text(re.compile("^until"))).to_be_visible()


def test_what_a_breach_could_have_touched(page: Page, portal: Portal) -> None:
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    page.goto("/people")
    page.get_by_label("Name or personal number").fill("anna")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()

    page.goto("/privacy/breaches")
    listed = page.get_by_role("table", name="Breaches that are handled")
    expect(listed.get_by_text(re.compile(r"4\d hours left")).first).to_be_visible()
    page.get_by_label("From").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Ask the logs").click()
    by_account = page.get_by_role("table", name="By account")
    expect(by_account.get_by_role("row").filter(has_text="Björkskolan")).to_be_visible()
    look(page, "breaches")
    page.get_by_role("button", name="Export…").click()
    dialog = page.get_by_role("dialog")
    look(page, "breaches-export")
    dialog.get_by_label("Format").select_option("json")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(officer))
    with page.expect_download() as taken:
        dialog.get_by_role("button", name="Export what could be touched").click()
    rows = json.loads(taken.value.path().read_text())
    assert [row["account"] for row in rows if row["certainty"] == "open"]


def test_a_breach_is_handled_from_its_discovery_to_its_end(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("bureau_admin"))
    page.goto("/bureau/breaches")
    expect(page.get_by_text("No breaches")).to_be_visible()
    look(page, "bureau-breaches-empty")
    page.get_by_role("button", name="Open a breach").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What happened").fill("A stolen phone")
    hour_ago = datetime.now() - timedelta(hours=3)  # noqa: DTZ005 - as the field shows it, in nobody's zone
    dialog.get_by_label("Discovered at").fill(hour_ago.isoformat(timespec="minutes"))
    look(page, "breach-open")
    dialog.get_by_role("button", name="Open a breach").click()
    row = page.get_by_role("table", name="Breaches that are handled").get_by_role("row")
    row = row.filter(has_text="A stolen phone")
    expect(row.get_by_text(re.compile(r"(6|7)\d hours left"))).to_be_visible()
    page.get_by_role("button", name="Actions for breach 1").click()
    page.get_by_role("menuitem", name="Describe…").click()
    dialog.get_by_label("Notes").fill("Locked from afar within ten minutes.")
    look(page, "breach-describe")
    dialog.get_by_role("button", name="Describe the breach").click()
    expect(row.get_by_text("Locked from afar")).to_be_visible()
    page.get_by_role("button", name="Actions for breach 1").click()
    page.get_by_role("menuitem", name="Close…").click()
    dialog.get_by_role("button", name="Close the breach").click()
    expect(row.get_by_text("Not told")).to_be_visible()
    page.get_by_label("From").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Ask the logs").click()
    # Which accounts besides depends on the journeys before this one.
    accounts = page.get_by_role("table", name="By account").get_by_role("rowheader")
    expect(accounts.filter(has_text="Björkskolan")).to_have_count(1)
    look(page, "bureau-breaches")


def test_every_card_counts_down(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/cards")
    table = page.get_by_role("table", name="Cards being made and sent")
    expect(table.get_by_text("d after delivery").first).to_be_visible()
    look(page, "cards-countdown")
    page.goto("/cards?view=register&status=blocked")
    register = page.get_by_role("table", name="Register of issued cards")
    expect(register.get_by_text(re.compile(r"Blocked: \d+ days? left")).first).to_be_visible()
    look(page, "register-countdown")
    register.get_by_role("rowheader").first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Personal data")).to_be_visible()
    look(page, "card-countdown")


def test_the_pages_of_privacy_in_swedish(portal: Portal, in_swedish: Callable[[Person], Page]) -> None:
    full = in_swedish(portal.person("privacy_officer", "Björkskolan"))
    for path, name in (
        ("/privacy", "retention"),
        ("/privacy/access", "access-log"),
        ("/privacy/certificates", "certificates"),
        ("/privacy/records", "records"),
        ("/privacy/breaches", "breaches"),
        ("/audit", "audit"),
    ):
        full.goto(path)
        expect(full.get_by_role("heading", level=1)).to_be_visible()
        expect(full.get_by_text("Laddar")).to_have_count(0)
        look(full, f"sv-{name}")
    empty = in_swedish(portal.person("privacy_officer", "Nordhamn"))
    for path, words in (
        ("/privacy/holds", "Inga raderingsstopp"),
        ("/privacy/access?until=2020-01-01", "Ingen har sett"),
        ("/privacy/records", "Ingen version än"),
        ("/privacy/breaches", "Inga incidenter"),
    ):
        empty.goto(path)
        expect(empty.get_by_text(words).first).to_be_visible()
        look(empty, f"sv-empty{path.partition('?')[0].replace('/', '-')}")
