"""The team: roles change with a step-up, count at once, and never leave an account without an admin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound, PortalError, StepUpNeeded
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.services import sessions, sign_in, team, team_changes
from nexus_portal.services.team import MemberRow
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    audited,
    code,
    enrolled,
    quick_passwords,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


def row_of(admin: Actor, person: Person) -> MemberRow:
    return next(row for row in perform(team.team, admin).members if row.email == person.email)


def id_of(admin: Actor, person: Person) -> UUID:
    return UUID(row_of(admin, person).id)


def sid_of(person: Person) -> str:
    return sign_in.with_second_factor(with_password(person), code=code()).sid


def test_rows_say_who_is_in_and_how(world: World) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True).actor
    person = enrolled(world, Role.ORDERER, home)
    sid_of(person)

    row = row_of(admin, person)

    assert (row.role, row.active, row.enrolled, row.is_self) == ("orderer", True, True, False)
    assert row.last_sign_in_at == "2026-03-02T12:00:00+00:00"
    assert perform(team.team, admin).roles[0].value == Role.ORDERER


def test_auditor_reads_the_team_and_changes_nothing(world: World) -> None:
    home = world.account()
    auditor = world.person(Role.AUDITOR, home, stepped_up=True)
    person = enrolled(world, Role.ORDERER, home)
    member = id_of(auditor, person)

    for change in (team_changes.deactivate, team_changes.reactivate):
        with pytest.raises(PortalError):
            perform(change, auditor, member_id=member)
    with pytest.raises(PortalError):
        perform(team_changes.change_role, auditor, member_id=member, role=Role.ACCOUNT_ADMIN)


def test_changed_role_counts_at_the_next_event_of_an_open_session(world: World) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True).actor
    person = enrolled(world, Role.ORDERER, home)
    sid = sid_of(person)

    perform(team_changes.change_role, admin, member_id=id_of(admin, person), role=Role.APPROVER)

    found = sessions.resolve(sid)
    assert found is not None
    assert found.actor.role is Role.APPROVER
    assert not found.actor.may(Permission.ORDERS_CREATE)
    (entry,) = audited(world, "member:role_changed")
    assert entry.facts == {"before": "orderer", "after": "approver"}


def test_deactivated_person_is_out_at_the_next_event_and_cannot_come_back(world: World, clock: Clock) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True).actor
    person = enrolled(world, Role.ORDERER, home)
    sid = sid_of(person)
    member = id_of(admin, person)

    perform(team_changes.deactivate, admin, member_id=member)
    perform(team_changes.deactivate, admin, member_id=member)

    assert sessions.resolve(sid) is None
    with pytest.raises(Invalid, match="do not fit together"):
        with_password(person)
    assert len(audited(world, "member:deactivated")) == 1

    perform(team_changes.reactivate, admin, member_id=member)
    assert sessions.resolve(sid) is None
    clock.forward(timedelta(seconds=30))
    assert sessions.resolve(sid_of(person)) is not None


def test_deactivating_in_one_account_leaves_the_other_alone(world: World) -> None:
    home, other = world.account(), world.account("Nordhamn Energi")
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True).actor
    foreign = enrolled(world, Role.ORDERER, other)
    sid = sid_of(foreign)
    person = enrolled(world, Role.ORDERER, home)

    perform(team_changes.deactivate, admin, member_id=id_of(admin, person))

    assert sessions.resolve(sid) is not None


@pytest.mark.parametrize("change", ["role", "deactivate", "reactivate"])
def test_every_change_needs_a_step_up(world: World, change: str) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home).actor
    member = id_of(admin, enrolled(world, Role.ORDERER, home))

    with pytest.raises(StepUpNeeded):
        make(change, admin, member)


@pytest.mark.parametrize("change", ["role", "deactivate", "reactivate"])
def test_people_of_other_accounts_are_not_there(world: World, change: str) -> None:
    admin = enrolled(world, Role.ACCOUNT_ADMIN, world.account(), stepped_up=True).actor
    other = world.account("Nordhamn Energi")
    foreign_admin = enrolled(world, Role.ACCOUNT_ADMIN, other).actor
    member = id_of(foreign_admin, enrolled(world, Role.ORDERER, other))

    for absent in (member, uuid4()):
        with pytest.raises(NotFound):
            make(change, admin, absent)


def test_bureau_admin_manages_the_bureau_alone(world: World) -> None:
    staff = enrolled(world, Role.BUREAU_ADMIN, world.bureau(), stepped_up=True).actor
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home).actor
    member = id_of(admin, enrolled(world, Role.ORDERER, home))

    with pytest.raises(NotFound):
        make("deactivate", staff, member)


def test_customer_cannot_make_bureau_staff(world: World) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True).actor
    member = id_of(admin, enrolled(world, Role.ORDERER, home))

    for role in (Role.BUREAU_ADMIN, "root", ""):
        with pytest.raises(Invalid):
            perform(team_changes.change_role, admin, member_id=member, role=role)


def test_last_admin_stays(world: World) -> None:
    home = world.account()
    admin = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)
    own = id_of(admin.actor, admin)
    world.person(Role.ACCOUNT_ADMIN, home)  # invited, and never finished enrolling

    with pytest.raises(Invalid, match="last admin"):
        make("role", admin.actor, own)
    with pytest.raises(Invalid, match="last admin"):
        make("deactivate", admin.actor, own)
    second = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)
    make("role", second.actor, own)
    with pytest.raises(Invalid, match="last admin"):
        make("deactivate", second.actor, id_of(second.actor, second))


def test_two_admins_who_demote_each_other_at_once_leave_one(world: World) -> None:
    home = world.account()
    one = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)
    other = enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)
    pairs = [(one.actor, id_of(one.actor, other)), (other.actor, id_of(one.actor, one))]

    def demote(pair: tuple[Actor, UUID]) -> bool:
        try:
            make("role", *pair)
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, pairs)) == [False, True]


def make(change: str, admin: Actor, member: UUID) -> None:
    match change:
        case "role":
            perform(team_changes.change_role, admin, member_id=member, role=Role.ORDERER)
        case "deactivate":
            perform(team_changes.deactivate, admin, member_id=member)
        case _:
            perform(team_changes.reactivate, admin, member_id=member)
