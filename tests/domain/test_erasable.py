"""When a customer may remove the personal data of an order [R7]."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_portal.domain.erasable import (
    ErasureCase,
    ItemCase,
    Obstacle,
    item_obstacles,
    what_stands_in_the_way,
)
from nexus_portal.domain.lifecycles import (
    SETTLED_BILLING,
    Billing,
    Fulfilment,
    PersonalData,
    Stage,
    is_produced,
)

F = Fulfilment
MADE = (F.PRODUCED, F.PART_SHIPPED, F.SHIPPED, F.DELIVERED, F.CLOSED)
NEVER_MADE = (F.DRAFT, F.CANCELLED, F.REJECTED)

CASES = st.builds(
    ErasureCase,
    fulfilment=st.sampled_from(Fulfilment),
    billing=st.sampled_from(Billing),
    personal_data=st.sampled_from(PersonalData),
    cards=st.integers(1, 9),
    produced=st.integers(0, 9),
    held=st.booleans(),
    open_claim=st.booleans(),
)


def case(**changed: Any) -> ErasureCase:
    """An order that may be erased, but for what is changed."""
    values: dict[str, Any] = {
        "fulfilment": F.DELIVERED,
        "billing": Billing.INVOICED,
        "personal_data": PersonalData.FULL,
        "cards": 3,
        "produced": 3,
    }
    return ErasureCase(**(values | changed))


def reasons(**changed: Any) -> list[str]:
    return [str(reason) for reason in what_stands_in_the_way(case(**changed))]


@pytest.mark.parametrize(("fulfilment", "billing"), list(product(MADE, sorted(SETTLED_BILLING))))
def test_produced_and_settled_may_be_erased(fulfilment: Fulfilment, billing: Billing) -> None:
    assert reasons(fulfilment=fulfilment, billing=billing) == []


@pytest.mark.parametrize("fulfilment", NEVER_MADE)
def test_what_never_becomes_cards_may_be_erased_without_an_invoice(fulfilment: Fulfilment) -> None:
    assert reasons(fulfilment=fulfilment, billing=Billing.UNBILLED, produced=0) == []


def test_every_line_in_the_way_is_named() -> None:
    assert reasons(
        fulfilment=F.IN_PRODUCTION, billing=Billing.UNBILLED, produced=1, held=True, open_claim=True
    ) == [
        "2 of 3 cards are not produced yet.",
        "The order is not invoiced yet.",
        "A hold stops the removal.",
        "A claim or a remake is open.",
    ]


@pytest.mark.parametrize("fulfilment", [F.SUBMITTED, F.AWAITING_APPROVAL, F.APPROVED, F.ON_HOLD])
def test_an_order_that_is_not_accepted_is_cancelled_first(fulfilment: Fulfilment) -> None:
    assert "cancel it instead" in reasons(fulfilment=fulfilment, produced=0)[0]


def test_what_is_erased_is_not_erased_again() -> None:
    assert reasons(personal_data=PersonalData.ERASED) == ["The personal data has already been removed."]
    assert reasons(personal_data=PersonalData.MINIMISED) == []


def test_an_order_that_never_held_anybody_has_nothing_to_erase() -> None:
    said = ["The order has no card: it never held personal data."]
    for fulfilment in (F.DRAFT, F.SUBMITTED, F.DELIVERED, F.CANCELLED):
        assert reasons(personal_data=PersonalData.NONE, fulfilment=fulfilment, cards=0, produced=0) == said


def test_a_hold_stops_even_a_draft() -> None:
    assert reasons(fulfilment=F.DRAFT, held=True) == ["A hold stops the removal."]


@settings(deadline=None)
@given(CASES)
def test_erasable_means_produced_and_settled_and_free(given_case: ErasureCase) -> None:
    free = (
        not given_case.held
        and not given_case.open_claim
        and given_case.personal_data not in {PersonalData.ERASED, PersonalData.NONE}
    )
    made = given_case.produced >= given_case.cards and given_case.billing in SETTLED_BILLING
    undecided = given_case.fulfilment in {F.SUBMITTED, F.AWAITING_APPROVAL, F.APPROVED, F.ON_HOLD}
    expected = free and (given_case.fulfilment in NEVER_MADE or (made and not undecided))
    assert (what_stands_in_the_way(given_case) == ()) == expected


def in_the_way(
    stage: Stage = Stage.DELIVERED, *, item: dict[str, Any] | None = None, **changed: Any
) -> set[Obstacle]:
    """What stops the erasing of one person, where nothing of the order but what is changed does."""
    return set(item_obstacles(case(**changed), ItemCase(stage=stage, **(item or {}))))


@pytest.mark.parametrize("stage", Stage)
def test_a_person_goes_once_their_own_card_is_produced(stage: Stage) -> None:
    ready = is_produced(stage) or stage is Stage.CANCELLED
    assert in_the_way(stage, produced=1) == (set() if ready else {Obstacle.PRODUCTION})


@pytest.mark.parametrize("billing", Billing)
def test_a_person_goes_once_the_card_is_settled_and_a_cancelled_card_never_is(billing: Billing) -> None:
    settled = billing in SETTLED_BILLING
    assert in_the_way(billing=billing) == (set() if settled else {Obstacle.INVOICE})
    assert in_the_way(Stage.CANCELLED, billing=billing) == set()


@pytest.mark.parametrize("fulfilment", [F.SUBMITTED, F.AWAITING_APPROVAL, F.APPROVED, F.ON_HOLD])
def test_a_person_of_an_order_that_is_not_accepted_stays(fulfilment: Fulfilment) -> None:
    assert in_the_way(Stage.READY, fulfilment=fulfilment) == {Obstacle.ACCEPTANCE}


@pytest.mark.parametrize("fulfilment", NEVER_MADE)
@pytest.mark.parametrize("stage", [Stage.COLLECTING, Stage.READY, Stage.CANCELLED])
def test_a_person_whose_card_is_never_made_goes_without_an_invoice(
    fulfilment: Fulfilment, stage: Stage
) -> None:
    assert in_the_way(stage, fulfilment=fulfilment, billing=Billing.UNBILLED) == set()


@pytest.mark.parametrize("fulfilment", [*MADE, *NEVER_MADE])
def test_a_hold_and_a_remake_stop_it_whatever_becomes_of_the_card(fulfilment: Fulfilment) -> None:
    assert in_the_way(fulfilment=fulfilment, held=True) == {Obstacle.HOLD}
    assert in_the_way(fulfilment=fulfilment, item={"held": True}) == {Obstacle.HOLD}
    assert in_the_way(fulfilment=fulfilment, item={"remade": True}) == {Obstacle.CLAIM}
