"""Becoming a customer, from the application to the first accepted order; and being paused."""

import re
import time
from email import message_from_bytes, policy

from playwright.sync_api import Browser, Page, expect
from pyotp.totp import TOTP

from tests.e2e.browsing import look, sign_in
from tests.e2e.portal import MAIL_SECONDS, Person, Portal

CODE = "Code from your authenticator"
PASSWORD = "havsbris vinter lykta grus"
ADMIN = "vega.strandqvist@sommarskolan.example"
ORDERER = "olle.ek@sommarskolan.example"
ORGANISATION = "Sommarskolan AB"

HUMAN_MS = 3_000
"""An application that is sent sooner was not typed by a person."""


def opened(browser: Browser, portal: Portal, locale: str = "en-GB") -> Page:
    """A browser of somebody else."""
    context = browser.new_context(base_url=portal.url, viewport={"width": 1280, "height": 800}, locale=locale)
    context.set_default_timeout(60_000)
    return context.new_page()


def apply(page: Page) -> str:
    """Apply in Swedish; a wrong number is said at its field, and nothing typed is lost. The reference."""
    page.goto("/sign-in")
    page.get_by_role("link", name="Bli kund").click()
    expect(page.get_by_role("heading", name="Bli kund")).to_be_visible()
    look(page, "apply")
    page.get_by_label("Organisationsnummer").fill("556812-3459")
    page.get_by_label("Organisationens namn").fill(ORGANISATION)
    page.get_by_label("Kontaktperson").fill("Vega Strandqvist")
    page.get_by_label("E-postadress").fill(ADMIN)
    page.get_by_label("Förväntad volym").select_option("few")
    page.get_by_label("PVC card, printed both sides").check()
    page.get_by_label("Meddelande").fill("Vi öppnar i augusti.")
    page.get_by_role("button", name="Skicka ansökan").click()
    expect(page.get_by_text("En av siffrorna är fel", exact=False)).to_be_visible()
    expect(page.get_by_label("Kontaktperson")).to_have_value("Vega Strandqvist")
    look(page, "apply-refused")
    page.wait_for_timeout(HUMAN_MS)
    page.get_by_label("Organisationsnummer").fill("556812-3458")
    page.get_by_role("button", name="Skicka ansökan").click()
    expect(page.get_by_role("heading", name="Er ansökan har kommit fram")).to_be_visible()
    look(page, "apply-receipt")
    reference = page.locator(".reference").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}", reference)
    return reference


def answer(page: Page, portal: Portal) -> None:
    """Answer the bureau's question by the link in the mail, once."""
    page.goto(link_to_applicant(portal))
    expect(page.get_by_text("Hur många är ni?")).to_be_visible()
    look(page, "apply-question")
    page.get_by_label("Ert svar").fill("Vi är 28.")
    page.get_by_role("button", name="Skicka svaret").click()
    expect(page.get_by_role("heading", name="Ert svar har kommit fram")).to_be_visible()


def link_to_applicant(portal: Portal) -> str:
    """The link of the newest mail to an applicant; waits until the portal has written it."""
    deadline = time.monotonic() + MAIL_SECONDS
    while True:
        assert time.monotonic() < deadline, "the portal wrote no such mail"
        for file in sorted((portal.data_dir / "mail").glob("*.eml"), reverse=True):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            if body is not None and "Hur många är ni?" in body.get_content():
                assert mail["To"].startswith("Applicant:")
                return body.get_content().split()[-1]
        time.sleep(0.2)


