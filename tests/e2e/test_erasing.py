"""Removing the data of several orders from the history, and of one person across orders, in a browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import NARROW, WIDE, check, comes, look, sign_in
from tests.e2e.portal import Person, Portal

GOES, LATER, HELD = "Substitute teachers, spring", "Class 5B, new pupils", "Canteen staff"


@pytest.fixture
def officer(portal: Portal) -> Person:
    """The school's privacy officer, who may remove what anybody ordered."""
    return portal.person("privacy_officer", "Björkskolan")


def order_row(page: Page, reference: str) -> Locator:
    """The row of an order in the history."""
    return page.get_by_role("table", name="Orders").get_by_role("row").filter(has_text=reference).first


def number_of(page: Page, reference: str) -> str:
    """Its number."""
    row = order_row(page, reference)
    expect(row).to_be_visible()
    return row.get_by_role("rowheader").inner_text().strip()


def tick(box: Locator) -> None:
    """Choose something: the server says that it is chosen."""
    box.click()
    expect(box).to_be_checked()


def hold(page: Page, portal: Portal, officer: Person, on: str) -> None:
    """Place a hold on one card."""
    page.goto(f"/privacy/holds?place={on}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("A dispute about the delivery.")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(officer))
    dialog.get_by_role("button", name="Place a hold").click()
    expect(page.get_by_role("table", name="Holds").get_by_role("link", name=on).first).to_be_visible()


def test_several_orders_are_removed_from_the_history(page: Page, portal: Portal, officer: Person) -> None:
    sign_in(page, portal, officer)
    page.goto("/orders")
    numbers = {reference: number_of(page, reference) for reference in (GOES, LATER, HELD)}
    hold(page, portal, officer, f"{numbers[HELD]}-1")

    page.goto("/orders")
    # By keyboard alone: the boxes, the button, the dialog, Escape and back.
    for number in numbers.values():
        box = page.get_by_role("checkbox", name=f"Choose order {number}")
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
    expect(page.get_by_role("status").filter(has_text="3 orders chosen")).to_be_visible()
    button = page.get_by_role("button", name="Remove personal data", exact=False).first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("can go now").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    rows = dialog.get_by_role("table", name="Orders").get_by_role("row")
    expect(rows.filter(has_text=numbers[GOES])).to_contain_text("2 persons can go now")
    expect(rows.filter(has_text=numbers[LATER])).to_contain_text("Not yet")
    expect(rows.filter(has_text=numbers[HELD])).to_contain_text(re.compile(r"1 of 2 persons can go now"))
    look(page, "erase-many")

    dialog.get_by_label("Remove the rest as soon as", exact=False).check()
    dialog.get_by_label("Code from your authenticator").fill("000000")
    dialog.get_by_role("button", name="Remove personal data").click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile(r"\w")).first).to_be_visible()
    expect(rows.filter(has_text=numbers[HELD])).to_be_visible()
    look(page, "erase-many-refused")
    dialog.get_by_label("Remove the rest as soon as", exact=False).check()
    dialog.get_by_label("Code from your authenticator").fill(portal.code(officer))
    page.keyboard.press("Enter")

    after = page.get_by_role("dialog", name="Removing personal data")
    expect(after.get_by_text("1 of 3 orders hold nobody any more.")).to_be_visible()
    look(page, "erased-many")
    after.get_by_role("button", name="Close").click()
    expect(order_row(page, GOES)).to_contain_text("Erased")
    expect(order_row(page, HELD)).to_contain_text("Held")
    page.goto(f"/orders/{numbers[LATER]}")
    expect(page.get_by_text("go as soon as they can")).to_be_visible()
    look(page, "order-appointed")


def test_one_person_is_removed_from_every_order(page: Page, portal: Portal, officer: Person) -> None:
    sign_in(page, portal, officer)
    page.goto("/people")
    for name in ("anna", "maja", "nils", "saga", "leo", "ella", "hugo"):
        page.get_by_label("Name or personal number").fill(name)
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text(re.compile(r"cards? found")).first).to_be_visible()
        if comes(page.get_by_role("checkbox", name=re.compile("Choose card"))):
            break
    tick(page.get_by_role("checkbox", name=re.compile("Choose card")).first)
    page.get_by_role("button", name="Remove from every order…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("The chosen persons, in"))).to_be_visible()
    look(page, "erase-person")
    page.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()

    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    page.get_by_label("Namn eller personnummer").fill(name)
    page.get_by_role("button", name="Sök", exact=True).click()
    tick(page.get_by_role("checkbox", name=re.compile("Välj kort")).first)
    page.get_by_role("button", name="Ta bort ur alla beställningar …").click()
    expect(dialog.get_by_role("table")).to_be_visible()
    check(page, "erase-person-sv")
    look(page, "erase-person-sv")
    box = dialog.get_by_role("checkbox")
    if box.count():
        box.check()
    dialog.get_by_role("textbox").first.fill(portal.code(officer))
    page.keyboard.press("Enter")
    after = page.get_by_role("dialog", name="Personuppgifter tas bort")
    expect(after.get_by_role("table")).to_be_visible()
    look(page, "erased-person-sv")
    page.keyboard.press("Escape")
    expect(after).to_be_hidden()
    page.set_viewport_size(NARROW)  # pyright: ignore[reportArgumentType] - two numbers
    page.goto("/people")
    expect(page.get_by_label("Namn eller personnummer")).to_be_visible()
    page.set_viewport_size(WIDE)  # pyright: ignore[reportArgumentType] - two numbers
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).first.click()
    expect(page.get_by_label("Name or personal number")).to_be_visible()
