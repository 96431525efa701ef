"""Produced cards are packed, leave, arrive, or come back."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import CardStatus, Fulfilment, Stage
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.cards import Card
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import cards, shipping, shipping_lists
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY, House, both_at_once, house
from tests.world import Clock, World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def waiting(home: House) -> list[tuple[str, int]]:
    return [(row.number, row.waiting) for row in perform(shipping_lists.to_pack, home.shipper).rows]


def parcels(home: House, show: str) -> list[str]:
    return [row.number for row in perform(shipping_lists.shipments, home.shipper, show=show).rows]


def mark(home: House, to: Stage, *codes: str) -> None:
    perform(shipping.mark, home.shipper, codes=codes, to=to)


def statuses(home: House) -> set[str]:
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        return set(session.exec(select(Card.status)))


def test_an_order_is_packed_shipped_and_delivered(home: House, clock: Clock) -> None:
    number = home.produced(3)
    assert waiting(home) == [(number, 3)]
    parcel = home.pack(number)
    assert (parcel, waiting(home), parcels(home, "packed")) == ("S-2026-0001", [], [parcel])
    perform(shipping.ship, home.shipper, number=parcel)
    assert (home.at(number).fulfilment, home.at(number).shipped) == ("shipped", 3)
    assert (parcels(home, "packed"), parcels(home, "on_the_way")) == ([], [parcel])
    clock.forward(timedelta(days=1))
    perform(shipping.deliver, home.shipper, number=parcel)
    order = home.at(number)
    assert (order.fulfilment, order.delivered, order.delivered_at) == ("delivered", 3, clock.now())
    assert (parcels(home, "on_the_way"), parcels(home, "delivered")) == ([], [parcel])
    assert statuses(home) == {CardStatus.ACTIVE}


def test_delivery_starts_the_clock_of_retention(home: House) -> None:
    assert home.at(home.delivered(1)).erase_on == date(2026, 4, 1)


def test_the_immediate_policy_is_due_on_the_day_of_delivery(home: House) -> None:
    with home.world.database.transaction(SYSTEM) as session:
        account = session.get_one(Account, home.customer.id)
        account.retention_policy = RetentionPolicy.IMMEDIATE
        session.add(account)
    assert home.at(home.delivered(1)).erase_on == date(2026, 3, 2)


def test_an_order_may_leave_in_parts(home: House) -> None:
    number = home.accepted(5)
    first = home.batch(limit=2)
    home.advance(first, *WAY)
    one = home.pack(number)
    perform(shipping.ship, home.shipper, number=one)
    assert (home.at(number).fulfilment, home.at(number).shipped) == ("part_shipped", 2)
    home.advance(home.batch(), *WAY)
    two = home.pack(number)
    perform(shipping.deliver, home.shipper, number=one)
    assert home.at(number).fulfilment == "part_shipped"
    perform(shipping.ship, home.shipper, number=two)
    assert home.at(number).fulfilment == "shipped"
    perform(shipping.deliver, home.shipper, number=two)
    assert (home.at(number).fulfilment, home.at(number).delivered) == ("delivered", 5)


def test_a_form_sent_twice_packs_one_parcel(home: House) -> None:
    number = home.produced(2)
    again = [
        perform(shipping.pack, home.shipper, number=number, carrier="", tracking="", key="once")
        for _ in range(2)
    ]
    assert again == ["S-2026-0001"] * 2
    with pytest.raises(Conflict):
        home.pack(number)


def test_steps_of_a_parcel_are_taken_once_and_in_order(home: House) -> None:
    parcel = home.pack(home.produced(1))
    with pytest.raises(Conflict):
        perform(shipping.deliver, home.shipper, number=parcel)
    perform(shipping.ship, home.shipper, number=parcel)
    with pytest.raises(Conflict):
        perform(shipping.ship, home.shipper, number=parcel)
    perform(shipping.deliver, home.shipper, number=parcel)
    with pytest.raises(Conflict):
        perform(shipping.deliver, home.shipper, number=parcel)


def test_two_who_ship_at_once_ship_once(home: House) -> None:
    number = home.produced(4)
    parcel = home.pack(number)
    results = both_at_once(*[lambda: perform(shipping.ship, home.shipper, number=parcel)] * 2)
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert home.at(number).shipped == 4


def test_two_who_pack_at_once_share_nothing(home: House) -> None:
    number = home.produced(4)
    results = both_at_once(*[lambda: home.pack(number)] * 2)
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert [row.cards for row in perform(shipping_lists.shipments, home.shipper).rows] == [4]


def test_a_card_that_did_not_arrive_comes_back_and_leaves_again(home: House) -> None:
    number, parcel = home.shipped(2)
    mark(home, Stage.NOT_DELIVERED, f"{number}-2")
    perform(shipping.deliver, home.shipper, number=parcel)
    assert (home.at(number).fulfilment, home.at(number).delivered) == ("shipped", 1)
    for stage in (Stage.RETURNED, Stage.RESHIPPED, Stage.DELIVERED):
        mark(home, stage, f"{number}-2")
    assert (home.at(number).fulfilment, home.at(number).delivered) == ("delivered", 2)
    assert statuses(home) == {CardStatus.ACTIVE}


def test_a_destroyed_card_is_void_and_ends_the_order(home: House) -> None:
    number, _ = home.shipped(1)
    for stage in (Stage.NOT_DELIVERED, Stage.RETURNED, Stage.DESTROYED):
        mark(home, stage, f"{number}-1")
    assert (home.at(number).fulfilment, home.at(number).delivered) == ("delivered", 0)
    assert statuses(home) == {CardStatus.VOID}


def test_a_parcel_of_which_nothing_is_on_the_way_is_not_delivered(home: House) -> None:
    number, parcel = home.shipped(1)
    mark(home, Stage.NOT_DELIVERED, f"{number}-1")
    with pytest.raises(Conflict):
        perform(shipping.deliver, home.shipper, number=parcel)


def test_marking_is_all_or_nothing(home: House) -> None:
    number, _ = home.shipped(2)
    mark(home, Stage.NOT_DELIVERED, f"{number}-1")
    with pytest.raises(Conflict):
        mark(home, Stage.NOT_DELIVERED, f"{number}-2", f"{number}-1")
    with pytest.raises(NotFound):
        mark(home, Stage.NOT_DELIVERED, f"{number}-2", f"{number}-3")
    assert [item.stage for item in home.items(number)] == [Stage.NOT_DELIVERED, Stage.SHIPPED]


@pytest.mark.parametrize(
    ("codes", "to"), [([], Stage.RETURNED), (["2026-00001-1"] * 201, Stage.RETURNED), (["x"], Stage.PACKED)]
)
def test_a_mark_names_cards_and_what_became_of_them(home: House, codes: list[str], to: Stage) -> None:
    with pytest.raises(Invalid):
        mark(home, to, *codes)


def test_words_of_a_parcel_fit(home: House) -> None:
    number = home.produced(1)
    for carrier, tracking in (("x" * 61, ""), ("", "x" * 61)):
        with pytest.raises(Invalid):
            perform(shipping.pack, home.shipper, number=number, carrier=carrier, tracking=tracking, key="k")
    shipped, _ = home.shipped(1)
    with pytest.raises(Invalid):
        perform(
            shipping.mark,
            home.shipper,
            codes=[f"{shipped}-1"],
            to=Stage.NOT_DELIVERED,
            reason="x" * 401,
        )


def test_a_card_blocked_on_its_way_stays_blocked(home: House) -> None:
    _, parcel = home.shipped(1)
    perform(cards.block, home.orderer, number="C-2026-0001", reason="undelivered")
    perform(shipping.deliver, home.shipper, number=parcel)
    assert statuses(home) == {CardStatus.BLOCKED}


def test_a_parcel_shows_where_it_goes_and_its_cards(home: House) -> None:
    number, parcel = home.shipped(2)
    sheet = home.parcel(parcel)
    assert (sheet.shipment.order_number, sheet.shipment.carrier, sheet.shipment.cards) == (
        number,
        "PostNord",
        2,
    )
    assert [(row.code, row.stage) for row in sheet.items.rows] == [
        (f"{number}-1", "shipped"),
        (f"{number}-2", "shipped"),
    ]


def test_lists_of_parcels_are_paged(home: House, clock: Clock) -> None:
    order = home.at(home.many([Fulfilment.SHIPPED])[0])
    made = [f"S-2026-{n:04d}" for n in range(52)]
    with home.world.database.transaction(SYSTEM) as session:
        for number in made:
            clock.forward(timedelta(minutes=1))
            session.add(
                Shipment(
                    account_id=order.account_id,
                    order_id=order.id,
                    number=number,
                    packed_at=clock.now(),
                    shipped_at=clock.now(),
                )
            )
    first = perform(shipping_lists.shipments, home.shipper, show="on_the_way")
    second = perform(shipping_lists.shipments, home.shipper, show="on_the_way", cursor=first.following)
    back = perform(shipping_lists.shipments, home.shipper, show="on_the_way", cursor=second.previous)
    assert [row.number for row in first.rows + second.rows] == made
    assert back.rows == first.rows
    with pytest.raises(Invalid):
        parcels(home, "lost")


def test_others_do_not_ship(home: House) -> None:
    number = home.produced(1)
    for actor in (home.operator, home.orderer):
        with pytest.raises(NotAllowed):
            perform(shipping.pack, actor, number=number, carrier="", tracking="", key="k")