def confirm(page: Page, portal: Portal, person: Person, button: str) -> None:
    """Give the open dialog a code."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(CODE).fill(portal.code(person))
    dialog.get_by_role("button", name=button).click()


def vet(page: Page, portal: Portal, admin: Person, applicant: Page, reference: str) -> None:
    """Read it, ask back, have it answered live, approve."""
    page.get_by_role("link", name="Customers").click()
    expect(page.get_by_role("row").filter(has_text=reference)).to_be_visible()
    look(page, "bureau-applications")
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_role("heading", name=ORGANISATION)).to_be_visible()
    look(page, "bureau-application")
    page.get_by_role("button", name="Ask back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your question").fill("Hur många är ni?")
    look(page, "bureau-application-ask")
    dialog.get_by_role("button", name="Ask the applicant").click()
    expect(page.get_by_text("The question is on its way", exact=False)).to_be_visible()
    answer(applicant, portal)
    expect(page.get_by_text("Vi är 28.")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    confirm(page, portal, admin, "Approve the application")
    expect(page.get_by_text("Before the account can be opened:")).to_be_visible()


def set_up(page: Page, portal: Portal, admin: Person) -> str:
    """Address, a layout of a template, an own price, the first people; then the account is opened."""
    number = page.url.rstrip("/").rpartition("/")[2]
    page.get_by_label("Delivery address").fill("Sommarskolan, Ängsvägen 3, 123 45 Björkstad")
    page.get_by_role("button", name="Save the account").click()
    page.get_by_label("PVC card, printed both sides").fill("39.50")
    page.get_by_role("button", name="Save articles and prices").click()
    page.get_by_role("button", name="Add a layout").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Template").select_option("access")
    dialog.get_by_label("Name of the layout").fill("Passerkort")
    dialog.get_by_role("button", name="Add a layout").click()
    expect(page.get_by_role("listitem").filter(has_text="Passerkort")).to_be_visible()
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Olle Ek")
    dialog.get_by_label("Mail address").fill(ORDERER)
    dialog.get_by_label("Role").select_option("orderer")
    look(page, "bureau-setup-person")
    dialog.get_by_role("button", name="Add a person").click()
    expect(page.get_by_role("row").filter(has_text=ORDERER)).to_be_visible()
    expect(page.get_by_text("Everything is there.", exact=False)).to_be_visible()
    look(page, "bureau-setup")
    page.get_by_role("button", name="Open the account").click()
    confirm(page, portal, admin, "Open the account")
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    look(page, "bureau-customer")
    return number


def enrol(page: Page, portal: Portal, email: str, role: str) -> Person:
    """Open the invitation, choose a password, set up an authenticator, keep the recovery codes."""
    body = portal.mail_to(email, "/assets/invitation/#").get_body(("plain",))
    assert body is not None
    page.goto(body.get_content().split()[-1])
    page.get_by_label(re.compile("^Choose a password")).fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    secret = re.sub(r"\s", "", page.locator("#authenticator-key").inner_text())
    page.get_by_label(CODE).fill(TOTP(secret).now())
    page.get_by_role("button", name="Confirm the code").click()
    codes = page.get_by_role("listitem").filter(has_text=re.compile(r"^[0-9A-Z]{4}-"))
    expect(codes).to_have_count(10)
    page.get_by_label(re.compile("^Type one of them")).fill(codes.first.inner_text())
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()
    return portal.renew(Person(email, PASSWORD, secret, ORGANISATION, (role,), ""), totp_secret=secret)


def accept_agreement(page: Page, portal: Portal, admin: Person) -> None:
    """The account admin accepts the agreement, before anything is ordered."""
    page.goto("/agreement")
    page.get_by_role("button", name="Accept the agreement").click()
    page.get_by_role("dialog").get_by_label(re.compile("^I have read version")).check()
    confirm(page, portal, admin, "Accept the agreement")
    expect(page.get_by_role("table", name="Accepted versions")).to_be_visible()


def order(page: Page) -> str:
    """The first card, at the customer's own price; the order's number."""
    page.goto("/orders/new")
    page.get_by_label("Name").fill("Gudrun Gäst")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(re.compile(r"/orders/\d{4}-\d{5}"))
    number = page.url.rstrip("/").rpartition("/")[2]
    expect(page.get_by_text(re.compile(r"39\.50? SEK without VAT"))).to_be_visible()
    page.get_by_role("button", name="Order 1 card").click()
    expect(page.get_by_text("Submitted", exact=True).first).to_be_visible()
    return number


def test_from_an_application_in_swedish_to_the_first_accepted_order(portal: Portal, browser: Browser) -> None:
    applicant, bureau = opened(browser, portal, "sv-SE"), opened(browser, portal)
    admin = portal.person("bureau_admin")
    reference = apply(applicant)
    sign_in(bureau, portal, admin)
    vet(bureau, portal, admin, applicant, reference)
    set_up(bureau, portal, admin)

    first = opened(browser, portal)
    accept_agreement(first, portal, enrol(first, portal, ADMIN, "account_admin"))
    orderer = opened(browser, portal)
    enrol(orderer, portal, ORDERER, "orderer")
    number = order(orderer)
    desk = opened(browser, portal)
    sign_in(desk, portal, portal.person("order_desk"))
    desk.goto(f"/bureau/orders/{number}")
    desk.get_by_role("button", name="Accept").click()
    desk.get_by_role("dialog").get_by_role("button", name="Accept the order").click()
    expect(orderer.get_by_text("Accepted by the bureau").first).to_be_visible()


def test_an_account_is_paused_resumed_and_its_closing_called_off(portal: Portal, browser: Browser) -> None:
    bureau, orderer, officer = (opened(browser, portal) for _ in range(3))
    admin, privacy = portal.person("bureau_admin"), portal.person("privacy_officer", "Nordhamn")
    sign_in(bureau, portal, admin)
    bureau.get_by_role("link", name="Customers").click()
    bureau.get_by_role("navigation", name="Customers").get_by_role("link", name="Customers").click()
    expect(bureau.get_by_role("row").filter(has_text="Nordhamn Energi")).to_be_visible()
    look(bureau, "bureau-customers")
    bureau.get_by_role("row").filter(has_text="Nordhamn Energi").get_by_role("link").click()
    menu(bureau, "Pause ordering")
    bureau.get_by_role("dialog").get_by_label("Reason").fill("Two invoices are overdue.")
    look(bureau, "bureau-pause")
    confirm(bureau, portal, admin, "Pause ordering")
    expect(bureau.get_by_text("Paused", exact=True)).to_be_visible()

    sign_in(orderer, portal, portal.person("orderer", "Nordhamn"))
    orderer.goto("/orders/new")
    orderer.get_by_label("Name").fill("Gudrun Gäst")
    orderer.get_by_role("button", name="Save as draft").click()
    expect(orderer.get_by_text("Reason: Two invoices are overdue.")).to_be_visible()
    look(orderer, "ordering-paused")
    bureau.get_by_role("button", name="Resume ordering").click()
    confirm(bureau, portal, admin, "Resume ordering")
    expect(bureau.get_by_text("Active", exact=True)).to_be_visible()

    menu(bureau, "Ask for the closing")
    bureau.get_by_role("dialog").get_by_label("Reason").fill("The customer has asked for it.")
    confirm(bureau, portal, admin, "Ask for the closing")
    expect(bureau.get_by_text("Being closed", exact=True)).to_be_visible()
    look(bureau, "bureau-closing")
    sign_in(officer, portal, privacy)
    officer.goto("/privacy/closing")
    expect(officer.get_by_text("This stands in the way:")).to_be_visible()
    expect(officer.get_by_role("button", name="Close the account")).to_be_disabled()
    look(officer, "privacy-closing")
    officer.get_by_role("button", name="Take the package away").click()
    dialog = officer.get_by_role("dialog")
    look(officer, "privacy-package")
    dialog.get_by_label(CODE).fill(portal.code(privacy))
    with officer.expect_download() as download:
        dialog.get_by_role("button", name="Take the package away").click()
    assert download.value.suggested_filename.endswith(".zip")
    bureau.get_by_role("button", name="Call the closing off").click()
    confirm(bureau, portal, admin, "Call the closing off")
    expect(bureau.get_by_text("Active", exact=True)).to_be_visible()


def menu(page: Page, item: str) -> None:
    """Choose from behind the three dots."""
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=item).click()
