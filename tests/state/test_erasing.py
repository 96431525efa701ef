"""The dialogs that remove the data of several orders, or of a person from every order: what they say."""

from datetime import date

import pytest

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Billing, Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure, erasure_many, holds
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.erasing import DONE, ERASE, ErasingState
from nexus_portal.state.shell import ShellState
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.tabs import Tab
from tests.world import World

NUMBERS = ["2026-00001", "2026-00002", "2026-00003"]


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def three(world: World, account: Account, officer: Actor) -> list[Ordered]:
    """One that can go, one that is promised and not produced, one of which a person is held."""
    orderer = world.person(Role.ORDERER, account)
    made = [order_of(world, orderer, ASTRID, BENGT) for _ in range(3)]
    with world.database.transaction(SYSTEM) as session:
        order = session.get_one(Order, made[1].id)
        order.fulfilment, order.billing, order.produced = Fulfilment.IN_PRODUCTION, Billing.UNBILLED, 0
        order.promised = date(2026, 3, 20)
    perform(holds.place, officer, reason="A dispute.", on="2026-00003-2")
    return made


async def test_each_order_says_what_becomes_of_it(officer: Actor, three: list[Ordered]) -> None:
    assert three
    tab = Tab(officer)
    page = await tab.state(ErasingState)
    with tab.at("/orders"):
        await page.load()
        for number in NUMBERS:
            await page.choose(number=number)
        await page.ask_orders()
        assert page.asking == ERASE
        assert [(row.number, row.state, row.persons, row.ready) for row in page.rows] == [
            ("2026-00001", "now", 2, 2),
            ("2026-00002", "later", 2, 0),
            ("2026-00003", "partly", 2, 1),
        ]
        assert "Expected 20 March 2026." in page.rows[1].why
        assert (page.ready, page.left, page.finished) == (3, 3, 0)
        await page.closed(opens=False)
        assert (page.asking, len(page.chosen)) == ("", 3)
        await page.choose(number="2026-00002")
        assert page.chosen == ["2026-00001", "2026-00003"]
        await page.choose_none()
        assert page.chosen == []


async def test_a_person_is_followed_over_every_order(officer: Actor, three: list[Ordered]) -> None:
    tab = Tab(officer)
    page = await tab.state(ErasingState)
    with tab.at("/people"):
        await page.load()
        await page.choose_item(item=str(three[0].items[0]))
        await page.ask_persons()
        assert [(row.number, row.persons) for row in page.rows] == [
            ("2026-00003", 1),
            ("2026-00002", 1),
            ("2026-00001", 1),
        ]
        assert (page.ready, page.left) == (2, 1)
        await page.choose_item(item=str(three[0].items[0]))
        assert page.items == []
        await page.choose_item(item="nonsense")
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_afterwards_the_page_says_how_far_each_is(
    database: Database, officer: Actor, three: list[Ordered]
) -> None:
    assert database
    perform(erasure_many.erase_orders, officer, numbers=NUMBERS, appoint=True)
    erasure.resume_all()
    tab = Tab(officer)
    page = await tab.state(ErasingState)
    with tab.at("/orders"):
        (await tab.state(ShellState)).kept = {"dialog": DONE, "numbers": " ".join(NUMBERS)}
        await page.load()
        assert page.asking == DONE
        assert [row.state for row in page.rows] == ["gone", "later", "later"]
        assert page.finished == 1
        await page.refresh()
        await page.closed(opens=False)
        assert (page.asking, page.chosen, page.rows) == ("", [], [])


async def test_a_refused_code_opens_the_same_dialog_again(officer: Actor, three: list[Ordered]) -> None:
    assert three
    tab = Tab(officer)
    page = await tab.state(ErasingState)
    with tab.at("/orders"):
        shell = await tab.state(ShellState)
        shell.kept = {"dialog": ERASE, "numbers": NUMBERS[0], "appoint": "yes", "at": "code"}
        await page.load()
        assert (page.asking, page.chosen, page.ready, page.appoint) == (ERASE, NUMBERS[:1], 2, True)
        await page.ask_orders()
        assert not page.appoint


async def test_a_colleagues_order_is_not_the_orderers(world: World, account: Account, three: object) -> None:
    assert three
    tab = Tab(world.person(Role.ORDERER, account))
    page = await tab.state(ErasingState)
    with tab.at("/orders"):
        await page.choose(number=NUMBERS[0])
        await page.ask_orders()
        assert [row.state for row in page.rows] == ["never"]
        assert (page.ready, page.left) == (0, 0)
