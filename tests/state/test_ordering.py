"""What the pages around ordering do by their events: the rules, the cart, ordering again, correcting."""

import json
from dataclasses import asdict

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.services import ordering
from nexus_portal.services.use_case import perform
from nexus_portal.state.draft import DraftState
from nexus_portal.state.draft_cart import DraftCartState
from nexus_portal.state.order_again import OrderAgainState
from nexus_portal.state.order_correct import OrderCorrectState
from nexus_portal.state.ordering_rules import OrderingRulesState
from tests.ordering_helpers import Desk, desk, staff
from tests.people import ASTRID
from tests.services.test_cart import article
from tests.services.test_order_again import issued
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


async def test_the_rules_are_kept_and_what_does_not_fit_is_said(orders: Desk) -> None:
    tab = Tab(orders.world.person(Role.ACCOUNT_ADMIN, orders.account))
    with tab.at("/ordering"):
        page = await tab.state(OrderingRulesState)
        await page.load()
        await page.save_rule(form={"when": "always"})
        assert page.rule_error.startswith("Nobody here may approve")
        orders.world.person(Role.APPROVER, orders.account)
        await page.save_rule(form={"when": "above", "cards": "many"})
        assert page.rule_error == "Write a whole number, or leave the field empty."
        await page.save_rule(form={"when": "above", "cards": "", "price": "25 000"})
        assert (page.when, page.above_cards, page.above_price, page.rule_error) == ("above", "", "25000", "")
        await page.open(dialog="new")
        await page.save(form={"name": "Harbour", "address": ""})
        assert page.error
        await page.save(form={"name": "Harbour", "address": "Hamngatan 1"})
        [row] = page.book
        await page.open(dialog=row.id)
        assert (page.name, page.address) == ("Harbour", "Hamngatan 1")
        await page.save(form={"name": "Harbour", "address": "Hamngatan 2"})
        await page.open(dialog="own")
        await page.save(form={"address": "Kajen 1"})
        assert (page.dialog, page.own_address, page.book[0].address) == ("", "Kajen 1", "Hamngatan 2")
        await page.ask(address=row.id, name=row.name)
        await page.remove(_form={})
        assert (page.book, page.removing) == ([], "")


async def test_the_cart_is_filled_and_emptied(orders: Desk) -> None:
    number, lanyard = orders.draft(staff(1)), article(orders.world)
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, cart = await tab.state(DraftState), await tab.state(DraftCartState)
        await page.load()
        await cart.load()
        assert [choice.label for choice in cart.offered] == ["Lanyard"]
        await cart.add(form={"article": str(lanyard), "quantity": "2"})
        await cart.add(form={"article": str(lanyard), "quantity": "two"})
        await page.refresh()
        assert [(line.fixed, line.quantity, line.kronor) for line in page.lines] == [
            (True, 1, 49),
            (False, 2, 58),
        ]
        assert page.draft.kronor == 107
        await cart.count(line=page.lines[1].id, text="5")
        await page.refresh()
        assert page.lines[1].quantity == 5
        await cart.take_out(line=page.lines[1].id)
        await page.refresh()
        assert len(page.lines) == 1
    said = await tab.said()
    assert [kind for kind, _ in said] == ["error", "success"]


async def test_a_card_is_put_into_a_draft_and_nobody_is_on_the_page(orders: Desk) -> None:
    [card] = issued(orders, ASTRID)
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at("/orders/again", card=card):
        page = await tab.state(OrderAgainState)
        await page.load()
        assert (page.single, page.able, [choice.value for choice in page.drafts]) == (True, 1, [number])
        assert ASTRID["name"] not in json.dumps([asdict(row) for row in page.rows], ensure_ascii=False)
        await page.order(form={f"card-{card}": "on", "why": "lost", "into": number})
    assert orders.view(number).total == 2
    with tab.at("/orders/again"):
        await page.load()
        assert (page.single, page.rows) == (False, [])


async def test_a_card_is_corrected_and_nobody_stays_on_the_page(orders: Desk) -> None:
    number = orders.draft(staff(1))
    perform(ordering.submit, orders.orderer, number=number, key="k")
    item = str(orders.items(number)[0].id)
    tab = Tab(orders.orderer)
    with tab.at("/orders/correct", item=item):
        page = await tab.state(OrderCorrectState)
        await page.load()
        assert (page.number, page.fields[0].value) == (number, staff(1)[0].name)
        await page.save(form={"value-name": "x" * 41})
        assert (page.fields[0].error, page.fields[0].value) == ("This has 41 characters; 40 fit.", "x" * 41)
        await page.save(form={"value-name": "Åsa Rättstavad"})
        assert (page.item, page.fields) == ("", [])
    assert orders.persons(number)[0]["name"] == "Åsa Rättstavad"
    other = Tab(orders.colleague)
    with other.at("/orders/correct", item=item):
        page = await other.state(OrderCorrectState)
        await page.load()
        assert (page.item, page.fields) == ("", [])
    assert [kind for kind, _ in await other.said()] == ["error"]
