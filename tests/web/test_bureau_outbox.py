"""Reading a mail of the outbox: only with a second factor, and only for the bureau admin."""

from datetime import timedelta

import pytest

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import AccountKind
from nexus_portal.services import outbox, sessions
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
def mail(world: World) -> str:
    with world.database.transaction(SYSTEM) as session:
        return str(
            outbox.post(session, to="a@x.se", language="en", subject=Message("A"), body=Message("Secret"))
        )


def entered(person: Person, clock: Clock) -> Browser:
    """A browser of somebody who signed in a while ago."""
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    clock.forward(timedelta(minutes=6))
    return browser


def test_code_opens_the_mail_under_a_new_id(world: World, clock: Clock, mail: str) -> None:
    home = world.account("Kortbyrån", kind=AccountKind.BUREAU)
    browser = entered(enrolled(world, Role.BUREAU_ADMIN, home), clock)
    before = browser.sid

    assert where(browser.post(f"/bureau/outbox/{mail}/read", code="000000x")) == "/bureau/outbox"
    said = browser.told()
    assert said is not None
    assert said.kept == {"dialog": "read", "mail": mail, "at": "code"}
    assert where(browser.post(f"/bureau/outbox/{mail}/read", code=code())) == f"/bureau/outbox?mail={mail}"

    assert sessions.resolve(before) is None
    assert browser.visit is not None
    assert browser.visit.actor.stepped_up(clock.now())


def test_others_are_led_back(world: World, clock: Clock, mail: str) -> None:
    browser = entered(enrolled(world, Role.ACCOUNT_ADMIN, world.account()), clock)

    assert where(browser.post(f"/bureau/outbox/{mail}/read", code=code())) == "/bureau/outbox"
    said = browser.told()
    assert said is not None
    assert "does not allow" in str(said.message)


def test_what_is_no_mail_is_not_there(world: World, clock: Clock) -> None:
    home = world.account("Kortbyrån", kind=AccountKind.BUREAU)
    browser = entered(enrolled(world, Role.BUREAU_ADMIN, home), clock)
    for number in ("x", "00000000-0000-7000-8000-000000000000"):
        browser.post(f"/bureau/outbox/{number}/read", code=code())
        said = browser.told()
        assert said is not None
        assert said.kind == "error"
        clock.forward(timedelta(seconds=30))
