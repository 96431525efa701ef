"""The order history stands on the screen before the page's own scripts have run, and as the page draws it."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import SCREENSHOTS, sign_in
from tests.e2e.portal import Portal

CELLS = """rows => rows.map(row => ({
  top: row.getBoundingClientRect().top,
  height: row.getBoundingClientRect().height,
  cells: [...row.children].map(cell => [cell.dataset.label ?? "", cell.innerText.trim()]),
}))"""
SCRIPTS = "**/assets/entry.client*"


def ahead(page: Page) -> list[dict]:
    """The rows that the server drew, on a page whose own scripts do not come."""
    page.route(SCRIPTS, lambda route: route.abort())
    # They are asked for once the rows are painted.
    with page.expect_event("requestfailed", lambda request: "entry.client" in request.url):
        page.goto("/orders")
    drawn = page.locator("#drawn tbody tr")
    expect(drawn.first).to_be_visible()
    found = drawn.evaluate_all(CELLS)
    page.unroute(SCRIPTS)
    return found


def itself(page: Page) -> list[dict]:
    """The rows as the page draws them."""
    page.goto("/orders")
    page.locator("#content table[aria-busy=false]").wait_for()
    expect(page.locator("#drawn")).to_have_count(0)
    return page.locator("#content tbody tr").evaluate_all(CELLS)


def alike(page: Page) -> None:
    """What the page draws says the same in each cell, and stands in the same place."""
    itself(page)
    drawn, own = ahead(page), itself(page)
    assert len(drawn) > 5
    own = own[: len(drawn)]
    assert [[text for _, text in row["cells"]] for row in drawn] == [
        [text for _, text in row["cells"]] for row in own
    ]
    for one, other in zip(drawn, own, strict=True):
        assert abs(one["top"] - other["top"]) <= 1, (one, other)
        assert abs(one["height"] - other["height"]) <= 1, (one, other)


def test_the_history_is_drawn_ahead_as_the_page_draws_it(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    alike(page)
    page.set_viewport_size({"width": 360, "height": 740})
    alike(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    alike(page)

    ahead(page)
    page.screenshot(path=SCREENSHOTS / "history-ahead.png")
    page.locator("#drawn a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/orders/2026-"))


def test_it_speaks_the_readers_language(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("auditor", "Björkskolan"))
    page.goto("/orders")
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    page.locator("html[lang=sv] #content table[aria-busy=false]").wait_for()
    alike(page)
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).click()
    page.locator("html[lang=en] #content table[aria-busy=false]").wait_for()
