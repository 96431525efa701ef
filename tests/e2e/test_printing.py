"""What comes out of the printer: white paper, whole tables, and nothing that is there to be pressed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.browsing import SCREENSHOTS, sign_in
from tests.e2e.portal import Portal

PAPER: ViewportSize = {"width": 718, "height": 1040}
"""A4 without margins, in CSS pixels: what a page is laid out to when it is printed."""
LIGHTNESS = """
    (selector) => {
      const [red, green, blue] = getComputedStyle(document.querySelector(selector)).color.match(/[\\d.]+/g);
      return Number(red) + Number(green) + Number(blue);
    }
"""


def opened(browser: Browser, portal: Portal, role: str) -> Page:
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="dark"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page, portal, portal.person(role, "Björkskolan" if role in {"orderer", "account_admin"} else ""))
    return page


def printed(page: Page, name: str) -> Path:
    """The page as a printer gets it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    file = SCREENSHOTS / f"print-{name}.pdf"
    page.pdf(path=file, format="A4", prefer_css_page_size=True)
    return file


def holds_on_paper(page: Page) -> None:
    """Laid out for paper: no place to go, nothing to press, a table that is one, dark ink."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size(PAPER)
    expect(page.get_by_role("navigation", name="Places")).to_be_hidden()
    assert page.locator(".action:visible, .icon-action:visible").count() == 0
    for table in page.locator("table:visible").all():
        assert table.evaluate("(each) => getComputedStyle(each).display") == "table"
        assert table.locator("thead").evaluate("(each) => getComputedStyle(each).position") == "static"
        assert table.evaluate("(each) => each.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(LIGHTNESS, ".title") < 200, "ink is dark, whatever the screen is"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen", color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate(LIGHTNESS, ".title") > 500, "and the screen is dark again"


@pytest.mark.parametrize(
    ("role", "path", "name"),
    [
        ("orderer", "/orders", "history"),
        ("account_admin", "/team/review", "review"),
        ("shipping", "/bureau/shipping", "shipping"),
    ],
)
def test_a_page_is_printed(portal: Portal, browser: Browser, role: str, path: str, name: str) -> None:
    page = opened(browser, portal, role)
    page.goto(path)
    page.locator("#content table[aria-busy=false], #content table:not([aria-busy])").first.wait_for()
    page.get_by_role("row").nth(1).wait_for()
    assert printed(page, name).stat().st_size > 5_000
    holds_on_paper(page)


def test_an_order_is_printed(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, "orderer")
    page.goto("/orders?fulfilment=part_shipped")
    page.get_by_role("row").filter(has_text="Class 6A").get_by_role("link").first.click()
    page.get_by_role("table", name="Cards of this order").get_by_role("row").nth(4).wait_for()
    assert printed(page, "order").stat().st_size > 5_000
    holds_on_paper(page)


def test_a_parcel_is_printed(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, "shipping")
    page.goto("/bureau/shipping?show=delivered")
    page.get_by_role("table", name="Parcels").get_by_role("link").first.click()
    page.get_by_role("heading", name="Details").wait_for()
    assert printed(page, "parcel").stat().st_size > 5_000
    holds_on_paper(page)
