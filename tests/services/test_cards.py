"""The register of issued cards."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import BlockReason
from nexus_portal.domain.permissions import Role
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem
from nexus_portal.services import audit, card_page, cards, cards_together, desk, tracking
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY, House, both_at_once, house
from tests.world import Clock, World

CARD = "C-2026-0001"


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def block(home: House, reason: str = "lost") -> cards.Blocked:
    return perform(cards.block, home.orderer, number=CARD, reason=reason)


def test_the_register_shows_cards_without_persons(home: House) -> None:
    number = home.delivered(1)
    (row,) = perform(cards.register, home.orderer).rows
    assert (row.number, row.code, row.order_number, row.status) == (CARD, f"{number}-1", number, "active")
    assert (row.valid_until, row.deleted_on, row.block_reason) == ("2031-03-02", "", "")


def test_blocking_says_that_it_closes_no_door(home: House, clock: Clock) -> None:
    home.delivered(1)
    clock.forward(timedelta(days=10))
    blocked = block(home, "stolen")
    assert str(blocked.notice).startswith("Blocking here closes no door")
    assert (blocked.card.status, blocked.card.block_reason) == ("blocked", "stolen")
    assert blocked.card.status_changed_at == clock.now().isoformat()
    assert blocked.card.deleted_on == "2026-06-10"


def test_each_change_of_status_starts_the_ninety_days_anew(home: House, clock: Clock) -> None:
    home.delivered(1)
    block(home)
    clock.forward(timedelta(days=80))
    active = perform(cards.unblock, home.orderer, number=CARD)
    assert (active.status, active.block_reason, active.deleted_on) == ("active", "", "")
    again = block(home, "forgotten").card
    assert (again.status_changed_at, again.deleted_on) == (clock.now().isoformat(), "2026-08-19")


def test_a_blocked_card_is_not_blocked_again(home: House) -> None:
    home.delivered(1)
    block(home)
    with pytest.raises(Conflict):
        block(home)


def test_only_a_blocked_card_is_unblocked(home: House) -> None:
    home.produced(1)
    with pytest.raises(Conflict):
        perform(cards.unblock, home.orderer, number=CARD)


def test_a_terminated_card_has_ended(home: House) -> None:
    home.delivered(1)
    ended = perform(cards.terminate, home.orderer, number=CARD)
    assert (ended.card.status, ended.card.deleted_on) == ("terminated", "")
    for act in (cards.terminate, cards.unblock):
        with pytest.raises(Conflict):
            perform(act, home.orderer, number=CARD)
    with pytest.raises(Conflict):
        block(home)


def test_two_who_block_at_once_block_once(home: House) -> None:
    home.delivered(1)
    results = both_at_once(lambda: block(home, "lost"), lambda: block(home, "stolen"))
    assert sum(isinstance(result, Conflict) for result in results) == 1


@pytest.mark.parametrize("reason", ["", "boredom", "LOST"])
def test_a_block_has_one_of_the_reasons(home: House, reason: str) -> None:
    home.delivered(1)
    with pytest.raises(Invalid):
        block(home, reason)
    assert {r.value for r in BlockReason} == {"lost", "stolen", "damaged", "left", "forgotten", "undelivered"}


def test_another_accounts_card_is_not_there(home: House, world: World) -> None:
    home.delivered(1)
    stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    assert perform(cards.register, stranger).rows == ()
    acts: list[tuple[Any, dict[str, str]]] = [
        (cards.card, {}),
        (cards.block, {"reason": "lost"}),
        (cards.terminate, {}),
    ]
    for act, more in acts:
        with pytest.raises(NotFound):
            perform(act, stranger, number=CARD, **more)


def test_who_may_read_cards_may_not_block_them(home: House, world: World) -> None:
    home.delivered(1)
    auditor = world.person(Role.AUDITOR, home.customer)
    assert perform(cards.card, auditor, number=CARD).number == CARD
    with pytest.raises(NotAllowed):
        perform(cards.block, auditor, number=CARD, reason="lost")


def test_the_register_is_filtered_and_paged(home: House, clock: Clock) -> None:
    home.delivered(60)
    clock.forward(timedelta(hours=1))
    block(home)
    first = perform(cards.register, home.orderer)
    second = perform(cards.register, home.orderer, cursor=first.following)
    assert (first.rows[0].number, len(first.rows), len(second.rows)) == (CARD, 50, 10)
    assert len({row.number for row in first.rows + second.rows}) == 60
    assert perform(cards.register, home.orderer, cursor=second.previous).rows == first.rows
    assert [row.number for row in perform(cards.register, home.orderer, status="blocked").rows] == [CARD]
    with pytest.raises(Invalid):
        perform(cards.register, home.orderer, status="lost")


@pytest.mark.parametrize("cursor", ["+2026-03-02T12:00:00~x", "+2026-03-02T12:00:00~" + "0" * 32, "+x~y"])
def test_a_cursor_without_meaning_begins_anew(home: House, cursor: str) -> None:
    home.delivered(1)
    assert len(perform(cards.register, home.orderer, cursor=cursor).rows) == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("{order}", 3),
        (" {order}-2 ", 1),
        ("c-2026-0003", 1),
        ("C-2026-9999", 0),
        ("Astrid", 0),
        ("2026-99", 0),
    ],
)
def test_the_register_is_searched_by_number(home: House, search: str, found: int) -> None:
    home.delivered(1)
    order = home.delivered(3)
    rows = perform(cards.register, home.orderer, search=search.format(order=order)).rows
    assert len(rows) == found
    assert {row.order_number for row in rows} <= {order}
    if rows:
        stranger = home.world.person(Role.ORDERER, home.world.account("Nordhamn Energi"))
        assert perform(cards.register, stranger, search=search.format(order=order)).rows == ()


def test_a_card_tells_its_way_with_its_changes_of_status(home: House, clock: Clock) -> None:
    home.delivered(1)
    clock.forward(timedelta(hours=1))
    block(home, "stolen")
    perform(cards.unblock, home.orderer, number=CARD)
    found = perform(card_page.card_details, home.orderer, number=CARD)
    assert [(step.axis, step.end, step.reason) for step in found.way[-3:]] == [
        ("stage", "delivered", ""),
        ("card", "blocked", "stolen"),
        ("card", "active", ""),
    ]
    assert {step.role for step in found.way[-2:]} == {"orderer"}
    assert (found.card.days_left, found.replaces, found.replaced_by) == (-1, "", "")


def test_the_days_until_a_blocked_card_is_deleted_are_counted(home: House, clock: Clock) -> None:
    home.delivered(1)
    block(home)
    clock.forward(timedelta(days=89))
    assert perform(card_page.card_details, home.orderer, number=CARD).card.days_left == 1


def test_a_card_names_what_it_replaces_and_what_replaces_it(home: House) -> None:
    home.delivered(1)
    number = home.order(1)
    with home.world.database.transaction(SYSTEM) as session:
        old = session.exec(select(Card)).one()
        item = session.get_one(CardItem, home.items(number)[0].id)
        item.replaces_id, item.replaces_why = old.id, "lost"
        session.add(item)
    before = perform(card_page.card_details, home.orderer, number=CARD)
    assert (before.replaced_by, before.replaced_in) == (f"{number}-1", number)
    perform(desk.accept, home.desk, number=number)
    home.advance(home.batch(), *WAY)
    after = perform(card_page.card_details, home.orderer, number="C-2026-0002")
    assert (after.replaces, after.replaces_why) == (CARD, "lost")
    assert perform(card_page.card_details, home.orderer, number=CARD).replaced_by == "C-2026-0002"


def test_several_are_blocked_together_and_each_is_written_down(home: House) -> None:
    home.delivered(3)
    numbers = [row.number for row in perform(cards.register, home.orderer).rows]
    assert perform(cards_together.block_many, home.orderer, numbers=numbers, reason="left") == 3
    auditor = home.world.person(Role.AUDITOR, home.customer)
    entries = [entry for entry in perform(audit.events, auditor) if entry.action == "card:blocked"]
    assert {entry.subject for entry in entries} == set(numbers)
    assert perform(cards_together.terminate_many, home.orderer, numbers=numbers) == 3
    assert {row.status for row in perform(cards.register, home.orderer).rows} == {"terminated"}


def test_if_one_of_several_cannot_be_blocked_none_is(home: House) -> None:
    home.delivered(2)
    one, two = (row.number for row in perform(cards.register, home.orderer).rows)
    perform(cards.terminate, home.orderer, number=one)
    with pytest.raises(Conflict):
        perform(cards_together.block_many, home.orderer, numbers=[one, two], reason="lost")
    assert perform(cards.card, home.orderer, number=two).status == "active"


@pytest.mark.parametrize(
    ("numbers", "refusal"), [([], Invalid), ([f"C-{n}" for n in range(101)], Invalid), (["C-9-9"], NotFound)]
)
def test_what_is_not_there_is_not_blocked(home: House, numbers: list[str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        perform(cards_together.block_many, home.orderer, numbers=numbers, reason="lost")
    with pytest.raises(refusal):
        perform(cards_together.terminate_many, home.orderer, numbers=numbers)


def test_several_of_another_account_are_not_there(home: House) -> None:
    home.delivered(1)
    stranger = home.world.person(Role.ORDERER, home.world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(cards_together.block_many, stranger, numbers=[CARD], reason="lost")


def test_card_items_are_narrowed_by_period_and_number(home: House, clock: Clock) -> None:
    old = home.accepted(2)
    clock.forward(timedelta(days=10))
    fresh = home.accepted(1)
    week = perform(tracking.moving, home.orderer, period="7").rows
    assert [row.order_number for row in week] == [fresh]
    found = perform(tracking.moving, home.orderer, search=old).rows
    assert [row.code for row in found] == [f"{old}-1", f"{old}-2"]
    with pytest.raises(Invalid):
        perform(tracking.moving, home.orderer, period="8")
