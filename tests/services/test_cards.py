"""The register of issued cards."""

from datetime import timedelta
from typing import Any

import pytest

from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import BlockReason
from nexus_portal.domain.permissions import Role
from nexus_portal.services import cards
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, both_at_once, house
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
