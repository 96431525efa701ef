"""The bureau's pages, driven by their events without a browser."""

import json

import pytest

from nexus_portal.domain.lifecycles import Stage
from nexus_portal.state.bureau_batch import BatchPageState
from nexus_portal.state.bureau_billing import BillingState
from nexus_portal.state.bureau_order import BureauOrderState
from nexus_portal.state.bureau_orders import DeskState
from nexus_portal.state.bureau_parcel import ParcelState
from nexus_portal.state.bureau_production import ProductionState
from nexus_portal.state.bureau_shipping import ShippingState
from tests.bureau_helpers import House, house
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


async def test_the_desk_sees_what_came_in_and_decides(home: House) -> None:
    number = home.order(2)
    tab = Tab(home.desk)
    with tab.at("/bureau/orders"):
        desk = await tab.state(DeskState)
        await desk.load()
        assert [row.number for row in desk.rows] == [number]
    with tab.at(f"/bureau/orders/{number}"):
        page = await tab.state(BureauOrderState)
        await page.load()
        assert (page.order.number, page.order.undecided) == (number, True)
        await page.ask(question="accept")
        await page.accept(form={"promised": "2026-03-20"})
        assert (page.order.fulfilment, page.order.promised, page.asking) == ("accepted", "2026-03-20", "")
    assert await tab.said() == [("success", f"Order {number} is accepted. Its cards wait in the queue.")]


async def test_a_list_glows_where_somebody_else_moved_something(home: House) -> None:
    one, two = home.order(1), home.order(1)
    tab = Tab(home.desk)
    with tab.at("/bureau/orders", show="underway"):
        desk = await tab.state(DeskState)
        await desk.load()
        assert desk.rows == []
    home_accepts = Tab(home.desk)
    for number in (one, two):
        with home_accepts.at(f"/bureau/orders/{number}"):
            page = await home_accepts.state(BureauOrderState)
            await page.load()
            await page.accept(form={})
    with tab.at("/bureau/orders", show="underway"):
        await desk.refresh()
        assert desk.glow == {one: 1, two: 1}
        await desk.refresh()
        assert desk.glow == {one: 1, two: 1}
        home.batch(limit=1)
        await desk.refresh()
        assert desk.glow == {one: 2, two: 1}


@pytest.mark.parametrize("promised", ["tomorrow", "2026-13-01", "2020-01-01"])
async def test_a_day_that_is_none_is_refused_in_words(home: House, promised: str) -> None:
    number = home.order(1)
    tab = Tab(home.desk)
    with tab.at(f"/bureau/orders/{number}"):
        page = await tab.state(BureauOrderState)
        await page.load()
        await page.accept(form={"promised": promised})
        assert page.order.fulfilment == "submitted"
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_an_order_that_is_not_there_leaves_an_empty_page(home: House) -> None:
    tab = Tab(home.desk)
    for number in ("2026-99999", "nonsense"):
        with tab.at(f"/bureau/orders/{number}"):
            page = await tab.state(BureauOrderState)
            await page.load()
            assert (page.loaded, page.order) == (True, None)


async def test_rejecting_holding_and_releasing(home: House) -> None:
    number = home.order(1)
    tab = Tab(home.desk)
    with tab.at(f"/bureau/orders/{number}"):
        page = await tab.state(BureauOrderState)
        await page.load()
        await page.hold(form={"reason": "Waits for the logo."})
        assert (page.order.on_hold, page.order.reason) == (True, "Waits for the logo.")
        await page.release()
        await page.reject(form={"reason": ""})
        assert page.order.undecided
        await page.reject(form={"reason": "The logo is missing."})
        assert page.order.fulfilment == "rejected"


async def test_production_makes_a_batch_and_scans_it(home: House) -> None:
    number = home.accepted(2)
    tab = Tab(home.operator)
    with tab.at("/bureau/production"):
        page = await tab.state(ProductionState)
        await page.load()
        await page.choose(layout_id=page.queue[0].layout_id)
        assert (page.chosen_name, page.chosen_cards) == (home.layout.name, 2)
        first, again = await page.make(form={"limit": "2"}), await page.make(form={"limit": "2"})
        assert all("/bureau/production/B-2026-0001" in str(event) for event in (first, again))
        await page.scan(form={"code": f"{number}-2"})
        assert [(scan.code, scan.stage) for scan in page.scans] == [(f"{number}-2", "encoding")]
        await page.scan(form={"code": "nonsense"})
        await page.refresh()
        assert [(row.number, row.left) for row in page.batches] == [("B-2026-0001", 2)]
        assert page.glow["B-2026-0001"] == 1
    assert await tab.said() == [("error", "There is no card with this code.")]


