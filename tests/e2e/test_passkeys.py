"""A passkey, made and used in a browser with an authenticator of its own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import give_password, look, sign_in
from tests.e2e.portal import Person, Portal

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# A virtual authenticator always agrees: this is what a browser does when its person presses Cancel.
CANCEL = """() => {
  navigator.credentials.get = () => Promise.reject(new DOMException("", "NotAllowedError"));
}"""


@pytest.fixture(autouse=True)
def device(page: Page) -> Iterator[None]:
    """Chromium's virtual authenticator, in this tab."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield
    session.detach()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()


def is_in(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()


def make(page: Page, name: str) -> None:
    """Add a passkey on the account page; the code was given just now, by signing in."""
    page.goto("/account")
    page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    look(page, "passkey-new")
    dialog.get_by_label("Name").press("Enter")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_passkey_is_made_signs_in_twice_over_and_steps_up(portal: Portal, page: Page) -> None:
    admin = portal.person("account_admin", "Nordhamn")
    sign_in(page, portal, admin)
    page.goto("/account")
    expect(page.get_by_text("No passkey yet")).to_be_visible()
    look(page, "account-passkeys-none")
    make(page, "Work laptop")
    look(page, "account-passkeys")

    sign_out(page)
    give_password(page, admin)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    look(page, "second-factor-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    is_in(page)

    sign_out(page)
    page.goto("/sign-in?next=%2Fteam")
    alone = page.get_by_role("button", name="Sign in with a passkey")
    expect(alone).to_be_visible()
    look(page, "sign-in-passkey")
    alone.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/team/?$"))
    is_in(page)

    step_up(page)
    rename_and_remove(page, portal, admin)


def step_up(page: Page) -> None:
    """An act confirmed with the passkey; cancelled first, which loses nothing."""
    page.get_by_role("button", name="Invite a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Vega Nyckelros")
    dialog.get_by_label("Mail address").fill("vega@example.test")
    dialog.get_by_text("No authenticator at hand?").click()
    expect(dialog.get_by_label("Recovery code")).to_be_visible()
    look(page, "step-up-passkey")
    use = dialog.get_by_role("button", name="Use a passkey")
    page.evaluate(CANCEL)
    use.click()
    expect(dialog.get_by_text("Nothing happened: the passkey was not used.")).to_be_visible()
    expect(dialog.get_by_label("Mail address")).to_have_value("vega@example.test")
    page.evaluate("delete navigator.credentials.get")
    use.click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("^https?://"))).to_be_visible()
    page.get_by_role("button", name="Done").click()


def rename_and_remove(page: Page, portal: Portal, admin: Person) -> None:
    """Another name by the menu, then gone, with a code."""
    page.goto("/account")
    page.get_by_role("button", name="Actions for Work laptop").click()
    page.get_by_role("menuitem", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Blue key")
    look(page, "passkey-rename")
    dialog.get_by_role("button", name="Rename the passkey").click()
    expect(page.get_by_role("button", name="Actions for Blue key")).to_be_visible()
    page.get_by_role("button", name="Actions for Blue key").click()
    page.get_by_role("menuitem", name="Remove").click()
    look(page, "passkey-remove")
    remove = dialog.get_by_role("button", name="Remove the passkey")
    dialog.get_by_text("No authenticator at hand?").click()
    dialog.get_by_label("Recovery code").fill("AAAA-AAAA-AAAA-AAAA")
    remove.click()
    expect(dialog.get_by_text(re.compile("^This code does not fit"))).to_be_visible()
    dialog.get_by_label("Code from your authenticator").fill(portal.code(admin))
    remove.click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()
