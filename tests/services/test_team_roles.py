"""Roles of one's own: the customer's permissions, counted at once, never the end of the last admin."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, PortalError, StepUpNeeded
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership, OwnRole
from nexus_portal.services import (
    grants,
    invitation_links,
    invitations,
    sessions,
    team,
    team_changes,
    team_review,
    team_roles,
    visits,
)
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    audited,
    enrolled,
    quick_passwords,
    signed_in,
)
from tests.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")
MANAGING = ["team:read", "team:manage"]


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)


def make(admin: Actor, *permissions: str, name: str = "Receptionist") -> UUID:
    return perform(team_roles.create, admin, name=name, permissions=permissions or ("orders:read",))


def give(admin: Actor, person: Person, role: str) -> None:
    perform(team_changes.change_role, admin, member_id=id_of(admin, person), role=role)


def id_of(admin: Actor, person: Person) -> UUID:
    return next(UUID(row.id) for row in perform(team.team, admin).members if row.email == person.email)


def test_own_role_counts_at_once_and_so_does_its_change(world: World, home: Account, admin: Person) -> None:
    person = enrolled(world, Role.ORDERER, home)
    visit = signed_in(person)
    role = make(admin.actor, "orders:read", "persons:search")
    give(admin.actor, person, f"own:{role}")

    def now() -> Actor:
        with sessions.system(writes=False) as session:
            seen = visits.read(session, visit.id_hash)
            assert seen is not None
            found = visits.visit(session, seen)
        assert found is not None
        return found.actor

    assert (now().role, now().role_name) == (Role.OWN, "Receptionist")
    assert now().may(Permission.PERSONS_SEARCH)
    assert not now().may(Permission.ORDERS_CREATE)
    perform(team_roles.change, admin.actor, role_id=role, name="Desk", permissions=["cards:read"])
    assert now().permissions == {Permission.PUBLIC, Permission.SIGNED_IN, Permission.CARDS_READ}
    (entry,) = audited(world, "role:changed")
    assert entry.facts == {
        "name": "Desk",
        "before_name": "Receptionist",
        "gained": ["cards:read"],
        "lost": ["orders:read", "persons:search"],
    }


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        ("", ["orders:read"]),
        ("x" * 61, ["orders:read"]),
        ("Orderer", ["orders:read"]),
        ("beställare", ["orders:read"]),
        ("own", ["orders:read"]),
        ("Desk", []),
        ("Desk", ["staff:manage"]),
        ("Desk", ["orders:read", "customers:manage"]),
        ("Desk", ["team:manage"]),
    ],
)
def test_name_and_permissions_are_checked(admin: Person, name: str, permissions: list[str]) -> None:
    with pytest.raises(Invalid):
        perform(team_roles.create, admin.actor, name=name, permissions=permissions)


def test_names_are_unique_in_the_account_alone(world: World, admin: Person) -> None:
    make(admin.actor)
    with pytest.raises(Invalid, match="of this name already"):
        make(admin.actor, name="RECEPTIONIST")
    other = enrolled(world, Role.ACCOUNT_ADMIN, world.account("Nordhamn Energi"), stepped_up=True)
    make(other.actor)


def test_other_accounts_roles_are_not_there(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor)
    other = world.account("Nordhamn Energi")
    foreign = enrolled(world, Role.ACCOUNT_ADMIN, other, stepped_up=True)
    person = enrolled(world, Role.ORDERER, other)

    with pytest.raises(Invalid):
        give(foreign.actor, person, f"own:{role}")
    with pytest.raises(NotFound):
        perform(team_roles.remove, foreign.actor, role_id=role)
    with pytest.raises(NotFound):
        perform(team_roles.change, foreign.actor, role_id=role, name="X", permissions=["orders:read"])
    assert all(not row.own for row in perform(team_roles.matrix, foreign.actor).roles)


def test_role_in_use_stays_and_an_unused_one_goes(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor)
    person = enrolled(world, Role.ORDERER, home)
    give(admin.actor, person, f"own:{role}")
    with pytest.raises(Invalid, match="1"):
        perform(team_roles.remove, admin.actor, role_id=role)
    give(admin.actor, person, Role.ORDERER)
    perform(team_roles.remove, admin.actor, role_id=role)
    with pytest.raises(Invalid):
        give(admin.actor, person, f"own:{role}")


def test_invitation_carries_an_own_role(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor)
    invited = perform(
        invitations.invite, admin.actor, email="maja@x.example", name="Maja", role=f"own:{role}"
    )
    with pytest.raises(Invalid):
        perform(team_roles.remove, admin.actor, role_id=role)
    person = enrolled(world, Role.ORDERER, world.account("Nordhamn Energi"))
    with sessions.system() as session:
        invitation = session.get_one(invitation_links.Invitation, invited.invitation_id)
        user = session.get_one(invitation_links.User, person.user_id)
        member = invitation_links.accept(session, invitation, user)
        assert (member.role, member.own_role_id, member.granted_by) == ("own", role, admin.user_id)
        assert member.granted_at is not None


def test_manager_who_could_not_open_the_team_is_refused(admin: Person) -> None:
    role = make(admin.actor, *MANAGING)
    with pytest.raises(Invalid, match="See the team and its roles"):
        perform(team_roles.change, admin.actor, role_id=role, name="X", permissions=["team:manage"])
    (made,) = [row for row in perform(team_roles.matrix, admin.actor).roles if row.own]
    assert (made.shown, made.permissions) == ("Receptionist", ("team:read", "team:manage"))


def test_log_names_own_roles_as_they_were_called(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor)
    person = enrolled(world, Role.ORDERER, home)
    give(admin.actor, person, f"own:{role}")
    perform(invitations.invite, admin.actor, email="maja@x.example", name="Maja", role=f"own:{role}")

    (created,), (given,), (invited,) = (
        audited(world, action) for action in ("role:created", "member:role_changed", "user:invited")
    )
    assert created.facts["name"] == "Receptionist"
    assert given.facts == {"before": "orderer", "after": f"own:{role}", "after_name": "Receptionist"}
    assert invited.facts == {"role": f"own:{role}", "role_name": "Receptionist"}


def test_matrix_stands_in_groups(world: World, admin: Person) -> None:
    staff = world.person(Role.BUREAU_ADMIN, world.bureau())
    for reader in (admin.actor, staff):
        shown = perform(team_roles.matrix, reader)
        every = [p for group in shown.groups for p in group.permissions]
        assert len(every) == len(set(every))
        assert {p for row in shown.roles for p in row.permissions} == set(every)
        assert all(p.startswith(f"{group.key}:") for group in shown.groups for p in group.permissions)


def test_last_manager_stays_whatever_their_role_is_called(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor, *MANAGING)
    person = enrolled(world, Role.ORDERER, home, stepped_up=True)
    give(admin.actor, person, f"own:{role}")
    manager = signed_in(person).actor
    give(manager, admin, Role.AUDITOR)

    with pytest.raises(Invalid, match="last admin"):
        perform(team_roles.change, manager, role_id=role, name="X", permissions=["team:read"])
    with pytest.raises(Invalid, match="last admin"):
        give(manager, person, Role.ORDERER)
    perform(team_roles.change, manager, role_id=role, name="Y", permissions=[*MANAGING, "orders:read"])


def test_demoting_and_emptying_a_role_at_once_leaves_one(world: World, home: Account, admin: Person) -> None:
    role = make(admin.actor, *MANAGING)
    person = enrolled(world, Role.ORDERER, home)
    give(admin.actor, person, f"own:{role}")
    own = id_of(admin.actor, admin)

    def demote() -> None:
        perform(team_changes.change_role, admin.actor, member_id=own, role=Role.ORDERER)

    def empty() -> None:
        perform(team_roles.change, admin.actor, role_id=role, name="X", permissions=["team:read"])

    def tried(act: object) -> bool:
        try:
            act()  # pyright: ignore[reportCallIssue] - each act is complete but for the actor
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tried, (demote, empty))) == [False, True]


def test_only_managers_with_a_second_factor_and_no_bureau(world: World, home: Account) -> None:
    with pytest.raises(NotAllowed):
        make(world.person(Role.AUDITOR, home, stepped_up=True))
    with pytest.raises(StepUpNeeded):
        make(world.person(Role.ACCOUNT_ADMIN, home))
    with pytest.raises(Invalid, match="fixed"):
        make(world.person(Role.BUREAU_ADMIN, world.bureau(), stepped_up=True))


def test_people_with_roles_of_their_own_cost_no_question_each(
    world: World, database: Database, home: Account, admin: Person
) -> None:
    for n in range(4):
        role = make(admin.actor, name=f"Desk {n}")
        give(admin.actor, enrolled(world, Role.ORDERER, home), f"own:{role}")
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    for listed in (team.team, team_review.review):
        statements.clear()
        event.listen(database.engine, "before_cursor_execute", note)
        perform(listed, admin.actor)
        event.remove(database.engine, "before_cursor_execute", note)
        assert sum("FROM own_roles" in each for each in statements) == 1


def test_a_row_that_says_more_than_a_customer_may_allows_no_more(
    world: World, database: Database, home: Account, admin: Person
) -> None:
    """However it came to lie there: a role of one's own never reaches the bureau's side, nor past its end."""
    person, role = enrolled(world, Role.ORDERER, home), make(admin.actor)
    give(admin.actor, person, f"own:{role}")
    with database.transaction(SYSTEM) as session:
        row = session.get_one(OwnRole, role)
        row.permissions = {"permissions": ["orders:read", "staff:manage", "customers:manage"]}
    held = signed_in(person).actor.permissions
    assert held == {Permission.PUBLIC, Permission.SIGNED_IN, Permission.ORDERS_READ}

    with database.transaction(SYSTEM) as session:
        session.get_one(OwnRole, role).removed_at = clock.now()
    assert grants_now(database, person) == set()


def grants_now(database: Database, person: Person) -> set[Permission]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(Membership).where(Membership.user_id == person.user_id)
        return set(grants.held(session, session.exec(query).one()).permissions)
