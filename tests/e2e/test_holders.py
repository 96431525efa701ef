"""Collecting from a card holder: a link, a phone without an account, a return, the second answer, ready."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import NARROW, SCHEMES, SCREENSHOTS, check, look, sign_in
from tests.e2e.portal import Portal
from tests.samples import Person, jpeg_bytes, people

SOON = 6_000


def phone(browser: Browser, portal: Portal) -> Page:
    """A phone that has never been here."""
    context = browser.new_context(base_url=portal.url, viewport=NARROW, locale="sv-SE", has_touch=True)
    context.set_default_timeout(15_000)
    return context.new_page()


def look_on_phone(page: Page, name: str) -> None:
    """As it stands on a phone, in both colour schemes; axe finds nothing."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
        check(page, f"{name} {scheme}")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


def begin(page: Page) -> str:
    """Ask one holder by a link to hand over, in a new draft; the link."""
    page.goto("/orders/new")
    page.get_by_role("button", name="Ask the card holders").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Days until the link ends")).to_have_value("14")
    dialog.get_by_label("Mail addresses").fill("nobody")
    dialog.get_by_role("button", name="Ask the card holders").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("Nobody was asked")
    look(page, "ask-holders")
    dialog.get_by_label("Mail addresses").fill("")
    dialog.get_by_role("button", name="Ask the card holders").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    expect(page.get_by_text("1 waits for its card holder")).to_be_visible()
    expect(page.get_by_role("button", name="Waiting for 1 card holder")).to_be_disabled()
    link = copied(page)
    look(page, "holders-waiting")
    return link


def copied(page: Page) -> str:
    """The link of the only row."""
    listed = page.get_by_role("table", name="Asked card holders")
    expect(listed.get_by_text("Waiting", exact=True)).to_be_visible()
    listed.get_by_role("button", name=re.compile("^Actions for row")).click()
    page.get_by_role("menuitem", name="Copy the link").click()
    return shown_link(page)


def shown_link(page: Page) -> str:
    """The link in its dialog, which is closed then."""
    dialog = page.get_by_role("dialog", name="Pass the link on")
    link = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    return link


def fill(page: Page, person: Person, photo: Path) -> None:
    """What the form asks for, on the phone."""
    page.get_by_label("Namn", exact=True).fill(person.name)
    page.get_by_label("Personnummer").fill(person.personal_number)
    page.get_by_label("Klass").fill("7B")
    page.get_by_label("Välj en fil").set_input_files(photo)
    expect(page.get_by_alt_text("Fotot som du har valt")).to_be_visible()


def answer(page: Page, link: str, person: Person, photo: Path, *, why: str = "") -> None:
    """Open the link, be told what is wrong, mend it, send it."""
    page.goto(link)
    expect(page.get_by_role("heading", name=re.compile("^Ditt kort från"))).to_be_visible()
    assert "#" not in page.url
    if why:
        expect(page.get_by_text(why)).to_be_visible()
        expect(page.get_by_label("Namn", exact=True)).to_have_value("")
        look_on_phone(page, "my-card-returned")
    else:
        look_on_phone(page, "my-card")
        page.get_by_label("Namn", exact=True).fill(person.name)
        page.get_by_role("button", name="Skicka").click()
        expect(page.get_by_text("Allt stämmer inte än", exact=False)).to_be_visible()
        expect(page.get_by_label("Personnummer")).to_be_focused()
        look_on_phone(page, "my-card-errors")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value(person.name)
        page.get_by_role("button", name="Svenska").click()
    fill(page, person, photo)
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("heading", name="Tack")).to_be_focused()
    look_on_phone(page, "my-card-thanks")


def test_holder_fills_in_their_own_card(portal: Portal, browser: Browser, tmp_path: Path) -> None:
    photo, person = tmp_path / "me.jpg", people(420)[419]
    photo.write_bytes(jpeg_bytes(640, 880))
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    context.set_default_timeout(20_000)
    page, theirs = context.new_page(), phone(browser, portal)
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    link = begin(page)

    answer(theirs, link, person, photo)
    expect(page.get_by_text("Answered, to look over")).to_be_visible(timeout=SOON)
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="Länken fungerar inte")).to_be_visible()
    expect(theirs.get_by_text(person.name)).to_have_count(0)
    look_on_phone(theirs, "my-card-over")

    page.get_by_role("button", name=re.compile("^Review row")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(person.name)).to_be_visible()
    look(page, "holder-review")
    dialog.get_by_role("button", name="Send back").click()
    expect(dialog.get_by_text("Say what should be changed", exact=False)).to_be_visible()
    dialog.get_by_label("What should be changed").fill("The photo is too dark.")
    dialog.get_by_role("button", name="Send back").click()

    answer(theirs, shown_link(page), person, photo, why="The photo is too dark.")
    expect(page.get_by_text("Answered, to look over")).to_be_visible(timeout=SOON)
    look(page, "holders-answered")
    page.get_by_role("button", name="Take 1 answer").click()
    expect(page.get_by_role("button", name="Order 1 card")).to_be_enabled()
    expect(page.get_by_role("table", name="Asked card holders")).to_have_count(0)
