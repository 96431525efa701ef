"""The panel of asked card holders on a draft's page, driven by its events."""

from uuid import UUID

import pytest

from nexus_portal.services import draft_mending, holder_door, keyset
from nexus_portal.services.holder_door import Answer
from nexus_portal.services.use_case import perform
from nexus_portal.state.draft import DraftState
from nexus_portal.state.holder_review import HolderReviewState
from tests.ordering_helpers import PHOTO, Desk, desk, staff, values_of
from tests.tabs import Tab
from tests.world import World

MAJA = "maja@x.example"


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


async def test_asking_waiting_returning_and_taking(orders: Desk) -> None:
    number, person = orders.draft(staff(1)), staff(2)[1]
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, panel = await tab.state(DraftState), await tab.state(HolderReviewState)
        await page.load()
        assert panel.rows == []
        await panel.begin()
        await panel.ask(form={"people": "nobody", "days": "14", "language": "en"})
        assert (panel.dialog, panel.error[:18]) == ("ask", "Not a mail address")
        await panel.ask(form={"people": MAJA, "days": "14", "language": "en"})
        (row,) = panel.rows
        assert (panel.dialog, row.contact, row.state, panel.waiting) == ("", MAJA, "waiting", 1)

        await panel.copy_link(item=row.item_id)
        link = panel.link
        await panel.closed(opens=False)
        assert panel.link == ""
        answer = Answer(values=values_of(person), photo=PHOTO)
        assert not holder_door.send(link.partition("#")[2], answer, address="192.0.2.1")

        await page.refresh()
        assert (panel.waiting, panel.answered) == (0, 1)
        await panel.review(item=row.item_id)
        assert person.name in [value.text for value in panel.values]
        await panel.send_back(form={"reason": " "})
        assert (panel.dialog, panel.error != "") == ("review", True)
        await panel.approve()
        assert (panel.dialog, panel.values, panel.rows) == ("", [], [])
        await page.refresh()
        assert page.draft.ready == 2


async def test_nobody_stays_in_the_tab_when_the_draft_is_left(orders: Desk) -> None:
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, panel = await tab.state(DraftState), await tab.state(HolderReviewState)
        await page.load()
        await panel.begin()
        await panel.ask(form={"people": MAJA, "days": "14", "language": "sv"})
        assert panel.rows
        await page.leave()
    assert (panel.rows, panel.number) == ([], "")


async def test_the_panel_turns_its_pages_and_begins_anew_where_one_has_emptied(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "PAGE", 2)
    number = orders.draft(staff(1))
    tab = Tab(orders.orderer)
    with tab.at(f"/orders/{number}"):
        page, panel = await tab.state(DraftState), await tab.state(HolderReviewState)
        await page.load()
        await panel.begin()
        people = "a@x.example, b@x.example, c@x.example"
        await panel.ask(form={"people": people, "days": "14", "language": "en"})
        assert ([row.row for row in panel.rows], panel.newer, panel.older != "") == ([2, 3], "", True)
        await panel.turn(direction="older")
        assert ([row.row for row in panel.rows], panel.older, panel.waiting) == ([4], "", 3)
        (last,) = panel.rows
        perform(draft_mending.remove_row, orders.orderer, item_id=UUID(last.item_id))
        await page.refresh()
        assert ([row.row for row in panel.rows], panel.waiting) == ([2, 3], 2)
        await page.leave()
        assert (panel.rows, panel.newer, panel.older) == ([], "", "")
