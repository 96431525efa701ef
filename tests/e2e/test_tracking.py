"""One order's cards and papers, one card blocked and released, and a person found: what follows an order."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import comes, look, opened, sign_in
from tests.e2e.portal import Portal

NOTICE = "Blocking here closes no door"


def follow_an_order(page: Page) -> None:
    """The story of an order, the way of a card, and a paper to take away."""
    page.goto("/cards?view=register&status=active")
    register = page.get_by_role("table", name="Register of issued cards")
    register.get_by_role("link", name=re.compile(r"\d{4}-\d{5}-\d+")).first.click()
    expect(page.get_by_text("Sara Lindmark sent the order", exact=False)).to_be_visible()
    expect(page.get_by_text("cards have arrived", exact=False).first).to_be_visible()
    cards = page.get_by_role("table", name="Cards of this order")
    cards.get_by_role("button", name=re.compile("Show its way")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text="Produced")).to_be_visible()
    look(page, "card-way")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    look(page, "order-story")
    with page.expect_download() as download:
        page.get_by_role("link", name="Order confirmation").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def block_and_release(page: Page, watching: Page) -> str:
    """Two clicks block a card; the register open elsewhere says so by itself."""
    page.goto("/cards?view=register&status=active")
    watching.goto("/cards?view=register")
    look(page, "cards-register")
    first = page.get_by_role("table", name="Register of issued cards").get_by_role("row").nth(1)
    link = first.get_by_role("link", name=re.compile("^C-"))
    number = link.inner_text()
    link.click()
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("dialog").get_by_text(NOTICE, exact=False)).to_be_visible()
    look(page, "card-block")
    page.get_by_role("dialog").get_by_role("button", name="Lost").press("Enter")
    expect(page.get_by_text("In 90 days", exact=False)).to_be_visible()
    expect(page.get_by_text(NOTICE, exact=False).first).to_be_visible()
    look(page, "card-blocked")
    there = watching.get_by_role("row").filter(has_text=number)
    expect(there.get_by_text("Blocked", exact=True)).to_be_visible(timeout=5_000)
    page.get_by_role("button", name="Unblock").click()
    page.get_by_role("dialog").get_by_role("button", name="Unblock the card").click()
    expect(page.get_by_text("Active", exact=True).first).to_be_visible()
    return number


def tick_several(page: Page) -> None:
    """Several cards are chosen and none of them ended: the dialog says how many it would be."""
    page.goto("/cards?view=register&status=active")
    boxes = page.get_by_role("checkbox", name=re.compile("^Choose card C-"))
    boxes.nth(0).click()
    expect(boxes.nth(0)).to_be_checked()
    boxes.nth(1).click()
    expect(page.get_by_text("2 cards chosen")).to_be_visible()
    page.get_by_role("button", name="Terminate", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("2 cards")).to_be_visible()
    look(page, "cards-terminate")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Choose none").click()


def find_a_person(page: Page) -> None:
    """Masked until revealed for a purpose; the name is in no address."""
    page.get_by_role("link", name="People").click()
    look(page, "people")
    for name in ("Astrid", "Maja", "Nils", "Saga", "Leo", "Ella", "Hugo", "Elin", "Noor", "Ada"):
        page.get_by_label("Name or personal number").fill(name)
        page.get_by_label("Name or personal number").press("Enter")
        expect(page.get_by_text(re.compile(r"\d+ cards? found"))).to_be_visible()
        if comes(page.get_by_role("button", name=re.compile("^Reveal"))):
            break
    look(page, "people-found")
    page.get_by_role("button", name=re.compile("^Reveal")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").select_option("lost card")
    look(page, "people-reveal")
    dialog.get_by_role("button", name="Show the person").click()
    expect(page.get_by_role("button", name=re.compile("^Hide"))).to_be_visible()
    expect(page.locator(".person-shown").first).to_contain_text(name)
    look(page, "people-revealed")
    assert name not in page.url


def test_following_orders_cards_and_persons(page: Page, portal: Portal, browser: Browser) -> None:
    orderer = portal.person("orderer", "Björkskolan")
    sign_in(page, portal, orderer)
    follow_an_order(page)
    officer = opened(browser, portal, "privacy_officer", "Björkskolan")
    block_and_release(page, officer)
    tick_several(page)
    page.goto("/cards")
    expect(page.get_by_role("table", name="Cards being made and sent")).to_be_visible()
    look(page, "cards-moving")
    find_a_person(officer)
