"""Accepting the agreement by its form: with a code, once read, and the PDF for both sides."""

from datetime import timedelta

import pytest

from nexus_portal.domain.agreements import Standing
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import agreement_pages
from nexus_portal.services.use_case import perform
from tests.agreeing import NEWEST, offer, text
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, where
from tests.web.test_retention import entered
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


def read(**other: str) -> dict[str, str]:
    """What the form sends once somebody has read it and ticked the box."""
    return {
        "version": NEWEST,
        "language": "sv",
        "digest": text(NEWEST, "sv").digest,
        "binding": "on",
        **other,
    }


def test_it_is_accepted_with_a_code_and_its_pdf_is_fetched(world: World, home: Account, clock: Clock) -> None:
    offer(world, NEWEST)
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home)
    browser = entered(admin)
    clock.forward(timedelta(minutes=6))

    assert where(browser.post("/agreement/accept", **read())) == "/agreement"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "accept", "at": "code"}
    assert perform(agreement_pages.agreement, admin.actor).standing == Standing.STOPPED

    assert where(browser.post("/agreement/accept", **read(code=code()))) == "/agreement"
    view = perform(agreement_pages.agreement, admin.actor)
    assert view.standing == Standing.ACCEPTED
    [row] = view.acceptances

    paper = browser.get(f"/agreement/papers/{row.id}.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert (
        paper.headers["content-disposition"] == f'attachment; filename="agreement-{NEWEST}-{home.number}.pdf"'
    )
    assert paper.content.startswith(b"%PDF-")
    bureau = entered(enrolled(world, Role.BUREAU_ADMIN, world.bureau()))
    assert bureau.get(f"/agreement/papers/{row.id}.pdf").content == paper.content


def test_who_has_not_confirmed_to_have_read_it_accepts_nothing(world: World, home: Account) -> None:
    offer(world, NEWEST)
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home)
    browser = entered(admin)
    browser.post("/agreement/accept", **read(binding=""))
    told = browser.told()
    assert told is not None
    assert told.kind == "error"
    assert perform(agreement_pages.agreement, admin.actor).acceptances == ()


@pytest.mark.parametrize("name", ["nothing", "01a22a40-7263-73fb-8c41-4df548785347"])
def test_there_is_no_other_paper(world: World, home: Account, name: str) -> None:
    browser = entered(enrolled(world, Role.AUDITOR, home))
    assert browser.get(f"/agreement/papers/{name}.pdf").status_code == 404


def test_papers_are_for_signed_in_people_who_may(world: World, home: Account) -> None:
    offer(world, NEWEST)
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home)
    browser = entered(admin)
    browser.post("/agreement/accept", **read())
    [row] = perform(agreement_pages.agreement, admin.actor).acceptances
    path = f"/agreement/papers/{row.id}.pdf"

    assert entered(enrolled(world, Role.ORDERER, home)).get(path).status_code == 403
    foreign = enrolled(world, Role.ACCOUNT_ADMIN, world.account("Nordhamn"))
    assert entered(foreign).get(path).status_code == 404
    assert Browser().get(path).headers.get("content-type") != "application/pdf"
