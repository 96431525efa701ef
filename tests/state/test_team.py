"""The pages of the team and of one's account: what they show, and what their events do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import reflex as rx

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.services import invitations, sessions
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.account import AccountState
from nexus_portal.state.bridge import calling
from nexus_portal.state.shell import ShellState
from nexus_portal.state.team import TeamState
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
    signed_in,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@asynccontextmanager
async def opened(kind: type[Any], person: Person) -> AsyncIterator[tuple[Any, Actor]]:
    """A page of this state, opened by somebody who has just signed in."""
    visit = signed_in(person)
    token = calling.set(visit)
    try:
        yield await rx.State().get_state(kind), visit.actor
    finally:
        calling.reset(token)


async def send(state: Any, event: str, **arguments: object) -> Any:
    """Send one of the page's events, as the browser would."""
    return await getattr(type(state), event).fn(state, **arguments)


@pytest.fixture
def admin(world: World) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, world.account())


async def test_team_is_shown_with_its_roles(admin: Person) -> None:
    async with opened(TeamState, admin) as (page, _):
        await send(page, "load")

        assert [row.email for row in page.members] == [admin.email]
        assert [role.value for role in page.roles] == [
            "orderer",
            "approver",
            "account_admin",
            "privacy_officer",
            "auditor",
        ]
        assert page.loaded


async def test_link_is_shown_once_and_gone_when_the_dialog_closes(admin: Person) -> None:
    async with opened(TeamState, admin) as (page, actor):
        invited = perform(invitations.invite, actor, email="maja@x.example", name="Maja", role="orderer")
        await send(page, "load")
        assert page.link == ""

        await send(page, "show_link", invitation=str(invited.invitation_id))
        assert page.link == invited.link
        await send(page, "close")
        assert page.link == ""

        await send(page, "show_link", invitation=str(invited.invitation_id))
        assert page.link == ""
        shell = await page.get_state(ShellState)
        assert "shown once already" in shell.notices[-1].text


async def test_refused_form_opens_its_dialog_again(admin: Person) -> None:
    async with opened(TeamState, admin) as (page, actor):
        await send(page, "load")
        shell = await page.get_state(ShellState)
        shell.kept = {"dialog": "invite", "email": "maja", "name": "Maja", "role": "auditor"}
        shell._say("error", invitations.Message("This person is in the team already."))

        await send(page, "load")

        assert (page.dialog, page.email, page.name, page.role) == ("invite", "maja", "Maja", "auditor")
        assert (page.error, page.code_error) == ("This person is in the team already.", "")
        assert shell.notices == []
        assert actor.account_id is not None


async def test_dialog_knows_whom_it_is_about(admin: Person) -> None:
    async with opened(TeamState, admin) as (page, _):
        await send(page, "load")
        await send(page, "ask", dialog="deactivate", member=page.members[0].id)
        assert (page.dialog, page.email) == ("deactivate", admin.email)
        await send(page, "ask", dialog="anything", member="x")
        assert page.dialog == "deactivate"


async def test_invitation_is_withdrawn(admin: Person) -> None:
    async with opened(TeamState, admin) as (page, actor):
        invited = perform(invitations.invite, actor, email="maja@x.example", name="Maja", role="orderer")
        for invitation in (str(invited.invitation_id), "x", str(invited.invitation_id)):
            await send(page, "withdraw", invitation=invitation)
        shell = await page.get_state(ShellState)

        assert page.invitations == []
        assert [notice.kind for notice in shell.notices] == ["success", "error", "error"]


async def test_orderer_sees_no_team(world: World) -> None:
    async with opened(TeamState, enrolled(world, Role.ORDERER, world.account())) as (page, _):
        await send(page, "load")

        assert (page.members, page.loaded) == ([], False)


async def test_account_page_shows_and_ends_sessions(admin: Person, clock: Clock) -> None:
    other = signed_in(admin)
    clock.forward(timedelta(seconds=30))
    async with opened(AccountState, admin) as (page, _):
        await send(page, "load")
        assert (page.email, page.codes_left, len(page.sessions)) == (admin.email, 1, 2)
        assert [place.is_current for place in page.places] == [True]

        await send(page, "end", reference=page.sessions[1].reference)
        assert len(page.sessions) == 1
        with sessions.system() as session:
            row = session.get(sessions.BrowserSession, other.id_hash)
            assert row is not None
            assert row.ended_at is not None


async def test_all_other_sessions_are_ended(admin: Person, clock: Clock) -> None:
    for _ in range(2):
        signed_in(admin)
        clock.forward(timedelta(seconds=30))
    async with opened(AccountState, admin) as (page, _):
        await send(page, "load")
        assert len(page.sessions) == 3
        await send(page, "end_others")
        assert [row.is_this for row in page.sessions] == [True]


async def test_nobody_without_both_factors_loads_the_account_page(admin: Person) -> None:
    visit = signed_in(admin)
    token = calling.set(replace(visit, actor=replace(visit.actor, permissions=frozenset())))
    try:
        page = await rx.State().get_state(AccountState)
        await AccountState.load.fn(page)
        assert not page.loaded
    finally:
        calling.reset(token)
