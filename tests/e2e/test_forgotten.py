"""A forgotten password: from the link on the sign-in page to a session with both factors."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import give_password, look, sign_in
from tests.e2e.portal import Portal

PASSWORD = "lykta grus bana tacke"


def fresh(browser: Browser, portal: Portal) -> Page:
    """A browser of somebody else."""
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def ask(page: Page, email: str) -> None:
    """Ask for a link; the page says the same whoever asks."""
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten password?").click()
    page.get_by_label("Mail address").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("If somebody signs in with this address")).to_be_visible()


def test_a_forgotten_password_is_replaced_and_old_sessions_stop(portal: Portal, browser: Browser) -> None:
    person = portal.person("approver", "Nordhamn")
    old, page, other = (fresh(browser, portal) for _ in range(3))
    sign_in(old, portal, person)

    ask(other, "nobody@example.test")
    ask(page, person.email)
    look(page, "forgot")
    body = portal.mail_to(person.email, "/assets/reset/#").get_body(("plain",))
    assert body is not None
    link = body.get_content().split()[-1]
    page.goto(link)
    password = page.get_by_label(re.compile("^Choose a password"))
    expect(password).to_be_visible()
    assert page.url.rstrip("/") == f"{portal.url}/reset"
    look(page, "reset")
    password.fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(old.get_by_label("Password")).to_be_visible()

    renewed = portal.renew(person, password=PASSWORD)
    give_password(page, renewed)
    page.get_by_label("Code from your authenticator").fill(portal.code(renewed))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()

    other.goto(link)
    expect(other.get_by_text("This link no longer works")).to_be_visible()


def test_the_bureau_admin_reads_a_mail_of_the_outbox(portal: Portal, browser: Browser) -> None:
    reader = portal.person("privacy_officer", "Björkskolan")
    page, admin = fresh(browser, portal), portal.person("bureau_admin")
    ask(page, reader.email)
    portal.mail_to(reader.email, "/assets/reset/#")

    sign_in(page, portal, admin)
    page.get_by_role("link", name="Outbox").click()
    row = page.get_by_role("row").filter(has_text=reader.email).first
    expect(row).to_contain_text("Written to a file")
    look(page, "outbox")
    row.get_by_role("button", name=re.compile("^Actions for the mail")).click()
    page.get_by_role("menuitem", name="Read the mail").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(admin))
    look(page, "outbox-ask")
    dialog.get_by_role("button", name="Read the mail").click()
    expect(page.get_by_role("dialog").get_by_text("/assets/reset/#")).to_be_visible()
    look(page, "outbox-mail")
