"""The frame stays while pages change in it; rows are links, for mouse, keyboard and other tabs."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import NARROW, sign_in
from tests.e2e.portal import Portal

AN_ORDER = re.compile(r"/orders/\d{4}-\d{5}/?$")
MARK = "document.querySelector('.sidebar').dataset.same = 'yes'"
SAME = "document.querySelector('.sidebar').dataset.same === 'yes'"
FOCUSED = "document.activeElement.id === 'content'"


def test_the_frame_stays_and_the_keyboard_begins_at_the_new_page(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/orders")
    link = page.get_by_role("table", name="Orders").get_by_role("rowheader").first.get_by_role("link")
    number = link.inner_text()
    page.evaluate(MARK)
    link.click()
    expect(page).to_have_url(AN_ORDER)
    expect(page.get_by_role("navigation", name="Breadcrumbs")).to_be_visible()
    page.wait_for_function(FOCUSED)

    page.get_by_role("navigation", name="Places").get_by_role("link", name="Cards").click()
    expect(page.get_by_role("heading", name="Cards", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Cards", exact=True)).to_have_attribute("aria-current", "page")
    page.wait_for_function(FOCUSED)
    page.go_back()
    expect(page.get_by_text(number).first).to_be_visible()
    assert page.evaluate(SAME)
    expect(page.get_by_role("main")).to_have_count(1)


def test_a_row_is_a_link(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/orders")
    link = page.get_by_role("table", name="Orders").get_by_role("rowheader").first.get_by_role("link")
    for key in ("ControlOrMeta", "Shift"):
        with page.context.expect_page() as opened:
            link.click(modifiers=[key])
        expect(opened.value).to_have_url(AN_ORDER)
        opened.value.close()
    expect(page).to_have_url(re.compile(r"/orders/?$"))
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(AN_ORDER)


def test_the_menu_of_a_narrow_page_closes_where_it_leads(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/orders")
    page.set_viewport_size(NARROW)
    page.get_by_role("button", name="Open the menu").click()
    menu = page.get_by_role("dialog", name="Menu")
    menu.get_by_role("link", name="Cards").click()
    expect(page.get_by_role("heading", name="Cards", level=1)).to_be_visible()
    expect(menu).to_have_count(0)
    page.wait_for_function(FOCUSED)
    page.get_by_role("button", name="Open the menu").click()
    expect(menu).to_be_visible()


def test_pages_that_anybody_may_read_have_no_frame(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.get_by_role("link", name="Help & GDPR").click()
    expect(page).to_have_url(re.compile(r"/help/?$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Places")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()
