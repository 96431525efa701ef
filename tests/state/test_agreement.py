"""The pages of the agreement: what is shown of it, the reminder elsewhere, the bureau's list."""

import pytest

from nexus_portal.domain.actor import ANONYMOUS
from nexus_portal.domain.agreements import Standing
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.text_changes import Change
from nexus_portal.models.accounts import Account
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import notices, sub_processors
from nexus_portal.services.notices import Flash
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.agreement import AgreementState
from nexus_portal.state.agreement_reminder import AgreementReminderState
from nexus_portal.state.bridge import calling
from nexus_portal.state.bureau_agreements import BureauAgreementsState
from nexus_portal.state.shell import ShellState
from nexus_portal.state.sub_processors import SubProcessorsState
from tests.agreeing import FIRST, NEWEST, accept, offer
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
)
from tests.state.test_team import opened, send
from tests.world import NOON, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home, stepped_up=True)


async def test_what_is_new_and_what_was_accepted(world: World, admin: Person) -> None:
    offer(world, FIRST)
    accept(admin.actor, FIRST)
    offer(world, NEWEST)
    async with opened(AgreementState, admin) as (page, _):
        await send(page, "load")
        assert (page.standing, page.current, page.accepted) == (Standing.ASKED, NEWEST, FIRST)
        assert page.due
        assert {section.change for section in page.changed} >= {Change.CHANGED, Change.ADDED}
        assert [row.version for row in page.acceptances] == [FIRST]

        accept(admin.actor, NEWEST)
        await send(page, "refresh")
        assert (page.standing, page.changed, page.due) == (Standing.ACCEPTED, [], "")


async def test_the_dialog_opens_closes_and_comes_back_after_a_refusal(world: World, admin: Person) -> None:
    offer(world, NEWEST)
    async with opened(AgreementState, admin) as (page, actor):
        await send(page, "load")
        await send(page, "ask")
        assert page.asking
        await send(page, "close")
        assert not page.asking

        wrong = Flash("error", Message("The code does not fit."), {"dialog": "accept", "at": "code"})
        notices.leave(actor.session_id, wrong)
        shell = await page.get_state(ShellState)
        await send(shell, "arrive")
        await send(page, "load")
        assert (page.asking, page.error, page.code_error) == (True, "", "The code does not fit.")
        assert shell.notices == []


async def test_an_orderer_is_told_who_accepts(world: World, home: Account, admin: Person) -> None:
    orderer = enrolled(world, Role.ORDERER, home)
    offer(world, NEWEST)
    async with opened(AgreementReminderState, orderer) as (page, _):
        await send(page, "load")
        assert (page.standing, page.version, page.due) == (Standing.STOPPED, NEWEST, "")
        assert page.who == admin.actor.name


async def test_the_bureaus_list_is_narrowed_to_those_who_wait(world: World, admin: Person) -> None:
    other = world.account("Nordhamn")
    offer(world, NEWEST)
    accept(admin.actor, NEWEST)
    staff = enrolled(world, Role.BUREAU_ADMIN, world.bureau())
    async with opened(BureauAgreementsState, staff) as (page, _):
        await send(page, "load")
        assert (len(page.rows), page.waiting, page.newer, page.older) == (2, 1, "", "")
        assert {row.standing for row in page.rows if row.name == other.name} == {Standing.STOPPED}
        assert "show=waiting" in str(await send(page, "narrow", show="waiting"))
        assert "show" not in str(await send(page, "narrow", show="anything"))


async def test_everybody_reads_who_processes_for_the_bureau_now(world: World) -> None:
    admin = world.person(Role.BUREAU_ADMIN, world.bureau())
    for name in ("Kylhallen Drift AB", "Gamla Posten AB"):
        given = {"service": "servers", "country": "Sweden", "since": "2024-02-01"}
        ended = perform(sub_processors.add, admin, name=name, **given)
    perform(sub_processors.end, admin, row_id=ended)
    state = SubProcessorsState()
    token = calling.set(Visit(ANONYMOUS, SessionLevel.ANONYMOUS, "x", None, NOON))
    try:
        await SubProcessorsState.load.fn(state)
    finally:
        calling.reset(token)
    assert [(each.name, each.since) for each in state.companies] == [("Kylhallen Drift AB", "2024-02-01")]
