"""Who is named to see protected persons, by whom, and from when on."""

from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.people import Membership
from nexus_portal.services import protection, protection_handlers, sessions
from nexus_portal.services.use_case import perform
from tests.identity import Person, enrolled, quick_passwords, signed_in  # noqa: F401 - asked for by name
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
SEES = Permission.PERSONS_PROTECTED


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Anna", stepped_up=True)


@pytest.fixture
def second(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Bo", stepped_up=True)


@pytest.fixture
def colleague(world: World, account: Account) -> Person:
    return enrolled(world, Role.ORDERER, account)


def membership(database: Database, user_id: UUID | None) -> UUID:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Membership.id).where(Membership.user_id == user_id)).one()


def sees(session_id: str) -> bool:
    return SEES in (sessions.permissions_of(session_id) or frozenset())


def test_two_people_name_somebody_and_one_takes_it_back_at_the_next_event(
    database: Database, officer: Actor, second: Actor, colleague: Person
) -> None:
    at_work = signed_in(colleague)
    member = membership(database, colleague.user_id)
    proposal = perform(protection_handlers.propose, officer, membership_id=member)
    assert not sees(at_work.id_hash)
    with pytest.raises(NotAllowed):
        perform(protection.confirm, officer, proposal_id=proposal)
    with pytest.raises(Conflict):
        perform(protection_handlers.propose, second, membership_id=member)
    [waiting] = perform(protection.overview, second).proposed
    assert (waiting.proposed_by, waiting.own) == ("Anna", False)
    perform(protection.confirm, second, proposal_id=proposal)
    assert sees(at_work.id_hash)
    named = [row for row in perform(protection_handlers.handlers, officer) if row.named]
    assert [row.id for row in named] == [str(member)]
    with pytest.raises(Conflict):
        perform(protection_handlers.propose, officer, membership_id=member)
    perform(protection_handlers.revoke, officer, membership_id=member)
    assert not sees(at_work.id_hash)
    with database.transaction(SYSTEM, writes=False) as session:
        actions = [
            row.action
            for row in session.exec(select(AuditEvent).where(AuditEvent.subject == str(colleague.user_id)))
            if row.action.startswith("protection:")
        ]
    assert actions == [
        "protection:handler_proposed",
        "protection:handler_named",
        "protection:handler_revoked",
    ]


def test_who_left_meanwhile_is_not_named(
    database: Database, officer: Actor, second: Actor, colleague: Person
) -> None:
    member = membership(database, colleague.user_id)
    proposal = perform(protection_handlers.propose, officer, membership_id=member)
    with database.transaction(SYSTEM) as session:
        row = session.get_one(Membership, member)
        row.active = False
        session.add(row)
    with pytest.raises(NotFound):
        perform(protection.confirm, second, proposal_id=proposal)


def test_the_bureaus_admin_names_the_bureaus_people_and_not_themselves(
    world: World, database: Database, account: Account
) -> None:
    bureau = world.bureau()
    admin = world.person(Role.BUREAU_ADMIN, bureau, stepped_up=True)
    operator = signed_in(enrolled(world, Role.PRODUCTION_OPERATOR, bureau))
    member = membership(database, operator.user_id)
    perform(protection_handlers.name_at_bureau, admin, membership_id=member)
    assert sees(operator.id_hash)
    assert [row.named for row in perform(protection_handlers.bureau_handlers, admin)].count(True) == 1
    perform(protection_handlers.revoke_at_bureau, admin, membership_id=member)
    assert not sees(operator.id_hash)
    with pytest.raises(NotAllowed):
        perform(protection_handlers.name_at_bureau, admin, membership_id=membership(database, admin.user_id))
    customer = world.person(Role.ORDERER, account)
    with pytest.raises(NotFound):
        perform(
            protection_handlers.name_at_bureau, admin, membership_id=membership(database, customer.user_id)
        )


def test_nobody_reaches_into_another_account_or_beyond_their_role(
    world: World, database: Database, account: Account, officer: Actor, colleague: Person
) -> None:
    member = membership(database, colleague.user_id)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    for act in (protection_handlers.propose, protection_handlers.revoke):
        with pytest.raises(NotFound):
            perform(act, stranger, membership_id=member)
        for role in (Role.ACCOUNT_ADMIN, Role.AUDITOR, Role.ORDERER):
            with pytest.raises(NotAllowed):
                perform(act, world.person(role, account, stepped_up=True), membership_id=member)
    with pytest.raises(NotAllowed):
        perform(protection_handlers.name_at_bureau, officer, membership_id=member)
    assert len(perform(protection_handlers.handlers, stranger)) == 1


def test_naming_asks_for_a_second_factor(
    world: World, database: Database, account: Account, colleague: Person
) -> None:
    member = membership(database, colleague.user_id)
    for act in (protection_handlers.propose, protection_handlers.revoke):
        with pytest.raises(StepUpNeeded):
            perform(act, world.person(Role.PRIVACY_OFFICER, account), membership_id=member)
