"""What journeys do on every page: sign in, look at it in both colour schemes, have axe check it."""

from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Locator, Page, ViewportSize, expect

from tests.e2e.portal import Person, Portal

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def sign_in(page: Page, portal: Portal, person: Person) -> None:
    """Password and code, on the pages."""
    page.goto("/sign-in")
    give_password(page, person)
    page.get_by_label("Code from your authenticator").fill(portal.code(person))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()


def give_password(page: Page, person: Person) -> None:
    """The first step of signing in."""
    page.get_by_label("Mail address").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Continue").click()


def opened(browser: Browser, portal: Portal, role: str, account: str = "") -> Page:
    """A browser of somebody else, who has signed in."""
    context = browser.new_context(base_url=portal.url, viewport=WIDE, locale="en-GB")
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page, portal, portal.person(role, account))
    return page


def look(page: Page, name: str) -> None:
    """Screenshots in both colour schemes and at 360 px; axe finds nothing in any of them."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
        check(page, f"{name} {scheme}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    page.screenshot(path=SCREENSHOTS / f"{name}-360.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{name} scrolls sideways"
    )
    page.set_viewport_size(WIDE)


def comes(wanted: Locator) -> bool:
    """Whether something appears; what was there before an answer came says nothing yet."""
    try:
        wanted.first.wait_for(timeout=5_000)
    except Error:
        return False
    return True


def check(page: Page, name: str) -> None:
    """Axe finds nothing."""
    page.wait_for_function(
        "() => document.getAnimations().every("
        "a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)"
    )
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
