"""The card on the page of an order: masked until its person is shown, and masked again when hidden."""

import base64
from dataclasses import replace
from datetime import date

import pytest

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role, granted_by
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order
from nexus_portal.services import desk
from nexus_portal.services.use_case import perform
from nexus_portal.state.order import OrderState
from nexus_portal.state.shell import ShellState
from tests.bureau_helpers import house
from tests.people import ASTRID, BENGT, order_of
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orderer(world: World) -> Actor:
    return world.person(Role.ORDERER, world.account())


def drawing(address: str) -> str:
    return base64.b64decode(address.partition(",")[2]).decode()


def both(page) -> str:
    return drawing(page.card.front) + drawing(page.card.back)


def number_of(world: World, ordered) -> str:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return order_number(session.get_one(Order, ordered.id).serial)


async def test_the_card_shows_its_person_only_while_shown(world: World, orderer: Actor) -> None:
    ordered = order_of(world, orderer, ASTRID, BENGT, photos=True)
    number = number_of(world, ordered)
    first, second = map(str, ordered.items)
    with (tab := Tab(orderer)).at(f"/orders/{number}"):
        page = await tab.state(OrderState)
        await page.load()
        assert f"{number}-1" in both(page)
        assert (page.card.shown, page.card.photo) == (False, "")
        await page.show(item=second)
        assert BENGT["name"] not in both(page)
        await page.show(item=first)
        assert ASTRID["name"] in both(page)
        assert (page.card.shown, page.card.photo) == (True, f"/photos/{first}")
        assert page.card.photo_at["left"].endswith("%")
        await page.refresh()
        assert ASTRID["name"] in both(page)
        await page.hide(item=first)
        assert ASTRID["name"] not in both(page)
        assert page.card.photo == ""


async def test_no_drawing_of_a_person_stays_when_the_page_is_left(world: World, orderer: Actor) -> None:
    ordered = order_of(world, orderer, ASTRID)
    with (tab := Tab(orderer)).at(f"/orders/{number_of(world, ordered)}"):
        page = await tab.state(OrderState)
        await page.load()
        await page.show(item=str(ordered.items[0]))
        await ShellState.event_handlers["arrive"].fn(await tab.state(ShellState))
        assert page.card is None


async def test_somebody_who_may_not_see_the_person_sees_the_card(world: World, orderer: Actor) -> None:
    ordered = order_of(world, orderer, ASTRID)
    colleague = replace(orderer, user_id=new_id(), permissions=granted_by(Role.AUDITOR))
    with (tab := Tab(colleague)).at(f"/orders/{number_of(world, ordered)}"):
        page = await tab.state(OrderState)
        await page.load()
        await page.show(item=str(ordered.items[0]))
        assert (page.card.shown, page.persons) == (False, {})
        assert ASTRID["name"] not in both(page)


async def test_the_story_says_which_day_was_promised(world: World) -> None:
    home = house(world)
    number = home.order(1)
    perform(desk.accept, home.desk, number=number, promised=date(2026, 3, 20))
    with (tab := Tab(home.orderer)).at(f"/orders/{number}"):
        page = await tab.state(OrderState)
        await page.load()
        assert page.story[-1].text == "The bureau accepted it; delivery is expected 20 March 2026"
