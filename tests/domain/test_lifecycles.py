"""The lifecycles as tables of legal moves, and what follows from them."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_portal.domain.billing import BILLING_MOVES, may_be_invoiced, total
from nexus_portal.domain.cards import CARD_MOVES, deleted_on, valid_until
from nexus_portal.domain.errors import Conflict
from nexus_portal.domain.lifecycles import (
    BATCH_MOVES,
    CANCELLABLE,
    EDITABLE,
    FAILABLE,
    FULFILMENT_MOVES,
    STAGE_MOVES,
    BatchState,
    Billing,
    CardStatus,
    Fulfilment,
    Pieces,
    Stage,
    check_move,
    derive_fulfilment,
    is_produced,
    is_shipped,
)
from tests.world import NOON

F, S = Fulfilment, Stage
TABLES: list[tuple[type[StrEnum], Mapping[Any, Any], StrEnum]] = [
    (Fulfilment, FULFILMENT_MOVES, F.DRAFT),
    (Stage, STAGE_MOVES, S.COLLECTING),
    (BatchState, BATCH_MOVES, BatchState.OPEN),
    (Billing, BILLING_MOVES, Billing.UNBILLED),
    (CardStatus, CARD_MOVES, CardStatus.ISSUED),
]
FROM_QUEUE = [stage for stage in Stage if stage not in {S.COLLECTING, S.IN_REVIEW, S.READY}]
STAGES = st.lists(st.sampled_from(FROM_QUEUE), min_size=1, max_size=6)


@pytest.mark.parametrize(("states", "moves", "first"), TABLES)
def test_every_state_has_its_moves_and_is_reached(
    states: type[StrEnum], moves: Mapping[StrEnum, frozenset[StrEnum]], first: StrEnum
) -> None:
    assert set(moves) == set(states)
    reached, waiting = {first}, [first]
    while waiting:
        fresh = moves[waiting.pop()] - reached
        reached |= fresh
        waiting.extend(fresh)
    assert reached == set(states)
    assert all(state not in ends for state, ends in moves.items())


def test_an_illegal_move_is_refused_in_words() -> None:
    check_move(STAGE_MOVES, S.QC, S.PRODUCED)
    with pytest.raises(Conflict) as refusal:
        check_move(STAGE_MOVES, S.QUEUED, S.PRODUCED)
    assert refusal.value.message.params == {"start": S.QUEUED, "end": S.PRODUCED}


def test_a_customer_may_cancel_until_the_bureau_accepts() -> None:
    cancellable = {state for state, ends in FULFILMENT_MOVES.items() if F.CANCELLED in ends}
    assert cancellable == CANCELLABLE
    assert F.ACCEPTED not in cancellable
    assert EDITABLE <= CANCELLABLE


def test_failures_lead_back_to_the_queue() -> None:
    assert {stage for stage, ends in STAGE_MOVES.items() if S.QUEUED in ends} - {S.READY} == FAILABLE


def test_a_made_card_never_becomes_unmade() -> None:
    for start, ends in STAGE_MOVES.items():
        if is_produced(start):
            assert all(is_produced(end) for end in ends)
        if is_shipped(start):
            assert is_produced(start)
            assert all(is_shipped(end) for end in ends)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ("queued queued", F.ACCEPTED),
        ("queued batched", F.IN_PRODUCTION),
        ("queued produced", F.IN_PRODUCTION),
        ("produced produced", F.PRODUCED),
        ("produced packed", F.PRODUCED),
        ("produced cancelled", F.PRODUCED),
        ("queued shipped", F.PART_SHIPPED),
        ("packed delivered", F.PART_SHIPPED),
        ("shipped delivered", F.SHIPPED),
        ("returned delivered", F.SHIPPED),
        ("not_delivered reshipped", F.SHIPPED),
        ("delivered delivered", F.DELIVERED),
        ("delivered destroyed", F.DELIVERED),
        ("delivered cancelled", F.DELIVERED),
        ("cancelled cancelled", F.ACCEPTED),
        ("", F.ACCEPTED),
    ],
)
def test_fulfilment_follows_from_the_card_items(stages: str, expected: Fulfilment) -> None:
    assert derive_fulfilment([Stage(stage) for stage in stages.split()]) is expected


@pytest.mark.parametrize(
    ("stages", "pieces", "expected"),
    [
        ("", Pieces(3), F.ACCEPTED),
        ("", Pieces(3, 3), F.ACCEPTED),
        ("", Pieces(3, 2, 1), F.PART_SHIPPED),
        ("", Pieces(3, 3, 3, 2), F.SHIPPED),
        ("", Pieces(3, 3, 3, 3), F.DELIVERED),
        ("cancelled", Pieces(3, 3, 3, 3), F.DELIVERED),
        ("queued", Pieces(3), F.ACCEPTED),
        ("produced", Pieces(3), F.PRODUCED),
        ("packed", Pieces(3, 3), F.PRODUCED),
        ("shipped", Pieces(3), F.PART_SHIPPED),
        ("produced", Pieces(3, 3, 3), F.PART_SHIPPED),
        ("shipped", Pieces(3, 3, 3), F.SHIPPED),
        ("delivered", Pieces(3), F.PART_SHIPPED),
        ("delivered", Pieces(3, 3, 3), F.SHIPPED),
        ("destroyed", Pieces(3, 3, 3, 3), F.DELIVERED),
    ],
)
def test_accessories_hold_an_order_back_until_they_have_left_and_arrived(
    stages: str, pieces: Pieces, expected: Fulfilment
) -> None:
    assert derive_fulfilment([Stage(stage) for stage in stages.split()], pieces) is expected


@st.composite
def pieces_on_the_move(draw: st.DrawFn) -> tuple[Pieces, Pieces]:
    """Accessories of an order before and after some were packed, left or arrived."""
    ordered = draw(st.integers(1, 4))
    counts = sorted(draw(st.lists(st.integers(0, ordered), min_size=3, max_size=3)), reverse=True)
    before = Pieces(ordered, *counts)
    step = draw(st.sampled_from(["packed", "shipped", "delivered"]))
    limits = {"packed": ordered, "shipped": before.packed, "delivered": before.shipped}
    return before, replace(before, **{step: draw(st.integers(getattr(before, step), limits[step]))})


@settings(deadline=None)
@given(st.lists(st.sampled_from(FROM_QUEUE), max_size=4), pieces_on_the_move())
def test_any_move_of_accessories_is_a_legal_move_of_their_order(
    stages: list[Stage], moved: tuple[Pieces, Pieces]
) -> None:
    before, after = (derive_fulfilment(stages, pieces) for pieces in moved)
    assert after is before or after in FULFILMENT_MOVES[before]


@settings(deadline=None)
@given(STAGES, pieces_on_the_move(), st.data())
def test_any_move_of_a_card_beside_accessories_is_a_legal_move_of_its_order(
    stages: list[Stage], moved: tuple[Pieces, Pieces], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(stages) - 1))
    ends = sorted(STAGE_MOVES[stages[place]])
    if not ends:
        return
    before = derive_fulfilment(stages, moved[0])
    stages[place] = data.draw(st.sampled_from(ends))
    after = derive_fulfilment(stages, moved[0])
    assert after is before or after in FULFILMENT_MOVES[before]


@settings(deadline=None)
@given(STAGES, st.data())
def test_any_legal_move_of_one_card_is_a_legal_move_of_its_order(
    stages: list[Stage], data: st.DataObject
) -> None:
    """Nothing that a card may do brings its order to a state that the order's own table does not know."""
    place = data.draw(st.integers(0, len(stages) - 1))
    ends = sorted(STAGE_MOVES[stages[place]])
    if not ends:
        return
    before = derive_fulfilment(stages)
    stages[place] = data.draw(st.sampled_from(ends))
    after = derive_fulfilment(stages)
    assert after is before or after in FULFILMENT_MOVES[before]


