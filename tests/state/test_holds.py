"""The page of holds, driven by its events: lists, dialogs, and a refused form that keeps what was typed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import holds
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.holds import HoldsState
from nexus_portal.state.shell import ShellState
from tests.people import ASTRID, order_of
from tests.tabs import Tab
from tests.world import Clock, World


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    order_of(world, world.person(Role.ORDERER, account), ASTRID)
    return world.person(Role.PRIVACY_OFFICER, account, name="Karin Keeper", stepped_up=True)


async def test_holds_are_listed_asked_about_and_kept(
    world: World, account: Account, officer: Actor, clock: Clock
) -> None:
    second = world.person(Role.PRIVACY_OFFICER, account, name="Sven Second", stepped_up=True)
    placed = perform(holds.place, officer, reason="A dispute.", on="2026-00001")
    tab = Tab(officer)
    page = await tab.state(HoldsState)
    with tab.at("/privacy/holds"):
        await page.load()
        [row] = page.rows
        assert (row.on, row.reason, row.owner, page.second) == (
            "2026-00001",
            "A dispute.",
            "Karin Keeper",
            "Sven Second",
        )
        await page.ask(dialog="ask", hold=row.id)
        assert (page.dialog, page.about) == ("ask", "A dispute.")
        await page.closed(opens=False)
        assert page.dialog == ""
        perform(holds.ask_lift, officer, hold_id=placed.id, reason="It is settled.")
        await page.refresh()
        assert (page.rows[0].asked_by_me, page.rows[0].asked_why) == (True, "It is settled.")
        clock.forward(timedelta(days=91))
        await page.refresh()
        assert page.rows[0].overdue
        await page.keep(hold=row.id)
        assert (page.rows[0].overdue, page.rows[0].asked_by) == (False, "")
    fresh = [replace(each, stepped_up_at=clock.now()) for each in (second, officer)]
    perform(holds.ask_lift, fresh[0], hold_id=placed.id, reason="It is settled.")
    perform(holds.confirm_lift, fresh[1], hold_id=placed.id)
    with tab.at("/privacy/holds", show="lifted"):
        await page.load()
        assert [each.lifted_by for each in page.rows] == ["Karin Keeper"]
    assert [kind for kind, _ in await tab.said()] == ["success"]


async def test_the_dialog_opens_for_what_an_address_names_and_keeps_what_was_typed(officer: Actor) -> None:
    tab = Tab(officer)
    page = await tab.state(HoldsState)
    with tab.at("/privacy/holds", place="2026-00001"):
        await page.load()
        assert (page.dialog, page.on, page.owner) == ("place", "2026-00001", str(officer.user_id))
        assert page.review_on == "2026-05-31"
        assert page.second == ""
    shell = await tab.state(ShellState)
    with tab.at("/privacy/holds"):
        shell.kept = {"dialog": "place", "on": "2026-00001", "reason": "A disp", "review_on": "2026-06-01"}
        await page.load()
        assert (page.dialog, page.reason, page.review_on) == ("place", "A disp", "2026-06-01")
        await page.ask(dialog="nonsense", hold="")
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_who_may_only_read_gets_no_dialog(world: World, account: Account, officer: Actor) -> None:
    perform(holds.place, officer, reason="A dispute.")
    tab = Tab(world.person(Role.AUDITOR, account))
    page = await tab.state(HoldsState)
    with tab.at("/privacy/holds", place="2026-00001"):
        await page.load()
        assert (page.dialog, [row.on for row in page.rows]) == ("", [""])
