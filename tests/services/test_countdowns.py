"""When the data on each card goes, on the lists and pages of orders and cards."""

from datetime import timedelta

import pytest

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import RetentionPolicy
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.cards import Card
from nexus_portal.models.privacy import RetentionRule
from nexus_portal.services import (
    card_page,
    cards,
    history,
    holds,
    order_countdown,
    order_items,
    retention_sweep,
    tracking,
)
from nexus_portal.services.countdowns import NOTHING, Countdown
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import Clock, World

NUMBER = "2026-00001"


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


@pytest.fixture
def photo_at_once(database: Database, account: Account, clock: Clock) -> None:
    """The account's rule: photos at delivery, everything else after 30 days."""
    with database.transaction(SYSTEM) as session:
        session.add(
            RetentionRule(
                account_id=account.id, kind="photo", policy=RetentionPolicy.IMMEDIATE, changed_at=clock.now()
            )
        )


def first(orderer: Actor) -> Countdown:
    return perform(order_items.items, orderer, number=NUMBER).rows[0].countdown


def said(found: Countdown) -> list[tuple[str, bool, str, int]]:
    return [("+".join(part.kinds), part.gone, part.day, part.days) for part in found.parts]


def test_a_card_says_what_goes_when_and_by_which_rule(orderer: Actor, ordered: Ordered) -> None:
    assert ordered
    found = first(orderer)
    assert said(found) == [("name+personal_number+photo", False, "2026-04-01", 30)]
    assert (found.days_left, found.days_kept, found.minimised, found.held) == (30, 30, False, False)
    assert perform(tracking.moving, orderer).rows[0].countdown == found


@pytest.mark.usefixtures("photo_at_once")
def test_a_part_that_went_is_named_with_its_day(orderer: Actor, ordered: Ordered, clock: Clock) -> None:
    assert ordered
    clock.forward(timedelta(minutes=1))
    retention_sweep.sweep()
    found = first(orderer)
    assert said(found) == [
        ("photo", True, "2026-03-02", 0),
        ("name+personal_number", False, "2026-04-01", 30),
    ]
    assert found.minimised
    kinds = perform(order_countdown.by_kind, orderer, order_id=ordered.id)
    assert [(row.kind, row.held, row.gone, row.last) for row in kinds] == [
        ("name", 2, 0, "2026-04-01"),
        ("personal_number", 2, 0, "2026-04-01"),
        ("photo", 0, 2, ""),
    ]


def test_a_hold_is_shown_on_the_card_that_it_is_on(
    world: World, account: Account, orderer: Actor, ordered: Ordered
) -> None:
    assert ordered
    keeper = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
    perform(holds.place, keeper, reason="A dispute.", on=f"{NUMBER}-2")
    rows = perform(order_items.items, orderer, number=NUMBER).rows
    assert [row.countdown.held for row in rows] == [False, True]
    perform(holds.place, keeper, reason="A dispute.")
    rows = perform(order_items.items, orderer, number=NUMBER).rows
    assert [row.countdown.held for row in rows] == [True, True]


def test_a_card_of_the_register_counts_down_and_a_blocked_one_both_ways(
    database: Database, orderer: Actor, ordered: Ordered, clock: Clock
) -> None:
    with database.transaction(SYSTEM) as session:
        session.add(
            Card(
                account_id=orderer.account_id or new_id(),
                item_id=ordered.items[0],
                number="C-2026-0001",
                status="active",
                status_changed_at=clock.now(),
                created_at=clock.now(),
            )
        )
    perform(cards.block, orderer, number="C-2026-0001", reason="lost")
    clock.forward(timedelta(days=7))
    [row] = perform(cards.register, orderer).rows
    assert (row.countdown.days_left, row.days_left, row.deleted_on) == (23, 83, "2026-05-31")
    assert perform(card_page.card_details, orderer, number="C-2026-0001").card == row


def test_what_is_erased_holds_nothing_and_an_order_says_its_day(
    database: Database, orderer: Actor, ordered: Ordered, clock: Clock
) -> None:
    assert perform(history.orders, orderer).rows[0].goes_on == ""
    clock.forward(timedelta(days=31))
    retention_sweep.sweep()
    assert first(orderer) == NOTHING
    row = perform(tracking.moving, orderer).rows[0]
    assert (row.countdown, row.erased_at) == (NOTHING, clock.now().isoformat())
    assert perform(order_countdown.by_kind, orderer, order_id=ordered.id) == ()


def test_the_kinds_of_a_foreign_order_are_not_found(world: World, ordered: Ordered) -> None:
    stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(order_countdown.by_kind, stranger, order_id=ordered.id)