@settings(deadline=None)
@given(STAGES)
def test_counting_stages_or_listing_them_is_the_same(stages: list[Stage]) -> None:
    assert derive_fulfilment(stages) is derive_fulfilment(set(stages))


def test_an_order_is_invoiced_when_all_its_cards_are_produced() -> None:
    assert may_be_invoiced(F.PART_SHIPPED, cards=2, produced=2)
    assert not may_be_invoiced(F.PART_SHIPPED, cards=2, produced=1)
    assert not may_be_invoiced(F.ACCEPTED, cards=0, produced=0)
    assert not may_be_invoiced(F.CANCELLED, cards=2, produced=2)
    assert may_be_invoiced(F.PRODUCED, cards=2, produced=2, pieces=Pieces(3))
    assert may_be_invoiced(F.SHIPPED, cards=0, produced=0, pieces=Pieces(3, 3))
    assert may_be_invoiced(F.PART_SHIPPED, cards=0, produced=0, pieces=Pieces(3, 3))
    assert not may_be_invoiced(F.PART_SHIPPED, cards=0, produced=0, pieces=Pieces(3, 2))
    assert not may_be_invoiced(F.ACCEPTED, cards=0, produced=0, pieces=Pieces(3, 3))
    assert total([(3, 4900), (-1, 100)]) == 14600


def test_a_card_is_valid_for_five_years_and_blocked_for_ninety_days() -> None:
    leap_day = NOON.replace(year=2028, month=2, day=29).date()
    assert str(valid_until(NOON.date())) == "2031-03-02"
    assert str(valid_until(leap_day)) == "2033-02-28"
    assert str(deleted_on(CardStatus.BLOCKED, NOON)) == "2026-05-31"
    assert deleted_on(CardStatus.ACTIVE, NOON) is None
