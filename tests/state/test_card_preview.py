"""The card follows the typing, and forgets the person with the form."""

import base64

import pytest

from nexus_portal.state.card_preview import CardPreviewState
from nexus_portal.state.draft_mend import DraftMendState
from nexus_portal.state.order_new import OrderNewState
from nexus_portal.state.shell import ShellState
from tests.ordering_helpers import Desk, desk, staff
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def drawing(address: str) -> str:
    return base64.b64decode(address.partition(",")[2]).decode()


async def test_the_card_follows_what_is_typed(orders: Desk) -> None:
    with (tab := Tab(orders.orderer)).at("/orders/new"):
        form, preview = await tab.state(OrderNewState), await tab.state(CardPreviewState)
        await form.load()
        await preview.begin(layout=form.layout, row=False)
        assert "Name" in drawing(preview.front)
        assert preview.photo_at["left"].endswith("%")
        await preview.typed(key="name", value="Åsa <Öberg>")
        assert "Åsa &lt;Öberg&gt;" in drawing(preview.front)
        await preview.leave()
        assert (preview.front, preview._values) == ("", {})


async def test_the_row_in_the_dialog_is_drawn_with_its_person(orders: Desk) -> None:
    [person] = staff(1)
    number = orders.draft([person])
    with (tab := Tab(orders.orderer)).at(f"/orders/{number}"):
        row, preview = await tab.state(DraftMendState), await tab.state(CardPreviewState)
        await row.open(item=str(orders.item(number)))
        await preview.begin(layout=row.layout, row=True)
        assert person.name in drawing(preview.front)
        before = preview.front
        await preview.typed(key="no_field_of_it", value="x")
        assert preview.front == before


async def test_the_card_of_another_account_is_not_there(orders: Desk) -> None:
    other = desk(orders.world)
    with (tab := Tab(orders.orderer)).at("/orders/new"):
        preview, shell = await tab.state(CardPreviewState), await tab.state(ShellState)
        await preview.begin(layout=str(other.layout.id), row=False)
        assert preview.front == ""
        assert shell.notices
