"""People: from an invitation to two factors, a role that changes, an access that ends."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import give_password, look, sign_in
from tests.e2e.portal import Person, Portal

PASSWORD = "lantern-gravel-orbit-quilt"
PLACES = "Places"


@pytest.fixture
def browse(browser: Browser, portal: Portal) -> Callable[[], Page]:
    """Opens a browser of somebody else."""

    def fresh() -> Page:
        context = browser.new_context(
            base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
        )
        context.set_default_timeout(20_000)
        return context.new_page()

    return fresh


def invite(page: Page, portal: Portal, admin: Person, email: str) -> str:
    """Invite somebody as orderer; the link that is shown once."""
    page.goto("/team")
    look(page, "team")
    page.get_by_role("button", name="Invite a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Tilde Nyckelros")
    dialog.get_by_label("Mail address").fill(email)
    dialog.get_by_label("Role").select_option("orderer")
    look(page, "invite")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(admin))
    dialog.get_by_role("button", name="Invite a person").click()
    link = page.get_by_role("dialog").get_by_text(re.compile(r"^https?://"))
    expect(link).to_be_visible()
    address = link.inner_text().strip()
    page.get_by_role("button", name="Done").click()
    return address


def enrol(page: Page, link: str) -> str:
    """Password, authenticator by QR code, recovery codes; the authenticator's secret."""
    page.goto(link)
    page.get_by_label(re.compile("^Choose a password")).fill(PASSWORD)
    look(page, "activate-password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    look(page, "activate-authenticator")
    secret = re.sub(r"\s", "", page.locator("code").first.inner_text())
    page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm the code").click()
    codes = page.get_by_role("listitem").filter(has_text=re.compile(r"^[0-9A-Z]{4}-"))
    expect(codes).to_have_count(10)
    look(page, "activate-codes")
    page.get_by_label(re.compile("^Type one of them")).fill(codes.first.inner_text())
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("navigation", name=PLACES)).to_be_visible()
    return secret


def act_on(page: Page, portal: Portal, admin: Person, act: str, *, role: str = "") -> None:
    """Change the role of the invited person, or deactivate them, with a code."""
    page.goto("/team")
    page.get_by_role("button", name="Actions for Tilde Nyckelros").click()
    page.get_by_role("menuitem", name=act).click()
    dialog = page.get_by_role("dialog")
    if role:
        dialog.get_by_label("Role").select_option(role)
    look(page, act.replace(" ", "-").lower())
    code = dialog.get_by_label("Code from your authenticator")
    code.fill(portal.code(admin))
    dialog.get_by_role("button", name=act).click()
    expect(dialog).to_have_count(0)


def test_somebody_is_invited_enrols_changes_roles_and_leaves(
    portal: Portal, browse: Callable[[], Page]
) -> None:
    admin = portal.person("account_admin", "Björkskolan")
    at_admin, at_new = browse(), browse()
    sign_in(at_admin, portal, admin)
    link = invite(at_admin, portal, admin, "tilde@example.test")
    enrol(at_new, link)
    at_new.goto("/account")
    look(at_new, "account")

    at_new.goto("/orders")
    expect(at_new.get_by_role("link", name="New order")).to_be_visible()
    act_on(at_admin, portal, admin, "Change the role", role="auditor")
    expect(at_new.get_by_role("heading", name="Orders")).to_be_visible()
    expect(at_new.get_by_role("link", name="New order")).to_have_count(0)

    act_on(at_admin, portal, admin, "Deactivate")
    expect(at_new.get_by_label("Password")).to_be_visible()

    again = browse()
    again.goto(link)
    expect(again.get_by_text("This invitation has been used. Sign in instead.")).to_be_visible()


def test_signing_in_says_what_is_wrong_and_comes_back_to_the_page_asked_for(
    portal: Portal, browse: Callable[[], Page]
) -> None:
    page = browse()
    somebody = portal.person("orderer", "Nordhamn")
    page.goto("/orders?fulfilment=draft")
    look(page, "sign-in")
    page.get_by_label("Mail address").fill(somebody.email)
    page.get_by_label("Password").fill("not the password at all")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Mail address")).to_have_value(somebody.email)
    give_password(page, somebody)
    look(page, "second-factor")
    page.get_by_label("Code from your authenticator").fill(portal.code(somebody))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/orders/?\?fulfilment=draft"))


def test_signing_out_ends_it_in_every_tab(portal: Portal, browse: Callable[[], Page]) -> None:
    page = browse()
    sign_in(page, portal, portal.person("privacy_officer", "Nordhamn"))
    other = page.context.new_page()
    other.goto("/orders")
    expect(other.get_by_role("table", name="Orders")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    expect(other.get_by_label("Password")).to_be_visible()


def test_swedish_stays_swedish(portal: Portal, browse: Callable[[], Page]) -> None:
    page = browse()
    sign_in(page, portal, portal.person("auditor", "Nordhamn"))
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_role("heading", name="Välkommen")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "sv"
    for path, title in (
        ("/orders", "Beställningar"),
        ("/cards", "Kort"),
        ("/account", "Ditt konto"),
        ("/help", "Frågor"),
    ):
        page.goto(path)
        expect(page.get_by_role("heading", name=re.compile(title)).first).to_be_visible()
        look(page, f"sv{path.replace('/', '-')}")
