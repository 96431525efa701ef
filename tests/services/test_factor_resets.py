"""Lost second factors: the own admin helps, and where no admin may, two people of the bureau."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters import clock as clocks
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded, Unavailable
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import FactorReset, Membership, Passkey, RecoveryCode, User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import factor_resets, factor_taking, sessions, team
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    audited,
    enrolled,
    quick_passwords,
    signed_in,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)


@pytest.fixture
def staff(world: World) -> tuple[Actor, Actor]:
    bureau = world.bureau()
    one = enrolled(world, Role.BUREAU_ADMIN, bureau, stepped_up=True)
    return one.actor, enrolled(world, Role.BUREAU_ADMIN, bureau, stepped_up=True).actor


def id_of(admin: Actor, person: Person) -> UUID:
    return next(UUID(row.id) for row in perform(team.team, admin).members if row.email == person.email)


def reset(admin: Actor, member: UUID, reason: str = "Lost the phone") -> None:
    perform(factor_resets.reset, admin, member_id=member, reason=reason)


def ask(staff: Actor, home: Account, person: Person, reason: str = "Lost the phone") -> UUID:
    return perform(factor_resets.ask, staff, account_number=home.number, email=person.email, reason=reason)


def also_in(world: World, person: Person, account: Account) -> None:
    with world.database.transaction(SYSTEM) as session:
        session.add(
            Membership(
                user_id=person.user_id,
                account_id=account.id,
                role=Role.ORDERER,
                created_at=clocks.now(),
                changed_at=clocks.now(),
            )
        )


def test_everything_that_proved_it_is_gone_and_the_password_leads_to_enrolment(
    world: World, home: Account, admin: Person
) -> None:
    person = enrolled(world, Role.ORDERER, home)
    visit = signed_in(person)
    with world.database.transaction(SYSTEM) as session:
        session.add(
            Passkey(
                user_id=person.user_id,
                credential_id="abc",
                public_key=b"k",
                name="Phone",
                created_at=clocks.now(),
            )
        )
    reset(admin.actor, id_of(admin.actor, person))

    with world.database.transaction(SYSTEM) as session:
        assert session.get_one(User, person.user_id).totp_secret is None
        for table in (Passkey, RecoveryCode):
            query = select(table).where(table.user_id == person.user_id)
            assert session.exec(query).all() == []
        assert session.get_one(sessions.BrowserSession, visit.id_hash).ended_at is not None
        (mail,) = session.exec(select(OutboxMail)).all()
        (kept,) = session.exec(select(FactorReset)).all()
    assert (mail.recipient, kept.reason) == (person.email, "Lost the phone")
    assert with_password(person).level is SessionLevel.ENROLLING
    (entry,) = audited(world, "second_factor:reset")
    assert "Lost the phone" not in str(entry.facts)


def test_not_oneself_not_without_a_reason_not_without_a_factor(
    world: World, home: Account, admin: Person
) -> None:
    person = enrolled(world, Role.ORDERER, home)
    with pytest.raises(Invalid, match="their own"):
        reset(admin.actor, id_of(admin.actor, admin))
    with pytest.raises(Invalid, match="reason"):
        reset(admin.actor, id_of(admin.actor, person), " ")
    reset(admin.actor, id_of(admin.actor, person))
    with pytest.raises(Invalid, match="no second factor yet"):
        reset(admin.actor, id_of(admin.actor, person))


def test_one_account_does_not_open_another(world: World, home: Account, admin: Person) -> None:
    person = enrolled(world, Role.ORDERER, home)
    also_in(world, person, world.account("Nordhamn Energi"))

    with pytest.raises(Invalid, match="other accounts"):
        reset(admin.actor, id_of(admin.actor, person))


def test_others_may_not(world: World, home: Account, admin: Person) -> None:
    member = id_of(admin.actor, enrolled(world, Role.ORDERER, home))
    foreign = enrolled(world, Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)
    with pytest.raises(NotFound):
        reset(foreign.actor, member)
    with pytest.raises(NotAllowed):
        reset(world.person(Role.AUDITOR, home, stepped_up=True), member)
    with pytest.raises(StepUpNeeded):
        reset(enrolled(world, Role.ACCOUNT_ADMIN, home).actor, member)


def test_two_of_the_bureau_help_the_last_admin(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor]
) -> None:
    one, other = staff
    asked = ask(one, home, admin)
    (row,) = perform(factor_resets.waiting, one)
    assert (row.email, row.account_number, row.asked_by, row.is_own) == (
        admin.email,
        home.number,
        one.name,
        True,
    )
    with pytest.raises(Invalid, match="takes two"):
        perform(factor_resets.confirm, one, reset_id=asked)
    with pytest.raises(Conflict):
        ask(other, home, admin)

    perform(factor_resets.confirm, other, reset_id=asked)

    assert with_password(admin).level is SessionLevel.ENROLLING
    with pytest.raises(Conflict):
        perform(factor_resets.confirm, other, reset_id=asked)
    assert perform(factor_resets.waiting, one) == ()
    with world.database.transaction(SYSTEM) as session:
        assert len(session.exec(select(OutboxMail)).all()) == 2
    assert [entry.chain for entry in audited(world, "second_factor:reset")] == [str(home.id)]


def test_the_bureau_leaves_to_the_account_what_the_account_can_do(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor]
) -> None:
    person = enrolled(world, Role.ORDERER, home)
    with pytest.raises(Invalid, match="An admin of this account"):
        ask(staff[0], home, person)
    also_in(world, person, world.account("Nordhamn Energi"))
    ask(staff[0], home, person)


def test_too_late_and_withdrawn(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor], clock: Clock
) -> None:
    asked = ask(staff[0], home, admin)
    perform(factor_resets.withdraw, staff[0], reset_id=asked)
    with pytest.raises(Conflict):
        perform(factor_resets.confirm, staff[1], reset_id=asked)
    again = ask(staff[0], home, admin)
    clock.forward(timedelta(hours=24))
    fresh = replace(staff[1], stepped_up_at=clocks.now())
    with pytest.raises(Conflict, match="too old"):
        perform(factor_resets.confirm, fresh, reset_id=again)


def test_customers_do_not_decide_for_the_bureau(world: World, home: Account, admin: Person) -> None:
    with pytest.raises(NotAllowed):
        ask(admin.actor, home, admin)
    with pytest.raises(NotAllowed):
        perform(factor_resets.waiting, admin.actor)


def test_operator_commands_are_the_operator_s(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor]
) -> None:
    with pytest.raises(NotAllowed):
        perform(factor_taking.reset_by_operator, staff[0], email=admin.email)
    with pytest.raises(NotAllowed):
        perform(factor_taking.deactivate_by_operator, staff[0], email=admin.email)


def test_who_asked_must_still_be_there_when_the_second_person_confirms(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor]
) -> None:
    one, other = staff
    asked = ask(one, home, admin)
    with world.database.transaction(SYSTEM) as session:
        session.exec(select(Membership).where(Membership.user_id == one.user_id)).one().active = False

    with pytest.raises(Conflict, match="no longer decide"):
        perform(factor_resets.confirm, other, reset_id=asked)
    assert sees_a_factor(world, admin)


def test_two_confirmations_at_once_take_it_once(
    world: World, home: Account, admin: Person, staff: tuple[Actor, Actor]
) -> None:
    one, other = staff
    asked, together = ask(one, home, admin), threading.Barrier(2)

    def confirm(_: int) -> bool:
        together.wait()
        try:
            perform(factor_resets.confirm, other, reset_id=asked)
        except (Conflict, Invalid, Unavailable):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, range(2))) == [False, True]
    assert len(audited(world, "second_factor:reset")) == 1


def sees_a_factor(world: World, person: Person) -> bool:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(User, person.user_id).totp_secret is not None