@pytest.mark.parametrize("limit", ["", "x", "-1", "0", "1e3", "9" * 9, "٣"])
async def test_a_batch_takes_a_whole_number_of_cards(home: House, limit: str) -> None:
    home.accepted(2)
    tab = Tab(home.operator)
    with tab.at("/bureau/production"):
        page = await tab.state(ProductionState)
        await page.load()
        await page.choose(layout_id=page.queue[0].layout_id)
        await page.make(form={"limit": limit})
        await page.refresh()
        assert page.batches == []
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_what_was_not_offered_cannot_be_chosen(home: House) -> None:
    tab = Tab(home.operator)
    with tab.at("/bureau/production", show="nonsense", page="+nonsense", queue="x"):
        page = await tab.state(ProductionState)
        await page.load()
        await page.choose(layout_id=str(home.layout.id))
        assert (page.loaded, page.show, page.chosen) == (True, "", "")
        await page.make(form={"limit": "1"})
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_a_batch_is_led_to_its_end(home: House) -> None:
    number = home.accepted(3)
    batch = home.batch()
    tab = Tab(home.operator)
    with tab.at(f"/bureau/production/{batch}"):
        page = await tab.state(BatchPageState)
        await page.load()
        assert (page.next_stage, page.next_count, len(page.items)) == ("encoding", 3, 3)
        await page.scan(form={"code": f"{number}-1"})
        assert page.glow == {f"{number}-1": 1}
        await page.ask(question="fail", code=f"{number}-3")
        await page.fail(form={"reason": "Smudge"})
        assert (len(page.items), page.batch.rejected, page.asking) == (2, 1, "")
        for stage, printing in (("encoding", 0), ("printing", 2), ("qc", 0), ("produced", 0)):
            await page.advance(to=stage)
            assert (page.printing, page.must_confirm) == (printing, False)
        assert [each.label for each in page.printers] == ["Standard"]
        assert (page.next_stage, page.batch.good, page.batch.left) == ("", 2, 0)
        await page.reconcile(form={"issued": "4", "samples": "1", "returned": "0"})
        assert (page.batch.state, page.issued) == ("reconciled", 4)
        await page.advance(to="nonsense")
    said = await tab.said()
    assert said[-2:] == [
        ("success", f"Batch {batch} is reconciled."),
        ("error", "There is no such step."),
    ]


async def test_shipping_packs_ships_and_delivers(home: House) -> None:
    number = home.produced(2)
    tab = Tab(home.shipper)
    with tab.at("/bureau/shipping"):
        page = await tab.state(ShippingState)
        await page.load()
        assert [(row.number, row.waiting) for row in page.waiting] == [(number, 2)]
        await page.choose(number=number)
        await page.pack(form={"carrier": "PostNord", "tracking": "T1"})
        assert (page.waiting, [row.number for row in page.parcels]) == ([], ["S-2026-0001"])
        await page.ship(number="S-2026-0001")
    with tab.at("/bureau/shipping", show="on_the_way"):
        await page.load()
        assert [row.number for row in page.parcels] == ["S-2026-0001"]
        await page.deliver(number="S-2026-0001")
        assert page.parcels == []
    assert home.at(number).fulfilment == "delivered"


async def test_a_parcel_is_marked_card_by_card(home: House) -> None:
    number, parcel = home.shipped(2)
    tab = Tab(home.shipper)
    with tab.at(f"/bureau/shipping/{parcel}"):
        page = await tab.state(ParcelState)
        await page.load()
        await page.mark(code=f"{number}-2", to=Stage.NOT_DELIVERED.value)
        await page.deliver()
        assert [item.stage for item in page.items] == ["delivered", "not_delivered"]
        await page.mark(code=f"{number}-1", to="queued")
    assert (await tab.said())[-1] == ("error", "There is no such step.")


async def test_billing_invoices_once_and_credits(home: House) -> None:
    number = home.produced(2)
    tab = Tab(home.biller)
    with tab.at("/bureau/billing"):
        page = await tab.state(BillingState)
        await page.load()
        assert [(row.number, row.total) for row in page.open] == [(number, 9800)]
        await page.ask(question="invoice", number=number)
        await page.invoice(_form={})
        await page.invoice(_form={})
        assert (page.open, [row.invoice for row in page.invoices]) == ([], ["I-2026-0001"])
        await page.paid(number=number)
        assert page.invoices == []
    with tab.at("/bureau/billing", show="paid"):
        await page.load()
        await page.ask(question="credit", number=number)
        await page.credit(_form={})
    with tab.at("/bureau/billing", show="credited"):
        await page.load()
        assert [row.credit_note for row in page.invoices] == ["K-2026-0001"]


async def test_the_wrong_role_sees_nothing_and_is_told_so(home: House) -> None:
    home.produced(1)
    for actor, kind, path in (
        (home.biller, ProductionState, "/bureau/production"),
        (home.orderer, DeskState, "/bureau/orders"),
        (home.desk, BillingState, "/bureau/billing"),
        (home.operator, ShippingState, "/bureau/shipping"),
    ):
        tab = Tab(actor)
        with tab.at(path):
            state = await tab.state(kind)
            await state.load()
            assert not state.loaded
            assert state.glow == {}
        assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_no_state_of_the_bureau_holds_a_person(home: House) -> None:
    home.produced(1)
    shown: list[str] = []
    for actor, kind, path in (
        (home.operator, ProductionState, "/bureau/production"),
        (home.shipper, ShippingState, "/bureau/shipping"),
        (home.biller, BillingState, "/bureau/billing"),
    ):
        tab = Tab(actor)
        with tab.at(path):
            state = await tab.state(kind)
            await state.load()
            shown.append(json.dumps(state.dict(), default=str))
    assert home.orderer.name not in "".join(shown)
