"""The help pages without signing in: by keyboard alone, searched, in both languages, narrow and on paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import SCREENSHOTS, look

DETAILS = "#faq details"


def shown(page: Page) -> int:
    return page.locator(f"{DETAILS}:not([hidden])").count()


def open_ones(page: Page) -> int:
    return page.locator(f"{DETAILS}[open]").count()


def tab_to(page: Page, there: Callable[[], bool], most: int = 20) -> None:
    """Press Tab until the keyboard is where it should be."""
    for _ in range(most):
        if there():
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not come there")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement?.innerText?.trim() ?? ''"))


def test_the_questions_by_keyboard_alone(page: Page) -> None:
    page.goto("/help")
    expect(page.get_by_role("button", name="Expand all")).to_be_visible()
    every = shown(page)
    expect(page.get_by_role("status").filter(has_text=f"{every} questions")).to_be_visible()

    tab_to(page, lambda: focused(page) == "Expand all")
    page.keyboard.press("Enter")
    assert open_ones(page) == every
    look(page, "help-expanded")
    page.keyboard.press("Tab")
    assert focused(page) == "Collapse all"
    page.keyboard.press("Space")
    assert open_ones(page) == 0

    page.keyboard.press("/")
    page.keyboard.type("days delete")
    expect(page.get_by_role("status").filter(has_text="questions fit")).to_be_visible()
    assert 0 < shown(page) < every
    assert page.evaluate("CSS.highlights.get('found').size") > 0
    look(page, "help-search")
    page.keyboard.type(" zebra")
    expect(page.get_by_text("No question fits.", exact=False)).to_be_visible()
    look(page, "help-search-none")
    page.keyboard.press("Escape")
    expect(page.get_by_role("status").filter(has_text=f"{every} questions")).to_be_visible()
    assert (shown(page), open_ones(page)) == (every, 0)

    question = "What becomes of a card that stays blocked?"
    tab_to(page, lambda: focused(page) == question, every + 10)
    page.keyboard.press("Enter")
    tab_to(page, lambda: focused(page) == "Link to this answer", 3)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/help#blocked$"))
    # The address changes at once, the focus when the browser tells of it.
    page.wait_for_function("wanted => document.activeElement?.innerText?.trim() === wanted", arg=question)

    # The switch of languages comes before the questions, and leads back to the same answer.
    page.get_by_role("button", name="SV: Byt till svenska").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/help#blocked")
    swedish = page.locator("details").filter(has_text="Vad händer med ett kort som förblir spärrat?")
    expect(swedish).to_have_attribute("open", "")
    assert page.evaluate("document.documentElement.lang") == "sv"
    page.keyboard.press("/")
    page.keyboard.type("dörrarna")
    expect(page.get_by_role("status").filter(has_text="1 fråga passar")).to_be_visible()
    look(page, "help-search-swedish")


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/help", "Questions and answers"),
        ("/help/gdpr", "GDPR statement"),
        ("/help/dpa", "Data processing agreement"),
    ],
)
def test_each_page_says_its_version_and_is_whole_on_paper(page: Page, path: str, heading: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    expect(page.get_by_text("Version", exact=False).last).to_be_visible()
    name = path.strip("/").replace("/", "-")
    look(page, name)
    page.emulate_media(color_scheme="dark")
    paper = page.pdf(format="A4", path=SCREENSHOTS / f"{name}.pdf")
    assert len(paper) > 20_000


def test_a_link_opens_its_answer_though_something_else_is_searched(page: Page) -> None:
    page.goto("/help#block")
    answer = page.locator("details").filter(has_text="Block the card in your own access systems first.")
    expect(answer).to_have_attribute("open", "")
    page.get_by_role("searchbox").fill("invoice")
    expect(answer).to_be_hidden()
    page.evaluate("location.hash = 'blocked'")
    page.evaluate("location.hash = 'block'")
    expect(answer).to_be_visible()
    expect(answer).to_have_attribute("open", "")
    expect(page.get_by_role("searchbox")).to_have_value("")
