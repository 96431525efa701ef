"""The pages of cards and of one order, driven by their events without a browser."""

import pytest

from nexus_portal.services import cards
from nexus_portal.services.use_case import perform
from nexus_portal.state.card import CardState
from nexus_portal.state.cards import CardsState
from nexus_portal.state.order import OrderState
from tests.bureau_helpers import House, house
from tests.tabs import Tab
from tests.world import World

CARD = "C-2026-0001"


@pytest.fixture
def home(world: World) -> House:
    return house(world)


async def test_a_name_that_is_searched_for_never_reaches_the_address(home: House) -> None:
    tab = Tab(home.orderer)
    with tab.at("/cards"):
        page = await tab.state(CardsState)
        await page.load()
        for typed in ("Astrid", "640823-3234", "19640823-3234", "2026-"):
            assert await page.seek(text=typed) is None
        assert "search=2026-00001" in str(await page.seek(text=" 2026-00001 "))
        assert "search" not in str(await page.seek(text=""))


async def test_ticked_cards_are_blocked_together_with_the_notice(home: House) -> None:
    home.delivered(2)
    tab = Tab(home.orderer)
    with tab.at("/cards", view="register"):
        page = await tab.state(CardsState)
        await page.load()
        for number in (CARD, "C-2026-0002", "C-2026-9999"):
            await page.tick(number=number)
        assert page.selected == [CARD, "C-2026-0002"]
        await page.ask(question="block", number="")
        await page.block(reason="left")
        assert {row.status for row in page.register} == {"blocked"}
        assert (page.selected, page.asking) == ([], "")
    said = [text for _, text in await tab.said()]
    assert said[0] == "2 cards are blocked."
    assert said[1].startswith("Blocking here closes no door")


async def test_a_card_is_blocked_and_unblocked_on_its_page(home: House) -> None:
    home.delivered(1)
    tab = Tab(home.orderer)
    with tab.at(f"/cards/{CARD}"):
        page = await tab.state(CardState)
        await page.load()
        assert (page.card.status, page.way[-1].title) == ("active", "Delivered")
        await page.block(reason="lost")
        assert (page.card.status, page.card.days_left) == ("blocked", 90)
        assert (page.way[-1].title, page.way[-1].note) == ("Blocked", "Orderer · Lost")
        await page.unblock(_form={})
        await page.terminate(_form={})
        assert page.card.status == "terminated"
        await page.block(reason="lost")
        assert page.card.status == "terminated"
    assert (await tab.said())[-1][0] == "error"


async def test_a_card_that_is_not_there_leaves_an_empty_page(home: House) -> None:
    tab = Tab(home.orderer)
    with tab.at("/cards/C-2026-9999"):
        page = await tab.state(CardState)
        await page.load()
        assert (page.loaded, page.card) == (True, None)


async def test_a_change_elsewhere_glows_in_the_register(home: House) -> None:
    home.delivered(2)
    tab = Tab(home.orderer)
    with tab.at("/cards", view="register"):
        page = await tab.state(CardsState)
        await page.load()
        await page.refresh()
        assert page.glow == {}
        perform(cards.block, home.orderer, number=CARD, reason="lost")
        await page.refresh()
        assert page.glow == {CARD: 1}


async def test_the_page_of_an_order_tells_its_story_and_the_way_of_a_card(home: House) -> None:
    number = home.delivered(1)
    tab = Tab(home.orderer)
    with tab.at(f"/orders/{number}"):
        page = await tab.state(OrderState)
        await page.load()
        assert [chapter.text for chapter in page.story][-2:] == [
            "One card was sent with PostNord T1",
            "All cards have arrived",
        ]
        assert [document.kind for document in page.order.documents] == ["confirmation", "shipment"]
        assert [each.expected for each in page.data.obstacles] == [
            "All cards are produced: the invoice comes next."
        ]
        await page.follow(item=page.items[0].id, code=page.items[0].code)
        assert (page.asking, page.way[-1].title) == ("way", "Delivered")
        await page.follow(item="no id", code="")
    assert [kind for kind, _ in await tab.said()] == ["error"]
