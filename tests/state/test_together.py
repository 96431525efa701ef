"""Tabs that are refreshed together: each sees its own account's rows, and nobody who may not sees any."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import pytest
import reflex as rx
from redis.asyncio import Redis
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from sqlmodel import col, select

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Membership
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import sessions
from nexus_portal.services.draft_orders import own_account, own_user
from nexus_portal.state import together
from nexus_portal.state.bridge import acting_as
from nexus_portal.state.orders import OrderHistoryState
from tests.servers import redis_server
from tests.statements import sent
from tests.world import World

NUMBERS, TABS = iter(range(2_026_000_001, 2_026_001_000)), iter(range(100, 999))
"""Tabs are refreshed in the order of their names: here the one that was opened first comes first."""


class Sockets:
    """Who is connected, and what was sent to whom."""

    def __init__(self) -> None:
        self.token_to_sid: dict[str, str] = {}
        self.sent: list[tuple[Any, list[str]]] = []

    async def emit(self, event: str, update: Any, to: list[str]) -> None:
        assert event == "event"
        self.sent.append((update.delta, to))


class App:
    """What is asked of the app: its states and its sockets."""

    def __init__(self, manager: Any) -> None:
        self.state_manager, self.event_namespace = manager, Sockets()

    def set_contexts(self) -> Any:
        return nullcontext()


@pytest.fixture(params=["memory", "redis"])
async def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    if request.param == "memory":
        manager = StateManagerMemory()
        yield App(manager)
        await manager.close()
        return
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        redis = Redis.from_url(url)
        manager = StateManagerRedis(redis)
        yield App(manager)
        await manager.close()
        await redis.aclose()


class House:
    """An account with people at their lists."""

    def __init__(self, world: World, app: Any) -> None:
        self.world, self.app, self.tabs = world, app, dict[str, str]()

    def ordered(self, who: Actor, reference: str) -> None:
        with self.world.database.transaction(SYSTEM) as session:
            session.add(
                Order(
                    account_id=own_account(who),
                    serial=next(NUMBERS),
                    orderer_id=own_user(who),
                    reference=reference,
                    created_at=clock.now(),
                    changed_at=clock.now(),
                )
            )

    async def tab(self, who: Actor, **asked: str) -> str:
        """Somebody opens the list, narrowed to what is asked for."""
        token, sid = f"tab {next(TABS)}", self._session(who)
        self.app.event_namespace.token_to_sid[token] = f"sid {token}"
        self.tabs[token] = sessions.hash_of(sid)
        async with self._state(token) as root:
            root.router_data = handshake(sid)
            with acting_as(who):
                page = await root.get_state(OrderHistoryState)
                await page.load()
                for name, value in asked.items():
                    await page.narrow(name=name, value=value)
            root._clean()
        return token

    async def shows(self, token: str) -> list[str]:
        async with self._state(token) as root:
            page = await root.get_state(OrderHistoryState)
            return [row.reference for row in page.rows]

    async def refresh(self) -> set[str]:
        return await together.refresh(self.app, OrderHistoryState, self.tabs)

    def hears(self, token: str) -> list[str]:
        """The references of the rows that the tab was sent."""
        [delta] = [delta for delta, sids in self.app.event_namespace.sent if f"sid {token}" in sids]
        [told] = delta.values()
        return [row.reference for row in told["rows_rx_state_"]]

    def _session(self, who: Actor) -> str:
        with sessions.system() as session:
            member = session.exec(select(Membership).where(col(Membership.user_id) == who.user_id)).one()
            return sessions.start(
                session, level=SessionLevel.FULL, user_id=who.user_id, membership_id=member.id
            )

    def _state(self, token: str) -> Any:
        return self.app.state_manager.modify_state(BaseStateToken(ident=token, cls=rx.State))


def handshake(sid: str) -> dict[str, Any]:
    """What the socket of a tab brought along."""
    return {"pathname": "/orders", "headers": {"cookie": f"{settings.current().cookie_name}={sid}"}}


@pytest.fixture
def house(world: World, app: Any) -> House:
    return House(world, app)


async def test_the_same_question_is_asked_once_and_told_once(world: World, house: House) -> None:
    account = world.account()
    one, other = world.person(Role.ORDERER, account), world.person(Role.ORDERER, account)
    tabs = [await house.tab(who) for who in (one, other, one)]
    narrowed = await house.tab(one, search="skola")
    house.ordered(one, "Lager")
    with sent(world.database) as statements:
        assert await house.refresh() == set()
    # The sessions, then how many and which for each question; a search looks for its words besides.
    assert len(statements) <= 6, statements
    assert [await house.shows(tab) for tab in tabs] == [["Lager"]] * 3
    assert await house.shows(narrowed) == []
    [(_, sids)] = house.app.event_namespace.sent
    assert sorted(sids) == sorted(f"sid {tab}" for tab in tabs)


async def test_each_account_is_told_of_its_own(world: World, house: House) -> None:
    ours, theirs = (world.person(Role.ORDERER, world.account()) for _ in range(2))
    our_tab, their_tab = await house.tab(ours), await house.tab(theirs)
    house.ordered(ours, "Ours")
    house.ordered(theirs, "Theirs")
    assert await house.refresh() == set()
    assert (house.hears(our_tab), house.hears(their_tab)) == (["Ours"], ["Theirs"])


async def test_sessions_that_ended_and_who_may_no_longer_are_left_to_the_gate(
    world: World, house: House
) -> None:
    account = world.account()
    kept, ended, lost = (world.person(Role.ORDERER, account) for _ in range(3))
    tabs = [await house.tab(who) for who in (kept, ended, lost)]
    with sessions.system() as session:
        sessions.end(session, house.tabs[tabs[1]])
        member = session.exec(select(Membership).where(col(Membership.user_id) == lost.user_id)).one()
        member.role = Role.OWN
    house.ordered(kept, "Lager")
    assert await house.refresh() == set(tabs[1:])
    assert [await house.shows(tab) for tab in tabs] == [["Lager"], [], []]
    assert [sids for _, sids in house.app.event_namespace.sent] == [[f"sid {tabs[0]}"]]


async def test_a_tab_that_passed_to_another_session_meanwhile_is_told_nothing(
    world: World, house: House
) -> None:
    ours, theirs = (world.person(Role.ORDERER, world.account()) for _ in range(2))
    passed, kept = await house.tab(ours), await house.tab(ours)
    async with house._state(passed) as root:
        root.router_data = handshake(house._session(theirs))
    house.ordered(ours, "Ours")
    assert await house.refresh() == {passed}
    assert [await house.shows(tab) for tab in (passed, kept)] == [[], ["Ours"]]


async def test_what_is_not_plain_is_left_to_an_event(world: World, house: House) -> None:
    account = world.account()
    orderer = world.person(Role.ORDERER, account)
    officer = world.person(Role.PRIVACY_OFFICER, account)
    plain, gone, empty, by_names = [await house.tab(who) for who in (orderer, orderer, orderer, officer)]
    del house.app.event_namespace.token_to_sid[gone]
    async with house._state(empty) as root:
        root.router_data = {}
    async with house._state(by_names) as root:
        page = await root.get_state(OrderHistoryState)
        with acting_as(officer):
            await page.also_names(on=True)
        root._clean()
    house.ordered(orderer, "Lager")
    assert await house.refresh() == {gone, empty, by_names}
    assert await house.shows(plain) == ["Lager"]


async def test_nobody_waits_for_a_tab_that_is_busy(
    world: World, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "PATIENCE", 0.01)
    orderer = world.person(Role.ORDERER, world.account())
    busy, *others = [await house.tab(orderer) for _ in range(3)]
    house.ordered(orderer, "Lager")
    async with house._state(busy):
        async with asyncio.timeout(5):
            assert await house.refresh() == {busy}
    assert [await house.shows(tab) for tab in others] == [["Lager"]] * 2
