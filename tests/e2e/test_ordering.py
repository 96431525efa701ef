"""Ordering from a cart: accessories, addresses, approval, two tabs, and a lost card once more."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Person, Portal
from tests.samples import jpeg_bytes


def opened(browser: Browser, portal: Portal, person: Person) -> Page:
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page, portal, person)
    return page


def rules(page: Page, name: str) -> None:
    page.goto("/ordering")
    page.get_by_label("Orders wait for approval").select_option(label=name)
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_text("The rule is saved", exact=False)).to_be_visible()


def begin(page: Page) -> str:
    """A draft of one card by form; its number."""
    page.goto("/orders/new")
    page.get_by_label("Name").fill("Gudrun Gäst")
    page.get_by_label("Department").select_option("Projekt")
    page.get_by_label("Photo", exact=True).set_input_files(
        {"name": "gudrun.jpg", "mimeType": "image/jpeg", "buffer": jpeg_bytes()}
    )
    page.get_by_role("button", name="Use this photo").click()
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    return page.url.rstrip("/").rpartition("/")[2]


def fill_cart(page: Page) -> None:
    page.get_by_label("Accessory").select_option(label="Card holder, hard plastic")
    page.get_by_label("Pieces", exact=True).fill("3")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Pieces of Card holder, hard plastic")).to_have_value("3")
    expect(page.get_by_text("164 SEK without VAT")).to_be_visible()
    page.get_by_label("Reference").fill("Project office")
    expect(page.get_by_text(re.compile("^Saved "))).to_be_visible()
    page.get_by_label("Delivery address").select_option(label="Harbour: Hamngatan 1")
    look(page, "cart")


def test_a_cart_is_filled_approved_and_watched(portal: Portal, browser: Browser) -> None:
    admin = opened(browser, portal, portal.person("account_admin", "Nordhamn"))
    admin.goto("/ordering")
    admin.get_by_role("button", name="Add an address").click()
    admin.get_by_label("Short name").fill("Harbour")
    admin.get_by_label("Address", exact=True).fill("Hamngatan 1")
    look(admin, "address-dialog")
    admin.get_by_role("button", name="Save the address").click()
    expect(admin.get_by_role("cell", name="Harbour")).to_be_visible()
    rules(admin, "Always")
    look(admin, "ordering-rules")

    page = opened(browser, portal, portal.person("orderer", "Nordhamn"))
    number = begin(page)
    fill_cart(page)
    second = page.context.new_page()
    second.goto(f"/orders/{number}")
    expect(second.get_by_text("You have this draft open in another tab.")).to_be_visible()
    expect(page.get_by_text("You have this draft open in another tab.")).to_be_visible()
    second.get_by_label("Cost centre").fill("4410")
    second.get_by_label("Cost centre").blur()
    expect(page.get_by_label("Cost centre")).to_have_value("4410")
    look(page, "two-tabs")
    second.close()
    page.get_by_role("button", name="Order 1 card").click()
    expect(page.get_by_text("Awaiting approval").first).to_be_visible()

    approver = opened(browser, portal, portal.person("approver", "Nordhamn"))
    expect(approver.get_by_text("Orders to approve")).to_be_visible()
    approver.goto(f"/orders/{number}")
    approver.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved").first).to_be_visible()
    rules(admin, "Never: orders go to the bureau at once")

    page.get_by_role("button", name=re.compile("^Actions for card")).click()
    page.get_by_role("menuitem", name="Correct a misspelling").click()
    page.get_by_label("Name").fill("Gudrun Gäster")
    look(page, "correct")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("The card is corrected.", exact=False)).to_be_visible()


def test_two_tabs_that_mend_one_row_meet(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, portal.person("orderer", "Nordhamn"))
    number = begin(page)
    late = page.context.new_page()
    for tab in (page, late):
        tab.goto(f"/orders/{number}")
        tab.get_by_role("button", name=re.compile("^Change Row 1")).click()
        expect(tab.get_by_role("dialog").get_by_label("Name")).to_have_value("Gudrun Gäst")
    page.get_by_role("dialog").get_by_label("Name").fill("Gudrun Först")
    page.get_by_role("button", name="Save row").click()
    expect(page.get_by_text("Row 1 is ready.")).to_be_visible()
    dialog = late.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Gudrun Senare")
    dialog.get_by_role("button", name="Save row").click()
    expect(dialog.get_by_text("now “Gudrun Först”, you typed “Gudrun Senare”", exact=False)).to_be_visible()
    expect(dialog.get_by_label("Name")).to_have_value("Gudrun Senare")
    look(late, "row-changed-meanwhile")
    dialog.get_by_role("button", name="Take what stands there now").click()
    expect(dialog.get_by_label("Name")).to_have_value("Gudrun Först")
    dialog.get_by_label("Name").fill("Gudrun Senare")
    dialog.get_by_role("button", name="Save row").click()
    expect(late.get_by_text("Row 1 is ready.")).to_be_visible()
    meet_in_the_form(page, late, number)
    give_up(late)


def meet_in_the_form(page: Page, late: Page, number: str) -> None:
    """The form of one card is told too, and keeps what was typed."""
    late.goto(f"/orders/new?draft={number}")
    expect(late.get_by_label("Name")).to_have_value("Gudrun Senare")
    page.goto(f"/orders/{number}")
    page.get_by_role("button", name=re.compile("^Change Row 1")).click()
    page.get_by_role("dialog").get_by_label("Name").fill("Gudrun Först")
    page.get_by_role("button", name="Save row").click()
    expect(page.get_by_text("Row 1 is ready.")).to_be_visible()
    late.get_by_label("Name").fill("Gudrun Sist")
    late.get_by_role("button", name="Save as draft").click()
    expect(late.get_by_text("now “Gudrun Först”", exact=False)).to_be_visible()
    expect(late.get_by_label("Name")).to_have_value("Gudrun Sist")
    look(late, "form-changed-meanwhile")
    late.get_by_role("button", name="Save as draft").click()
    late.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(late.get_by_role("cell", name="Gudrun Sist")).to_be_visible()


def give_up(page: Page) -> None:
    """Throw the draft on screen away."""
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Throw the draft away").click()
    page.get_by_role("button", name="Throw the draft away").click()
    expect(page.get_by_text("is thrown away", exact=False)).to_be_visible()


def test_an_approver_gives_an_order_back(portal: Portal, browser: Browser) -> None:
    admin = opened(browser, portal, portal.person("account_admin", "Nordhamn"))
    rules(admin, "Always")
    page = opened(browser, portal, portal.person("orderer", "Nordhamn"))
    number = begin(page)
    page.get_by_role("button", name="Order 1 card").click()
    expect(page.get_by_text("Awaiting approval").first).to_be_visible()
    person = portal.person("approver", "Nordhamn")
    approver = opened(browser, portal, person)
    approver.goto(f"/orders/{number}")
    approver.get_by_role("button", name="Give back").click()
    approver.get_by_role("dialog").get_by_label("Reason").fill("Wrong cost centre.")
    approver.get_by_role("dialog").get_by_role("button", name="Give the order back").click()
    expect(page.get_by_text(f"{person.name} gave this order back: Wrong cost centre.")).to_be_visible()
    look(page, "given-back")
    rules(admin, "Never: orders go to the bureau at once")


def test_a_card_is_ordered_again(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal, portal.person("orderer", "Nordhamn"))
    page.goto("/orders/again")
    page.get_by_label("Cards that expire within").select_option("365")
    look(page, "renew")
    page.goto("/cards")
    page.get_by_label("List").select_option(label="Register of issued cards")
    page.get_by_label("Status").select_option(label="Active")
    page.wait_for_url(re.compile("status=active"))
    expect(page.get_by_role("cell", name="Blocked")).to_have_count(0)  # until then other cards are listed
    page.get_by_role("button", name=re.compile("^Actions for card")).first.click()
    page.get_by_role("menuitem", name="Order again").click()
    expect(page.get_by_label("Why it is made again")).to_be_visible()
    look(page, "order-again")
    page.get_by_role("button", name="Put the card into the draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("1 ready", exact=True)).to_be_visible()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Throw the draft away").click()
    page.get_by_role("button", name="Throw the draft away").click()
    expect(page.get_by_text("is thrown away", exact=False)).to_be_visible()
