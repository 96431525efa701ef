"""One's own sessions and accounts: listed, ended, changed; never somebody else's."""

from datetime import timedelta

import pytest

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound, NotSignedIn
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership
from nexus_portal.services import account, own_accounts, sessions, sign_in
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    code,
    enrolled,
    quick_passwords,
    visit,
    with_password,
)
from tests.world import NOON, Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


def sid_of(person: Person, clock: Clock) -> str:
    clock.forward(timedelta(seconds=30))
    return sign_in.with_second_factor(with_password(person), code=code()).sid


def test_own_sessions_are_listed_this_one_first(world: World, clock: Clock) -> None:
    home = world.account()
    person = enrolled(world, Role.ORDERER, home)
    sid_of(enrolled(world, Role.ORDERER, home), clock)
    here, _ = sid_of(person, clock), sid_of(person, clock)

    own = perform(account.own, visit(here).actor)

    assert [row.is_this for row in own.sessions] == [True, False]
    assert own.sessions[0].device == "Firefox, Windows"
    assert own.sessions[0].address == "192.0.2.7"
    assert own.codes_left == 1
    assert here not in str(own)
    assert sessions.hash_of(here) not in str(own)


def test_one_other_session_is_ended(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    here, there = sid_of(person, clock), sid_of(person, clock)
    actor = visit(here).actor
    other = perform(account.own, actor).sessions[1].reference

    perform(account.end_session, actor, reference=other)

    assert sessions.resolve(there) is None
    assert sessions.resolve(here) is not None
    with pytest.raises(NotFound):
        perform(account.end_session, actor, reference=other)


@pytest.mark.parametrize("reference", ["", "x", "%", "0" * 16])
def test_no_other_reference_ends_anything(world: World, clock: Clock, reference: str) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    here = sid_of(person, clock)

    with pytest.raises(NotFound):
        perform(account.end_session, visit(here).actor, reference=reference)
    assert sessions.resolve(here) is not None


def test_nobody_ends_the_session_of_another_person(world: World, clock: Clock) -> None:
    home = world.account()
    theirs = sid_of(enrolled(world, Role.ORDERER, home), clock)
    mine = sid_of(enrolled(world, Role.ACCOUNT_ADMIN, home), clock)
    reference = perform(account.own, visit(theirs).actor).sessions[0].reference

    with pytest.raises(NotFound):
        perform(account.end_session, visit(mine).actor, reference=reference)
    perform(account.end_sessions, visit(mine).actor, keep_this=False)
    assert sessions.resolve(theirs) is not None
    assert sessions.resolve(mine) is None


def test_all_others_are_ended(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    sids = [sid_of(person, clock) for _ in range(3)]

    perform(account.end_sessions, visit(sids[1]).actor, keep_this=True)

    assert [sessions.resolve(sid) is not None for sid in sids] == [False, True, False]


def also_in(world: World, person: Person, home: Account, role: Role, *, active: bool = True) -> Membership:
    with world.database.transaction(SYSTEM) as session:
        membership = Membership(
            user_id=person.user_id,
            account_id=home.id,
            role=role,
            active=active,
            created_at=NOON + timedelta(days=1),
            changed_at=NOON,
        )
        session.add(membership)
    return membership


def test_person_of_two_accounts_changes_between_them(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    other = world.account("Nordhamn Energi")
    second = also_in(world, person, other, Role.APPROVER)
    before = visit(sid_of(person, clock))
    assert [(place.account, place.is_current) for place in own_accounts.places(before)] == [
        ("Björkskolan", True),
        ("Nordhamn Energi", False),
    ]

    clock.forward(timedelta(minutes=10))
    after = visit(own_accounts.change(before, membership_id=second.id).sid)

    assert (after.actor.account_id, after.actor.role) == (other.id, Role.APPROVER)
    assert after.expires_at == before.expires_at
    assert after.actor.stepped_up_at is None
    with pytest.raises(NotSignedIn):
        own_accounts.change(before, membership_id=second.id)


def test_nobody_changes_into_a_place_that_is_not_theirs(world: World, clock: Clock) -> None:
    home = world.account()
    person, stranger = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    other = world.account("Nordhamn Energi")
    foreign = also_in(world, stranger, other, Role.ACCOUNT_ADMIN)
    gone = also_in(world, person, world.account(), Role.ACCOUNT_ADMIN, active=False)
    here = visit(sid_of(person, clock))

    for place in (foreign, gone):
        with pytest.raises(NotFound):
            own_accounts.change(here, membership_id=place.id)
    assert [place.is_current for place in own_accounts.places(here)] == [True]


def test_half_a_session_has_no_places(world: World) -> None:
    half = with_password(enrolled(world, Role.ORDERER, world.account()))

    with pytest.raises(NotSignedIn):
        own_accounts.places(half)
