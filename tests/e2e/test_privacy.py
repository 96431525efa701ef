"""The privacy officer's pages: what is kept how long, and holds that two people lift."""

from playwright.sync_api import Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Portal


def test_the_pages_of_privacy(page: Page, portal: Portal) -> None:
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    page.get_by_role("link", name="Privacy", exact=True).click()
    expect(page.get_by_role("heading", name="What goes next")).to_be_visible()
    expect(page.get_by_text("Photo").first).to_be_visible()
    look(page, "privacy")

    page.get_by_role("navigation", name="Privacy").get_by_role("link", name="Holds").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look(page, "holds")
    page.goto("/orders")
    expect(page.get_by_role("table", name="Orders").get_by_role("rowheader").first).to_be_visible()
    look(page, "history-erasing")
    page.goto("/orders/2026-00008")
    expect(page.get_by_role("link", name="Place a hold")).to_be_visible()
    look(page, "order-officer")
    held = page.url
    page.goto("/orders?search=Class+4A")
    page.get_by_role("row").filter(has_text="Class 4A").get_by_role("link").first.click()
    expect(page.get_by_text("Attempt 2", exact=False).first).to_be_visible()
    look(page, "order-failed-card")
    page.goto(held)
    page.get_by_role("link", name="Place a hold").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page, "hold-place")
