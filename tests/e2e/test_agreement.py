"""A new version of the agreement: compared, accepted with a code; after its day orders wait for it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look
from tests.e2e.portal import Portal
from tests.e2e.test_ordering import begin, opened

NEWEST = "2.0"
STOPPED = "Nothing can be ordered until the data processing agreement is accepted."


@contextmanager
def its_day_has_come(portal: Portal) -> Iterator[None]:
    """The newest version was offered long enough ago, whatever the day of this run."""

    def offered(at: str) -> str:
        with sqlite3.connect(portal.data_dir / "portal.db", timeout=20) as database:
            before = database.execute(
                "SELECT offered_at || '|' || required_from FROM agreement_offers WHERE version = ?", [NEWEST]
            ).fetchone()[0]
            moment, day = at.split("|")
            database.execute(
                "UPDATE agreement_offers SET offered_at = ?, required_from = ? WHERE version = ?",
                [moment, day, NEWEST],
            )
        database.close()
        return str(before)

    before = offered("2026-01-20 08:00:00.000000|2026-01-20")
    try:
        yield
    finally:
        offered(before)


def test_a_new_version_is_compared_and_accepted_and_orders_wait_for_it(
    portal: Portal, browser: Browser
) -> None:
    orderer = opened(browser, portal, portal.person("orderer", "Nordhamn"))
    expect(orderer.get_by_text("These people can accept it: Erik Wallander.")).to_be_visible()
    look(orderer, "agreement-reminder-orderer")
    with its_day_has_come(portal):
        number = begin(orderer)
        expect(orderer.get_by_text(STOPPED, exact=False)).to_be_visible()
        look(orderer, "agreement-stopped-draft")
        orderer.get_by_role("button", name="Order 1 card").click()
        expect(orderer.get_by_text("Whoever may accept it", exact=False)).to_be_visible()
        _bureau_sees(portal, browser)

        admin = opened(browser, portal, portal.person("account_admin", "Nordhamn"))
        expect(admin.get_by_text(STOPPED, exact=False)).to_be_visible()
        look(admin, "agreement-reminder-admin")
        _read_and_accept(admin, portal)

        orderer.goto(f"/orders/{number}")
        expect(orderer.get_by_role("button", name="Order 1 card")).to_be_visible()
        expect(orderer.get_by_text(STOPPED, exact=False)).to_have_count(0)
        orderer.get_by_role("button", name="Order 1 card").click()
        expect(orderer.get_by_text(re.compile("Submitted|Awaiting approval")).first).to_be_visible()


def _read_and_accept(admin: Page, portal: Portal) -> None:
    admin.get_by_role("link", name="Read and accept").click()
    changed = admin.get_by_role("heading", name="What changed since version 1.0")
    expect(changed).to_be_visible()
    expect(admin.get_by_role("deletion").first).to_be_visible()
    expect(admin.get_by_role("insertion").first).to_be_visible()
    look(admin, "agreement-changes")

    admin.get_by_role("button", name="Accept the agreement").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("I have read version 2.0 and may bind Nordhamn Energi.").check()
    look(admin, "agreement-dialog")
    dialog.get_by_label("Code from your authenticator").fill(
        portal.code(portal.person("account_admin", "Nordhamn"))
    )
    dialog.get_by_role("button", name="Accept the agreement").click()
    expect(admin.get_by_text("Version 2.0 is accepted.", exact=False)).to_be_visible()
    expect(changed).to_have_count(0)
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Agreement 2.0 as PDF").click()
    assert download.value.suggested_filename.startswith("agreement-2.0-")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    look(admin, "agreement-accepted")


def _bureau_sees(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, portal.person("bureau_admin"))
    page.get_by_role("link", name="Agreements", exact=True).click()
    table = page.get_by_role("table", name="Agreements")
    row = table.get_by_role("row").filter(has_text="Nordhamn Energi")
    expect(row.get_by_text("Not accepted")).to_be_visible()
    look(page, "bureau-agreements")
    page.get_by_label("Show").select_option(label="Not accepted yet")
    expect(table.get_by_role("row").filter(has_text="Björkskolan")).to_have_count(0)
    with page.expect_download() as download:
        row.get_by_role("link", name="Agreement 1.0 of Nordhamn Energi as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.context.close()
