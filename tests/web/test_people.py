"""Confirming that one may see many persons: with a code, by whoever may search."""

from datetime import timedelta

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def test_a_code_renews_the_session_and_nothing_is_in_the_address(
    world: World, account: Account, clock: Clock
) -> None:
    browser = entered(enrolled(world, Role.PRIVACY_OFFICER, account))
    clock.forward(timedelta(minutes=10))
    before = browser.sid
    answer = browser.post("/people/confirm", code=code())
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert browser.sid != before
    visit = browser.visit
    assert visit is not None
    assert visit.actor.stepped_up(clock.now())
    told = browser.told()
    assert told is not None
    assert told.kind == "success"


def test_without_a_code_nothing_is_confirmed(world: World, account: Account, clock: Clock) -> None:
    browser = entered(enrolled(world, Role.PRIVACY_OFFICER, account))
    clock.forward(timedelta(minutes=10))
    browser.post("/people/confirm")
    told = browser.told()
    assert told is not None
    assert told.kind == "error"
    assert browser.visit is not None
    assert not browser.visit.actor.stepped_up(clock.now())


def test_who_may_not_search_confirms_nothing_here(world: World, account: Account, clock: Clock) -> None:
    browser = entered(enrolled(world, Role.AUDITOR, account))
    clock.forward(timedelta(minutes=10))
    browser.post("/people/confirm", code=code())
    told = browser.told()
    assert told is not None
    assert told.kind == "error"
