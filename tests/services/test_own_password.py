"""Changing one's own password: present one, second factor, new one; everything else ends."""

from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import ANONYMOUS, SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotSignedIn, StepUpNeeded, TooMany
from nexus_portal.domain.permissions import Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import own_password, sessions, sign_in
from nexus_portal.services.own_password import WrongPassword
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    Person,
    audited,
    code,
    enrolled,
    quick_passwords,
    signed_in,
    visit,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")

NEW = "lantern gravel orbit"


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


def change(actor: Actor, present: str = PASSWORD, new: str = NEW) -> str:
    return own_password.change(actor, present=present, new=new, browser=BROWSER)


def test_the_new_one_counts_under_a_new_id_and_all_else_ends(
    world: World, person: Person, clock: Clock
) -> None:
    other = signed_in(person)
    clock.forward(timedelta(seconds=30))
    half, here = with_password(person), signed_in(person)

    now = visit(change(here.actor))

    assert (now.level, now.user_id, now.expires_at) == (SessionLevel.FULL, person.user_id, here.expires_at)
    with world.database.transaction(SYSTEM, writes=False) as session:
        rows = [session.get_one(sessions.BrowserSession, v.id_hash) for v in (other, half, here)]
        assert all(row.ended_at is not None for row in rows)
        (mail,) = session.exec(select(OutboxMail)).all()
        assert (mail.recipient, mail.subject) == (person.email, "Your password was changed")
    assert with_password(person, NEW).level is SessionLevel.PASSWORD
    with pytest.raises(Invalid):
        with_password(person)
    assert [entry.actor_id for entry in audited(world, "password:changed")] == [person.user_id]


def test_a_stale_second_factor_is_not_enough(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    clock.forward(timedelta(minutes=6))

    with pytest.raises(StepUpNeeded):
        change(here.actor)
    with pytest.raises(NotSignedIn):
        change(ANONYMOUS)
    with pytest.raises(StepUpNeeded):
        perform(own_password.replace_hash, here.actor, hashed="x", before="y")


def test_a_wrong_present_password_changes_nothing_and_is_counted(world: World, person: Person) -> None:
    here = signed_in(person)
    for _ in range(10):
        with pytest.raises(WrongPassword):
            change(here.actor, present="wrong password")

    with pytest.raises(TooMany):
        change(here.actor)
    with pytest.raises(TooMany):
        with_password(person)
    assert len(audited(world, "sign_in:refused")) == 10


@pytest.mark.parametrize("new", ["short", "password1234", PASSWORD, "person nexus portal", "x" * 129])
def test_a_new_one_that_would_not_do_is_refused(person: Person, new: str) -> None:
    here = signed_in(person)

    with pytest.raises(Invalid) as refused:
        change(here.actor, new=new)
    assert not isinstance(refused.value, WrongPassword)
    assert with_password(person)


def test_of_two_changes_at_once_one_counts(person: Person, world: World, clock: Clock) -> None:
    here = signed_in(person)
    change(here.actor)

    with pytest.raises(Conflict):
        perform(own_password.replace_hash, here.actor, hashed="x", before="what it was before")


def test_a_right_present_password_uses_up_nothing(person: Person, clock: Clock) -> None:
    here = signed_in(person)
    for _ in range(12):
        with pytest.raises(Invalid):
            change(here.actor, new="short")

    clock.forward(timedelta(seconds=30))
    assert sign_in.with_second_factor(with_password(person), code=code())
