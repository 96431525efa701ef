"""Who looked, and what happened: the two logs as the privacy officer reads them."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal


def test_the_privacy_officer_sees_who_looked_and_that_the_log_holds(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("privacy_officer"))
    page.goto("/people")
    page.get_by_label("Name or personal number").fill("anna")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()
    page.goto("/privacy/access")
    rows = page.get_by_role("table", name="Access log").get_by_role("row")
    expect(rows.filter(has_text="Searched for").first).to_be_visible()
    look(page, "access-log")
    page.get_by_role("combobox", name="What", exact=True).select_option("photo")
    expect(page).to_have_url(re.compile("act=photo"))
    page.get_by_role("button", name="Clear").click()
    expect(rows.filter(has_text="Searched for").first).to_be_visible()  # until then the page is being loaded
    page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Months")).to_have_value("24")
    look(page, "access-log-kept")
    dialog.get_by_label("Months").fill("36")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(portal.person("privacy_officer")))
    dialog.get_by_role("button", name="How long the access log is kept").click()
    expect(page.get_by_text("The access log is kept for 36 months.")).to_be_visible()

    page.get_by_role("link", name="Audit log").click()
    log = page.get_by_role("table", name="Audit log")
    expect(log.get_by_role("row").filter(has_text="Changed for how long").first).to_be_visible()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("verified, from the first to the last")).to_be_visible()
    log.get_by_text(re.compile(r"^Entry \d")).first.click()
    look(page, "audit")
    page.get_by_role("combobox", name="What", exact=True).select_option("persons")
    expect(page).to_have_url(re.compile("group=persons"))
    expect(log.get_by_role("row").filter(has_text="Searched for a person").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export (JSON Lines)").click()
    assert download.value.suggested_filename.startswith("audit-log-")
