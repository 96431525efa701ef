"""What a change of role is said to mean, and the matrix of roles."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.services import team_roles
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team import TeamState
from nexus_portal.state.team_roles import TeamRolesState
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
)
from tests.state.test_team import opened, send
from tests.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home)


async def test_dialog_says_what_is_gained_and_lost(world: World, home: Account, admin: Person) -> None:
    orderer = enrolled(world, Role.ORDERER, home)
    async with opened(TeamState, admin) as (page, actor):
        role = perform(team_roles.create, actor, name="Desk", permissions=["orders:read", "audit:read"])
        await send(page, "load")
        member = next(row.id for row in page.members if row.email == orderer.email)
        await send(page, "ask", dialog="role", member=member)
        assert (page.gains, page.loses) == ([], [])

        await send(page, "weigh", role=f"own:{role}")
        assert page.gains == ["audit:read"]
        assert page.loses == [
            "orders:create",
            "orders:erase",
            "cards:read",
            "cards:block",
            "persons:read",
            "files:read",
            "files:use",
        ]
        await send(page, "weigh", role="bureau_admin")
        assert page.gains == ["audit:read"]
        await send(page, "close")
        assert (page.gains, page.loses) == ([], [])


async def test_copy_begins_with_what_the_role_allows(admin: Person) -> None:
    async with opened(TeamRolesState, admin) as (page, _):
        await send(page, "load")
        await send(page, "ask", dialog="create", role="approver")
        assert (page.dialog, page.role, page.name) == ("create", "", "")
        assert set(page.chosen) == {"orders:read", "orders:approve", "cards:read"}
        assert [group.key for group in page.groups] == [
            "orders",
            "cards",
            "persons",
            "team",
            "ordering",
            "privacy",
            "breaches",
            "audit",
            "files",
            "agreements",
        ]
        for dialog, role in (("remove", ""), ("create", "own:x"), ("anything", "approver")):
            await send(page, "ask", dialog=dialog, role=role)
            assert page.dialog == ""


async def test_refused_role_keeps_what_was_ticked(admin: Person) -> None:
    async with opened(TeamRolesState, admin) as (page, _):
        shell = await page.get_state(ShellState)
        shell.kept = {"dialog": "create", "name": "Desk", "permissions": "cards:block team:read"}
        shell._say("error", Message("“Block and unblock cards” needs “See and track cards” too. Tick both."))

        await send(page, "load")

        assert (page.dialog, page.name, page.chosen) == ("create", "Desk", ["cards:block", "team:read"])
        assert "needs" in page.error
        assert shell.notices == []


async def test_orderer_sees_no_matrix(world: World, home: Account) -> None:
    async with opened(TeamRolesState, enrolled(world, Role.ORDERER, home)) as (page, _):
        await send(page, "load")
        assert (page.roles, page.loaded) == ([], False)
