"""Changing how long data is kept, by forms: a code each, and what was typed back on a refusal."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import retention
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def test_one_proposes_and_another_confirms(world: World, home: Account, clock: Clock) -> None:
    assert clock
    first, second = (enrolled(world, Role.PRIVACY_OFFICER, home) for _ in range(2))
    auditor = world.person(Role.AUDITOR, home)
    browser = entered(first)
    typed = {"policy-default": "days", "days-default": "14", "policy-photo": "immediate"}

    answer = browser.post("/privacy/retention/propose", **{**typed, "days-default": "many"})
    assert where(answer) == "/privacy"
    assert perform(retention.retention, auditor).proposal is None

    browser.post("/privacy/retention/propose", **typed)
    proposal = perform(retention.retention, auditor).proposal
    assert proposal is not None
    assert {row.kind: row.days for row in proposal.rules if row.own or row.kind == "default"} == {
        "default": 14,
        "photo": 0,
    }

    confirm = f"/privacy/retention/{proposal.id}/confirm"
    browser.post(confirm)
    assert perform(retention.retention, auditor).proposal is not None
    entered(second).post(confirm)
    view = perform(retention.retention, auditor)
    assert view.proposal is None
    assert view.rules[0].days == 14
