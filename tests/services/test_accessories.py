"""Accessories on their way: alone or beside cards they are packed, leave, arrive, and hold an order back."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import func, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.shipping import ShipmentLine
from nexus_portal.services import (
    desk,
    document_pdf,
    documents,
    erasure,
    erasure_outlook,
    history,
    order_data,
    order_details,
    order_story,
    overview,
    progress,
    retention_rules,
    shipping,
    shipping_lists,
)
from nexus_portal.services.history_wanted import Wanted
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY, House, both_at_once, house
from tests.services.test_documents import text_of
from tests.world import Clock, World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def waiting(home: House) -> list[tuple[str, int, list[int]]]:
    rows = perform(shipping_lists.to_pack, home.shipper).rows
    return [(row.number, row.waiting, [each.quantity for each in row.accessories]) for row in rows]


def ship(home: House, parcel: str) -> None:
    perform(shipping.ship, home.shipper, number=parcel)


def deliver(home: House, parcel: str) -> None:
    perform(shipping.deliver, home.shipper, number=parcel)


def told(home: House, number: str) -> list[tuple[str, str, int]]:
    found = perform(order_story.happenings, home.orderer, number=number)
    return [(each.axis, each.end, each.count) for each in found if each.axis == "pieces"]


def test_accessories_alone_go_from_the_desk_to_the_door(home: House, clock: Clock) -> None:
    number = home.accepted(0, pieces=8)
    assert (home.at(number).fulfilment, waiting(home)) == ("accepted", [(number, 0, [8])])
    parcel = home.pack(number)
    assert (home.at(number).fulfilment, waiting(home)) == ("accepted", [])
    clock.forward(timedelta(hours=1))
    ship(home, parcel)
    assert home.at(number).fulfilment == "shipped"
    clock.forward(timedelta(days=1))
    deliver(home, parcel)
    order = home.at(number)
    assert (order.fulfilment, order.delivered_at, order.erase_on) == ("delivered", clock.now(), None)
    assert told(home, number) == [("pieces", "shipped", 8), ("pieces", "delivered", 8)]
    with home.world.database.transaction(home.desk) as session:
        progress.move_order(session, home.desk, session.merge(order), Fulfilment.CLOSED)
    assert home.steps(number, "fulfilment")[-3:] == [
        ("accepted", "shipped"), ("shipped", "delivered"), ("delivered", "closed"),
    ]  # fmt: skip


def test_accessories_may_leave_in_parts(home: House) -> None:
    number = home.accepted(0, pieces=8)
    first = home.pack(number, 3)
    assert waiting(home) == [(number, 0, [5])]
    ship(home, first)
    deliver(home, first)
    assert home.at(number).fulfilment == "part_shipped"
    second = home.pack(number)
    sheet = home.parcel(second)
    assert ([each.quantity for each in sheet.accessories], sheet.shipment.pieces) == ([5], 5)
    ship(home, second)
    assert home.at(number).fulfilment == "shipped"
    deliver(home, second)
    order = home.at(number)
    assert (order.fulfilment, order.pieces_packed, order.pieces_delivered) == ("delivered", 8, 8)


def test_an_order_is_not_delivered_while_its_lanyards_are_in_the_bureau(home: House, clock: Clock) -> None:
    number = home.accepted(2, pieces=2)
    assert waiting(home) == [], "they wait for the cards that they go along with"
    home.advance(home.batch(), *WAY)
    assert waiting(home) == [(number, 2, [2])]
    cards = home.pack(number, 0)
    ship(home, cards)
    deliver(home, cards)
    order = home.at(number)
    assert (order.fulfilment, order.delivered, order.delivered_at) == ("part_shipped", 2, None)
    gone_on = order.erase_on
    assert gone_on is not None, "its persons do not stay for a lanyard that is late"
    assert waiting(home) == [(number, 0, [2])]
    clock.forward(timedelta(days=5))
    late = home.pack(number)
    ship(home, late)
    deliver(home, late)
    order = home.at(number)
    assert (order.fulfilment, order.delivered_at, order.erase_on) == ("delivered", clock.now(), gone_on)


def test_changed_rules_reach_an_order_whose_lanyards_are_late(home: House) -> None:
    number = home.accepted(1, pieces=1)
    home.advance(home.batch(), *WAY)
    parcel = home.pack(number, 0)
    ship(home, parcel)
    deliver(home, parcel)
    alone = home.accepted(0, pieces=1)
    parcel = home.pack(alone)
    ship(home, parcel)
    deliver(home, parcel)
    with home.world.database.transaction(SYSTEM) as session:
        account = session.get_one(Account, home.customer.id)
        account.retention_days = 90
        assert retention_rules.redate(session, account) == 1
    assert str(home.at(number).erase_on) == "2026-05-31"
    assert home.at(alone).erase_on is None


def test_lanyards_go_along_with_the_first_cards(home: House) -> None:
    number = home.accepted(3, pieces=3)
    home.advance(home.batch(limit=1), *WAY)
    first = home.pack(number)
    sheet = home.parcel(first)
    assert (sheet.shipment.cards, [(each.name, each.quantity) for each in sheet.accessories]) == (
        1,
        [("Lanyard", 3)],
    )
    assert waiting(home) == []


@pytest.mark.parametrize("pieces", [-1, 9])
def test_no_more_is_packed_than_lies_there(home: House, pieces: int) -> None:
    number = home.accepted(0, pieces=8)
    with pytest.raises(Invalid, match="8 pieces wait"):
        home.pack(number, pieces)
    with pytest.raises(Conflict):
        home.pack(number, 0)
    assert waiting(home) == [(number, 0, [8])]


def test_lines_of_another_order_are_not_packed(home: House) -> None:
    number, other = home.accepted(0, pieces=1), home.accepted(0, pieces=1)
    with pytest.raises(Invalid):
        perform(
            shipping.pack,
            home.shipper,
            number=number,
            carrier="",
            tracking="",
            key="k",
            pieces=dict.fromkeys(home.lanyards(other), 1),
        )


def test_nothing_is_packed_before_the_bureau_took_it_on(home: House) -> None:
    number = home.order(0, pieces=2)
    with pytest.raises(Conflict):
        home.pack(number)
    perform(desk.hold, home.desk, number=number, reason="Out of stock.")
    with pytest.raises(Conflict):
        home.pack(number)
    perform(desk.release, home.desk, number=number)
    perform(desk.accept, home.desk, number=number)
    assert home.pack(number)


def test_an_empty_order_is_not_accepted(home: House) -> None:
    with pytest.raises(NotYet):
        perform(desk.accept, home.desk, number=home.order(0))


def test_steps_of_a_parcel_of_accessories_are_taken_once_and_in_order(home: House) -> None:
    parcel = home.pack(home.accepted(0, pieces=2))
    with pytest.raises(Conflict):
        deliver(home, parcel)
    ship(home, parcel)
    with pytest.raises(Conflict):
        ship(home, parcel)
    deliver(home, parcel)
    with pytest.raises(Conflict):
        deliver(home, parcel)


def test_two_who_pack_accessories_at_once_share_nothing(home: House) -> None:
    number = home.accepted(0, pieces=4)
    begun = threading.Barrier(2)

    def pack() -> str:
        begun.wait(5)
        return home.pack(number)

    results = both_at_once(pack, pack)
    assert sum(isinstance(result, Conflict) for result in results) == 1
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(func.sum(ShipmentLine.quantity))).one() == 4


def test_a_parcel_arrives_with_its_lanyards_though_its_card_did_not(home: House) -> None:
    number = home.accepted(1, pieces=1)
    home.advance(home.batch(), *WAY)
    parcel = home.pack(number)
    ship(home, parcel)
    perform(shipping.mark, home.shipper, codes=[f"{number}-1"], to=Stage.NOT_DELIVERED)
    deliver(home, parcel)
    order = home.at(number)
    assert (order.fulfilment, order.pieces_delivered, order.delivered) == ("shipped", 1, 0)


def test_an_order_without_cards_holds_nobody(home: House) -> None:
    number = home.accepted(0, pieces=2)
    parcel = home.pack(number)
    ship(home, parcel)
    deliver(home, parcel)
    details = perform(order_details.details, home.orderer, number=number)
    assert (details.personal_data, details.cards, details.pieces.delivered) == ("none", 0, 2)
    held = perform(order_data.held, home.orderer, number=number)
    assert (held.fields, held.lines) == ((), ())
    officer = home.world.person(Role.PRIVACY_OFFICER, home.customer, stepped_up=True)
    order_id = home.at(number).id
    outlook = perform(erasure_outlook.outlook, officer, order_id=order_id)
    assert (outlook.can_erase, outlook.persons, outlook.kept_until, outlook.days_left) == (False, 0, None, -1)
    assert [str(reason) for reason in outlook.reasons] == [
        "The order has no card: it never held personal data."
    ]
    with pytest.raises(NotYet):
        perform(erasure.erase_personal_data, officer, order_id=order_id)
    assert home.at(number).personal_data == "none"


def test_the_history_finds_orders_that_hold_nobody(home: House) -> None:
    alone, cards = home.accepted(0, pieces=2), home.accepted(1)
    page = perform(history.orders, home.orderer, wanted=Wanted(personal_data="none"))
    [row] = page.rows
    assert (row.number, row.cards, row.pieces, row.erasable, page.total) == (alone, 0, 2, False, 1)
    page = perform(history.orders, home.orderer, wanted=Wanted(personal_data="full"))
    assert [(row.number, row.pieces) for row in page.rows] == [(cards, 0)]


def test_the_overview_counts_what_waits_on_the_shelf(home: House) -> None:
    home.accepted(0, pieces=7)
    home.accepted(1, pieces=5)
    home.pack(home.accepted(0, pieces=3))
    found = perform(overview.overview, home.shipper)
    counts = {each.kind: each.count for each in found.waiting}
    assert (counts["to_pack"], counts["pieces_to_pack"], counts["to_ship"]) == (0, 7, 1)


def test_the_delivery_note_lists_accessories(home: House) -> None:
    parcel = home.pack(home.accepted(0, pieces=12))
    text = text_of(
        document_pdf.delivery_note(perform(documents.delivery_note, home.orderer, number=parcel), "sv")
    )
    assert "12 × Lanyard" in text
    assert "Tillbehör i försändelsen" in text
    assert "Kort i försändelsen" not in text


def test_accessories_belong_to_their_account_and_to_shipping(home: House) -> None:
    number = home.accepted(0, pieces=2)
    stranger = home.world.person(Role.ORDERER, home.world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(order_story.happenings, stranger, number=number)
    for actor in (home.operator, home.orderer):
        with pytest.raises(NotAllowed):
            perform(shipping.pack, actor, number=number, carrier="", tracking="", key="k", pieces={})
    parcel = home.pack(number)
    with pytest.raises(NotFound):
        perform(documents.delivery_note, stranger, number=parcel)
