"""The papers of an order behind the guard: for those who see it, in their language, never kept."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.services import billing
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, house
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def papers(world: World) -> tuple[House, list[str]]:
    """A customer, and where the papers of a delivered and invoiced order of theirs lie."""
    home = house(world)
    number, parcel = home.shipped(1)
    invoice = perform(billing.invoice, home.biller, number=number, key=home.key())
    return home, [
        f"/documents/orders/{number}.pdf",
        f"/documents/shipments/{parcel}.pdf",
        f"/documents/invoices/{invoice}.pdf",
    ]


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def test_each_paper_comes_in_the_readers_language_and_is_not_kept(
    world: World, papers: tuple[House, list[str]]
) -> None:
    home, paths = papers
    browser = entered(enrolled(world, Role.AUDITOR, home.customer))
    browser.cookies["language"] = "sv"
    for path in paths:
        answer = browser.get(path, accept="application/pdf")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        number = path.rpartition("/")[2]
        assert answer.headers["content-disposition"].endswith(f'-{number}"')
        assert answer.content.startswith(b"%PDF-")
        assert b"/Lang (sv)" in answer.content


def test_another_s_paper_is_like_an_absent_one(world: World, papers: tuple[House, list[str]]) -> None:
    stranger = entered(enrolled(world, Role.ORDERER, world.account("Nordhamn Energi")))
    for path in papers[1]:
        absent = f"{path.rpartition('/')[0]}/2026-99999.pdf"
        answers = [stranger.get(asked, accept="application/pdf") for asked in (path, absent)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert "content-disposition" not in answers[0].headers


def test_nobody_gets_a_paper_without_signing_in(papers: tuple[House, list[str]]) -> None:
    for path in papers[1]:
        assert Browser().get(path, accept="application/pdf").status_code == 401
