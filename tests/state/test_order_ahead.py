"""An order that is read before its page opens: shown at once if nothing happened since, else read anew."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.services.draft_orders import own_account
from nexus_portal.state import live, order
from nexus_portal.state.order import OrderState
from nexus_portal.state.shell import ShellState
from tests.people import ASTRID, BENGT, order_of
from tests.statements import sent
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orderer(world: World) -> Actor:
    return world.person(Role.ORDERER, world.account())


@pytest.fixture
async def hearing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A worker that follows the news."""
    board = live.Switchboard(lambda _session: None)
    monkeypatch.setattr(live, "switchboard", board)
    task = asyncio.create_task(board.run(None))  # pyright: ignore[reportArgumentType] - no tab is sent to
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def number_of(world: World, ordered: Any) -> str:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return order_number(session.get_one(Order, ordered.id).serial)


async def arrived(tab: Tab) -> Any:
    """What opening a page sends, as far as it concerns the order; gives its state."""
    shell = await tab.state(ShellState)
    await shell.arrive()
    page = await tab.state(OrderState)
    await page.load()
    return page


async def begun(tab: Tab, number: str) -> Any:
    with tab.at("/orders/"):
        page = await tab.state(OrderState)
        await page.ahead(number=number)
    return page


async def test_it_stands_there_when_its_page_opens(world: World, orderer: Actor) -> None:
    number = number_of(world, order_of(world, orderer, ASTRID, BENGT))
    page = await begun(tab := Tab(orderer), number)
    assert (page.loaded, page.order.number, len(page.items)) == (True, number, 2)
    with tab.at(f"/orders/{number}"):
        shell = await tab.state(ShellState)
        await shell.arrive()
        with sent(world.database) as statements:
            await page.load()
        assert statements == []
        assert (page.loaded, page.order.number, len(page.items)) == (True, number, 2)
        # Opened once more, it is read once more.
        with sent(world.database) as statements:
            await arrived(tab)
        assert statements != []


@pytest.mark.usefixtures("hearing")
async def test_what_happened_meanwhile_is_seen(world: World, orderer: Actor) -> None:
    number = number_of(world, order_of(world, orderer, ASTRID))
    page = await begun(tab := Tab(orderer), number)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(Order, UUID(page.order.id)).reference = "Changed meanwhile"
    events.publish(News(own_account(orderer), "orders", number))
    await asyncio.sleep(0)
    with tab.at(f"/orders/{number}"):
        assert (await arrived(tab)).order.reference == "Changed meanwhile"


async def test_it_is_read_anew_after_a_while(
    world: World, orderer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = number_of(world, order_of(world, orderer, ASTRID))
    await begun(tab := Tab(orderer), number)
    monkeypatch.setattr(order, "FRESH_SECONDS", 0)
    with tab.at(f"/orders/{number}"):
        await (await tab.state(ShellState)).arrive()
        with sent(world.database) as statements:
            await (await tab.state(OrderState)).load()
        assert statements != []


async def test_another_page_forgets_it(world: World, orderer: Actor) -> None:
    first, second = (number_of(world, order_of(world, orderer, who)) for who in (ASTRID, BENGT))
    page = await begun(tab := Tab(orderer), first)
    with tab.at("/cards"):
        await (await tab.state(ShellState)).arrive()
        assert (page.loaded, page.order, page.items) == (False, None, [])
    await begun(tab, first)
    with tab.at(f"/orders/{second}"):
        assert (await arrived(tab)).order.number == second


async def test_nothing_is_read_over_an_open_order(world: World, orderer: Actor) -> None:
    first, second = (number_of(world, order_of(world, orderer, who)) for who in (ASTRID, BENGT))
    with (tab := Tab(orderer)).at(f"/orders/{first}"):
        page = await arrived(tab)
        await page.ahead(number=second)
        assert page.order.number == first


async def test_a_draft_is_left_to_its_page(world: World, orderer: Actor) -> None:
    ordered = order_of(world, orderer, ASTRID)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).fulfilment = Fulfilment.DRAFT
    page = await begun(Tab(orderer), number_of(world, ordered))
    assert not page.loaded


@pytest.mark.parametrize("number", ["2026-99999", "", "no number", "../audit"])
async def test_what_is_not_there_is_left_to_its_page(world: World, orderer: Actor, number: str) -> None:
    page = await begun(tab := Tab(orderer), number)
    assert (page.loaded, page.order) == (False, None)
    assert await tab.said() == []


async def test_an_order_of_others_is_not_read(world: World, orderer: Actor) -> None:
    number = number_of(world, order_of(world, orderer, ASTRID))
    page = await begun(Tab(world.person(Role.ORDERER, world.account())), number)
    assert (page.loaded, page.order, page.items) == (False, None, [])
