"""Looking after one's own sign-in: password, a lost phone, failed attempts, the end of a session."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import check, give_password, look, sign_in
from tests.e2e.portal import Person, Portal

CODE = "Code from your authenticator"
PASSWORD = "lantern-gravel-orbit-quilt"


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


def age(portal: Portal, person: Person, *, idle: timedelta, since: timedelta = timedelta()) -> None:
    """Make a person's sessions look as if nobody had done anything in them for so long, or began long ago."""
    now = datetime.now(UTC).replace(tzinfo=None)
    seen, ends = now - idle, now - since + timedelta(hours=12)
    with sqlite3.connect(portal.data_dir / "portal.db", timeout=20) as database:
        database.execute(
            "UPDATE sessions SET seen_at = ?, expires_at = ? WHERE ended_at IS NULL AND user_id = "
            "(SELECT id FROM users WHERE email = ?)",
            (seen.isoformat(" "), ends.isoformat(" "), person.email),
        )


def notice_time(page: Page) -> None:
    """Have the page ask how much time is left, as it does when somebody comes back to its tab."""
    page.bring_to_front()
    page.evaluate("new BroadcastChannel('nexus-session').postMessage('test')")


def codes_on(page: Page) -> list[str]:
    codes = page.get_by_role("listitem").filter(has_text=re.compile(r"^[0-9A-Z]{4}-"))
    expect(codes).to_have_count(10)
    return codes.all_inner_texts()


def test_a_lost_phone_is_replaced_and_the_password_changed(
    portal: Portal, browse: Callable[[], Page]
) -> None:
    page, person = browse(), portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, person)
    page.goto("/account")
    page.get_by_role("link", name="Make new recovery codes").click()
    look(page, "recovery-codes-start")
    page.get_by_role("button", name="Make new recovery codes").click()
    kept = codes_on(page)
    look(page, "recovery-codes")
    page.get_by_label(re.compile("^Type one of them")).fill(kept[1])
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()

    lost = browse()
    lost.goto("/orders")
    give_password(lost, person)
    lost.get_by_label(CODE).fill("000000")
    lost.get_by_role("button", name="Sign in").click()
    expect(lost.get_by_role("alert").filter(has_text="does not fit")).to_be_visible()
    lost.get_by_text("No authenticator at hand?").click()
    lost.get_by_label("Recovery code", exact=True).fill(kept[2])
    lost.get_by_role("button", name="Sign in with the recovery code").click()
    expect(lost.get_by_role("link", name="Not now, go on")).to_have_attribute("href", "/orders")
    expect(lost.get_by_text("One attempt to sign in as you has failed")).to_be_visible()
    look(lost, "lost-phone")
    lost.get_by_role("button", name="Set up a new authenticator").click()
    expect(lost.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    look(lost, "new-authenticator")
    secret = re.sub(r"\s", "", lost.locator("#authenticator-key").inner_text())
    lost.get_by_label(CODE).fill(pyotp.TOTP(secret).now())
    lost.get_by_role("button", name="Confirm the code").click()
    newest = codes_on(lost)
    with lost.expect_download() as download:
        lost.get_by_role("link", name="Download as a file").click()
    assert newest[0] in download.value.path().read_text()
    lost.get_by_label(re.compile("^Type one of them")).fill(newest[0])
    lost.get_by_role("button", name="Finish").click()

    expect(lost.get_by_text("Right password, wrong second factor").first).to_be_visible()
    lost.get_by_text("Change the password").first.click()
    lost.get_by_label("Present password").fill(person.password)
    lost.get_by_label("New password").fill(PASSWORD)
    look(lost, "account-password")
    lost.get_by_role("button", name="Change the password").click()
    expect(lost.get_by_text("Your password is changed.")).to_be_visible()
    portal.renew(person, password=PASSWORD, totp_secret=secret)
    look(lost, "account-attempts")

    page.goto("/orders")
    expect(page.get_by_label("Password")).to_be_visible()
    page.get_by_label("Mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label(CODE)).to_be_visible()


def test_staying_and_ending_with_nothing_typed(portal: Portal, browse: Callable[[], Page]) -> None:
    page, person = browse(), portal.person("approver", "Björkskolan")
    sign_in(page, portal, person)
    other = page.context.new_page()
    for tab in (other, page):
        tab.goto("/orders")
        expect(tab.get_by_role("table", name="Orders")).to_be_visible()
    age(portal, person, idle=timedelta(minutes=29, seconds=10))
    notice_time(page)
    for tab in (page, other):
        expect(tab.get_by_role("alertdialog", name="Are you still there?")).to_be_visible()
    expect(page.get_by_text(re.compile(r"signed out in [0-9]+ s")).first).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    check(page, "idle warning")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.keyboard.press("Enter")
    for tab in (page, other):
        expect(tab.get_by_role("alertdialog")).to_have_count(0)

    age(portal, person, idle=timedelta(), since=timedelta(hours=11, minutes=59, seconds=15))
    notice_time(page)
    expect(page.get_by_role("alertdialog", name="Your sign-in ends in a minute")).to_be_visible()
    age(portal, person, idle=timedelta(minutes=29, seconds=55))
    for tab in (page, other):
        expect(tab.get_by_label("Password")).to_be_visible(timeout=30_000)


def test_what_was_typed_outlives_the_session(portal: Portal, browse: Callable[[], Page]) -> None:
    page, person = browse(), portal.person("account_admin", "Nordhamn")
    sign_in(page, portal, person)
    page.goto("/team")
    page.get_by_role("button", name=re.compile("SV")).click()
    page.goto("/team")
    page.get_by_role("button", name="Bjud in en person").click()
    page.get_by_role("dialog").get_by_label("Namn", exact=True).fill("Tilde Nyckelros")
    age(portal, person, idle=timedelta(minutes=29, seconds=50))
    notice_time(page)
    expect(page.get_by_role("alertdialog", name="Är du kvar?")).to_be_visible()
    over = page.get_by_role("alertdialog", name="Du har loggats ut")
    expect(over).to_be_visible(timeout=30_000)
    look(page, "session-ended")

    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    with page.context.expect_page() as opened:
        over.get_by_role("link", name="Logga in igen i en ny flik").click()
    again = opened.value
    again.get_by_label("E-postadress").fill(person.email)
    again.get_by_label("Lösenord").fill(person.password)
    again.get_by_role("button", name="Fortsätt").click()
    again.get_by_label("Kod från din autentiseringsapp").fill(portal.code(person))
    again.get_by_role("button", name="Logga in").click()
    expect(again.get_by_role("navigation")).to_be_visible()

    page.bring_to_front()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    # Over its new socket the page loads its data again, which closes a dialog that is opened meanwhile.
    for _ in range(200):
        if any('"is_hydrated_rx_state_":true' in frame for frame in heard):
            break
        page.wait_for_timeout(50)
    else:
        pytest.fail("the page never loaded its data again")
    page.get_by_role("button", name="Bjud in en person").click()
    name = page.get_by_role("dialog").get_by_label("Namn", exact=True)
    expect(name).to_have_value("Tilde Nyckelros")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("EN")).click()
    expect(page.get_by_role("heading", name="Team")).to_be_visible()
