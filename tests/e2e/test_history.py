"""The order history: search while typing, filters, sorting, columns; the address follows and leads back."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look, opened, sign_in
from tests.e2e.portal import Portal

NAMES = ("Astrid", "Maja", "Nils", "Saga", "Leo", "Ella", "Hugo", "Elin", "Noor", "Ada")


def rows(page: Page) -> int:
    """Orders on screen."""
    return page.get_by_role("table", name="Orders").get_by_role("rowheader").count()


def types_quickly(page: Page) -> None:
    """No answer that comes late takes a letter back, and Clear empties the box."""
    box = page.get_by_role("searchbox", name="Search orders")
    box.press_sequentially("as quick as anybody types", delay=1)
    expect(page.get_by_text("No order matches")).to_be_visible()
    expect(page).to_have_url(re.compile(r"search=as\+quick\+as\+anybody\+types$"))
    expect(box).to_have_value("as quick as anybody types")
    page.get_by_role("button", name="Clear").click()
    expect(box).to_have_value("")


def test_the_order_history(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/orders")
    table = page.get_by_role("table", name="Orders")
    expect(table.get_by_role("rowheader").first).to_be_visible()
    everything = rows(page)
    look(page, "history")

    types_quickly(page)
    newest = table.get_by_role("rowheader").first.inner_text()
    page.get_by_role("searchbox", name="Search orders").press_sequentially(newest[5:].lstrip("0"))
    expect(page).to_have_url(re.compile(rf"/orders/?\?search={newest[5:].lstrip('0')}$"))
    expect(table.get_by_role("rowheader", name=newest)).to_be_visible()
    page.reload()
    expect(page.get_by_role("searchbox", name="Search orders")).to_have_value(newest[5:].lstrip("0"))
    page.get_by_role("button", name="Clear").click()
    expect(table.get_by_role("rowheader")).to_have_count(everything)
    expect(page).to_have_url(re.compile(r"/orders/?$"))

    page.get_by_role("button", name="Changed").click()
    expect(table.get_by_role("columnheader", name="Changed")).to_have_attribute("aria-sort", "descending")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Cost centre").click()
    expect(page.get_by_role("checkbox", name="Cost centre")).to_be_checked()
    look(page, "history-columns")
    page.keyboard.press("Escape")
    expect(page.get_by_role("checkbox", name="Cost centre")).to_be_hidden()
    expect(table.get_by_role("columnheader", name="Cost centre")).to_be_visible()
    page.get_by_role("combobox", name="Billing").select_option(label="Unbilled")
    expect(page).to_have_url(re.compile("billing=unbilled.*sort=-changed.*columns="))

    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Name of the view").fill("Not invoiced yet")
    page.get_by_role("button", name="Keep this view").click()
    expect(page.get_by_role("link", name="Not invoiced yet")).to_be_visible()
    look(page, "history-views")
    page.get_by_text("Views", exact=True).click()

    first = table.get_by_role("rowheader").first
    first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/orders/\d{4}-\d{5}/?$"))
    page.go_back()
    expect(page).to_have_url(re.compile("billing=unbilled.*sort=-changed"))
    expect(table.get_by_role("columnheader", name="Cost centre")).to_be_visible()

    page.goto("/orders")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="Not invoiced yet").click()
    expect(page.get_by_role("combobox", name="Billing")).to_have_value("unbilled")
    page.get_by_role("button", name="Remove the view Not invoiced yet").click()
    expect(page.get_by_role("link", name="Not invoiced yet")).to_have_count(0)
    with page.expect_download() as taken:
        page.get_by_text("Export", exact=True).click()
        page.get_by_role("link", name="CSV").click()
    assert "Unbilled" in taken.value.path().read_text("utf-8-sig")


def test_open_lists_follow_a_change_together(page: Page, portal: Portal, browser: Browser) -> None:
    """Three tabs of one account, by two people who may do different things; one of another account."""
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    officer = opened(browser, portal, "privacy_officer", "Björkskolan")
    stranger = opened(browser, portal, "orderer", "Nordhamn")
    desk = opened(browser, portal, "order_desk")
    narrowed = page.context.new_page()
    page.goto("/orders")
    submitted = page.get_by_role("table", name="Orders").get_by_role("row").filter(has_text="Submitted").first
    number = submitted.get_by_role("rowheader").inner_text()
    narrowed.goto("/orders?fulfilment=submitted")
    officer.goto("/orders")
    stranger.goto("/orders")
    theirs = stranger.get_by_role("table", name="Orders")
    expect(theirs.get_by_role("rowheader").first).to_be_visible()
    before = theirs.inner_text()
    lists = [each.get_by_role("table", name="Orders") for each in (page, officer)]
    rows_there = [each.get_by_role("row").filter(has_text=number) for each in lists]
    for row in rows_there:
        expect(row.get_by_text("Submitted")).to_be_visible()
    expect(narrowed.get_by_role("rowheader", name=number)).to_be_visible()

    desk.goto(f"/bureau/orders/{number}")
    desk.get_by_role("button", name="Hold").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("A question about the photos")
    dialog.get_by_role("button", name="Hold").or_(
        dialog.get_by_role("button", name="Put the order on hold")
    ).click()
    for row in rows_there:
        expect(row.get_by_text("On hold")).to_be_visible()
        expect(row).to_have_attribute("data-glow", "odd")
    expect(narrowed.get_by_role("rowheader", name=number)).to_have_count(0)
    desk.get_by_role("button", name="Release").click()
    for row in rows_there:
        expect(row.get_by_text("Submitted")).to_be_visible()
        expect(row).to_have_attribute("data-glow", "even")
    expect(narrowed.get_by_role("rowheader", name=number)).to_be_visible()
    assert theirs.inner_text() == before


def test_names_of_holders_in_the_order_history(page: Page, portal: Portal) -> None:
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    page.goto("/orders")
    table = page.get_by_role("table", name="Orders")
    expect(table.get_by_role("rowheader").first).to_be_visible()
    everything = rows(page)
    also = page.get_by_role("checkbox", name="Also names of holders")
    also.focus()
    page.keyboard.press("Space")
    expect(also).to_be_checked()
    box = page.get_by_role("searchbox", name="Search orders")
    box.press_sequentially("zzyzx")
    expect(page.get_by_text("No order matches")).to_be_visible()
    box.fill("")
    expect(table.get_by_role("rowheader")).to_have_count(everything)
    for name in NAMES:
        box.fill(name)
        expect(table.get_by_role("rowheader")).not_to_have_count(everything)
        if rows(page):
            break
        box.fill("")
        expect(table.get_by_role("rowheader")).to_have_count(everything)
    assert 0 < rows(page) < everything
    assert name.lower() not in page.url.lower()
    look(page, "history-names")
    page.get_by_text("Export", exact=True).click()
    expect(
        page.get_by_text("What is found by names is not taken away from here.", exact=False)
    ).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    expect(also).not_to_be_checked()
    expect(box).to_have_value("")
    expect(table.get_by_role("rowheader")).to_have_count(everything)
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_role("checkbox", name="Även kortinnehavares namn")).to_be_visible()
    look(page, "history-names-sv")
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).first.click()
    expect(page.get_by_role("checkbox", name="Also names of holders")).to_be_visible()
