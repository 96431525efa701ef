"""The team: a role of one's own, several invitations at once, what a change means, the access review."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import Person, Portal

CODE = "Code from your authenticator"


def opened(browser: Browser, portal: Portal) -> Page:
    """A browser of somebody else."""
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def send(page: Page, portal: Portal, admin: Person, button: str) -> None:
    """Confirm the open dialog with a code."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(CODE).fill(portal.code(admin))
    dialog.get_by_role("button", name=button).click()


def make_role(page: Page, portal: Portal, admin: Person) -> None:
    """A role of one's own, put together in the matrix."""
    page.goto("/team/roles")
    expect(page.get_by_role("table", name="Roles and what they allow")).to_be_visible()
    look(page, "team-roles")
    page.get_by_role("button", name="Make a role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the role").fill("Receptionist")
    dialog.get_by_label("See orders", exact=True).check()
    dialog.get_by_label("Block and unblock cards").check()
    send(page, portal, admin, "Make a role")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert").first).to_contain_text("needs “See and track cards” too")
    expect(dialog.get_by_label("See orders", exact=True)).to_be_checked()
    expect(dialog.get_by_label("Block and unblock cards")).to_be_checked()
    dialog.get_by_label("See and track cards").check()
    dialog.get_by_label("Block and unblock cards").uncheck()
    look(page, "make-a-role")
    send(page, portal, admin, "Make a role")
    expect(page.get_by_role("columnheader", name=re.compile("Receptionist"))).to_be_visible()


def invite_several(page: Page, portal: Portal, admin: Person) -> None:
    """Two good lines and a bad one: the bad one stays in the box."""
    page.goto("/team")
    page.get_by_role("button", name="Invite several").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("People").fill("Siv Ek <siv.ek@example.test>; bo.al@example.test\nnobody")
    dialog.get_by_label("Role").select_option(label="Receptionist")
    look(page, "invite-several")
    send(page, portal, admin, "Invite several")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("People")).to_have_value("nobody")
    expect(dialog.get_by_text("nobody: This is no mail address.", exact=False)).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    listed = page.get_by_role("table", name="Open invitations")
    expect(listed.get_by_role("row", name=re.compile("siv.ek@.*Receptionist"))).to_be_visible()


def give_role(page: Page, portal: Portal, admin: Person, name: str) -> None:
    """Change somebody's role; the dialog says what that means before."""
    page.goto("/team")
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Change the role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option(label="Receptionist")
    expect(dialog.get_by_role("status")).to_contain_text(re.compile("Loses.*Order cards", re.DOTALL))
    look(page, "role-gains-loses")
    dialog.get_by_label(CODE).fill("000000")
    dialog.get_by_role("button", name="Change the role").click()
    expect(dialog.get_by_text("does not fit", exact=False)).to_be_visible()
    expect(dialog.get_by_label("Role").locator("option:checked")).to_have_text("Receptionist")
    expect(dialog.get_by_role("status")).to_contain_text(re.compile("Loses.*Order cards", re.DOTALL))
    send(page, portal, admin, "Change the role")
    expect(dialog).to_have_count(0)


def review(page: Page, portal: Portal, admin: Person) -> None:
    """Confirm the access review, take it away, see it kept."""
    page.goto("/team/review")
    expect(page.get_by_role("cell", name="Receptionist")).to_be_visible()
    look(page, "team-review")
    page.get_by_role("button", name="Confirm the review").click()
    send(page, portal, admin, "Confirm the review")
    earlier = page.get_by_role("table", name="Earlier confirmations")
    earlier.get_by_role("link").first.click()
    expect(page.get_by_text("It is shown as it was then.", exact=False)).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download as CSV").click()
    assert "Receptionist" in taken.value.path().read_text("utf-8-sig")


def test_roles_invitations_and_the_review(portal: Portal, browser: Browser) -> None:
    admin, orderer = portal.person("account_admin", "Nordhamn"), portal.person("orderer", "Nordhamn")
    page, theirs = opened(browser, portal), opened(browser, portal)
    sign_in(page, portal, admin)
    sign_in(theirs, portal, orderer)
    theirs.goto("/orders")
    expect(theirs.get_by_role("link", name="New order")).to_be_visible()

    make_role(page, portal, admin)
    invite_several(page, portal, admin)
    give_role(page, portal, admin, orderer.name)
    # The open page loads by itself: its reader may do less than before.
    expect(theirs.get_by_role("heading", name="Orders")).to_be_visible()
    expect(theirs.get_by_role("link", name="New order")).to_have_count(0)
    review(page, portal, admin)

    page.goto("/team/roles")
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_role("heading", name="Roller")).to_be_visible()
    look(page, "sv-team-roles")


def test_bureau_sees_what_waits(portal: Portal, browser: Browser) -> None:
    page = opened(browser, portal)
    sign_in(page, portal, portal.person("bureau_admin"))
    page.goto("/bureau/resets")
    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()
    look(page, "bureau-resets")
    page.get_by_role("button", name="Ask for a reset").click()
    look(page, "ask-reset")
