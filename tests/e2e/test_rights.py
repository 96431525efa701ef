"""A person's rights and protected identity: requests, a package, a correction, an alias."""

import json
import re
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsing import comes, look, sign_in
from tests.e2e.portal import Portal

FIRST_NAMES = ("Maja", "Nils", "Saga", "Leo", "Ella", "Hugo", "Elin", "Noor", "Ada", "Astrid", "Vera", "Olle")


@pytest.fixture
def browse(browser: Browser, portal: Portal) -> Callable[[], Page]:
    """Opens a browser of somebody else."""

    def fresh() -> Page:
        context = browser.new_context(
            base_url=portal.url,
            viewport={"width": 1280, "height": 800},
            locale="en-GB",
            accept_downloads=True,
        )
        context.set_default_timeout(20_000)
        return context.new_page()

    return fresh


def search(page: Page, text: str) -> Locator:
    """The cards that are found, once they are there: on a page that has not said anything yet."""
    page.goto("/people")
    page.get_by_label("Name or personal number").fill(text)
    page.get_by_label("Name or personal number").press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ cards? found"))).to_be_visible()
    return page.get_by_role("table", name="Cards found").get_by_role("checkbox")


def find_somebody(page: Page) -> str:
    """A first name by which somebody is found; their first card is chosen."""
    for name in FIRST_NAMES:
        boxes = search(page, name)
        if comes(boxes):
            boxes.first.click()
            expect(page.get_by_text("1 card chosen")).to_be_visible()
            return name
    pytest.fail("the demo holds none of these names")


def requests_of_persons(page: Page) -> None:
    """One is written down and answered; another comes within days."""
    page.goto("/privacy")
    page.get_by_role("navigation", name="Privacy").get_by_role("link", name="Requests").click()
    table = page.get_by_role("table", name="Requests of persons")
    expect(table.get_by_text("BJS-2026/52")).to_be_visible()
    look(page, "requests")
    page.get_by_role("button", name="Write a request down").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your case").fill("Astrid Lund")
    dialog.get_by_role("button", name="Write a request down").click()
    expect(dialog.get_by_role("alert").filter(has_text="It names no person.")).to_be_visible()
    look(page, "request-refused")
    dialog.get_by_label("Your case").fill("BJS-2026/77")
    dialog.get_by_role("button", name="Write a request down").click()
    row = table.get_by_role("row").filter(has_text="BJS-2026/77")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Answered…").click()
    look(page, "request-answer")
    page.get_by_role("dialog").get_by_role("button", name="The request is answered").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Answered", exact=True).click()
    expect(table.get_by_text("BJS-2026/77")).to_be_visible()
    look(page, "requests-answered")


def test_a_person_asks_and_is_handed_a_package(page: Page, portal: Portal) -> None:
    officer = portal.person("privacy_officer", "Björkskolan")
    sign_in(page, portal, officer)
    requests_of_persons(page)
    name = find_somebody(page)
    look(page, "people-chosen")
    page.get_by_role("button", name="Make a package…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").select_option("request of the person")
    look(page, "package")
    dialog.get_by_label("Code from your authenticator").fill(portal.code(officer))
    with page.expect_download() as taken:
        dialog.get_by_role("button", name="Make a package for the person").click()
    expect(page.get_by_text("The package is made.")).to_be_visible()
    assert re.fullmatch(r"person-package-\d{4}-\d\d-\d\d\.zip", taken.value.suggested_filename)
    with zipfile.ZipFile(taken.value.path()) as archive:
        found = json.loads(archive.read("person.json"))
        assert archive.read("person.pdf").startswith(b"%PDF")
    values = [each["value"] for record in found["records"] for each in record["data"]]
    assert [value for value in values if name in value]
    assert name not in page.url

    name = find_somebody(page)
    page.get_by_role("button", name="Correct…").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Name")
    expect(field).to_have_value(re.compile(name))
    look(page, "correct-kept")
    field.fill(f"{name} Rättad-Persson")
    dialog.get_by_role("button", name="Correct what is kept").click()
    expect(page.get_by_text("It is put right.")).to_be_visible()
    look(page, "corrected")
    assert search(page, "Rättad-Persson").count() == 1


def test_a_protected_person_is_an_alias_to_all_who_are_not_named(
    portal: Portal, browse: Callable[[], Page]
) -> None:
    page, at_bureau = browse(), browse()
    sign_in(page, portal, portal.person("privacy_officer", "Björkskolan"))
    page.goto("/privacy/protected")
    expect(page.get_by_text("is to see protected persons.", exact=False)).to_be_visible()
    name = find_somebody(page)
    before = page.get_by_role("table", name="Cards found").get_by_role("checkbox").count()
    page.get_by_role("button", name="Protect the identity…").click()
    look(page, "protect")
    page.get_by_role("dialog").get_by_role("button", name="Protect the identity").click()
    expect(page.get_by_text("Cards whose person is protected as of now", exact=False)).to_be_visible()
    assert search(page, name).count() < before
    page.goto("/privacy/protected")
    table = page.get_by_role("table", name="Protected persons", exact=True)
    expect(table.get_by_role("rowheader").first).to_have_text(re.compile(r"^Protected person [0-9A-Z]{4}$"))
    look(page, "protected")
    table.get_by_role("button", name="Take it back…").first.click()
    look(page, "protected-take-back")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name=re.compile("Svenska|Swedish|SV")).click()
    expect(page.get_by_role("heading", name="Skyddad identitet", level=1)).to_be_visible()
    look(page, "protected-sv")
    page.goto("/privacy/requests")
    expect(page.get_by_role("heading", name="Begäranden från personer")).to_be_visible()
    look(page, "requests-sv")
    page.get_by_role("button", name=re.compile("English|Engelska|EN")).first.click()

    sign_in(at_bureau, portal, portal.person("bureau_admin"))
    at_bureau.get_by_role("link", name="Protected identity").click()
    expect(at_bureau.get_by_role("table", name="People who see protected persons")).to_be_visible()
    look(at_bureau, "bureau-protected")


def test_the_orderer_sees_the_alias_and_marks_while_ordering(page: Page, portal: Portal) -> None:
    sign_in(page, portal, portal.person("orderer", "Björkskolan"))
    page.goto("/orders/new")
    expect(page.get_by_label("This person has protected identity")).to_be_visible()
    look(page, "order-new-protected")
