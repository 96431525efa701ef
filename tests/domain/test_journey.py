"""The way of an order as a story."""

from nexus_portal.domain.journey import Arrival, Counts, StepState, journey
from nexus_portal.domain.lifecycles import Fulfilment, Pieces

F = Fulfilment
DONE, CURRENT, WAITING, STOPPED = StepState.DONE, StepState.CURRENT, StepState.WAITING, StepState.STOPPED
NONE = Counts(10, 0, 0, 0)


def told(now: F, counts: Counts = NONE, *passed: F) -> list[tuple[str, StepState]]:
    """Titles and states of the steps of an order that has passed these states."""
    arrivals = {state: Arrival("2026-03-02T12:00:00+00:00", "Somebody") for state in passed}
    return [(step.title.msgid, step.state) for step in journey(now, arrivals, counts)]


def test_a_submitted_order_waits_for_the_bureau() -> None:
    assert told(F.SUBMITTED, NONE, F.SUBMITTED)[:3] == [
        ("Ordered", DONE),
        ("Accepted by the bureau", CURRENT),
        ("In production", WAITING),
    ]


def test_approval_shows_only_where_the_account_wants_it() -> None:
    assert ("Approved", CURRENT) in told(F.AWAITING_APPROVAL, NONE, F.AWAITING_APPROVAL)
    assert ("Approved", DONE) in told(F.APPROVED, NONE, F.AWAITING_APPROVAL, F.APPROVED)
    assert "Approved" not in dict(told(F.SUBMITTED, NONE, F.SUBMITTED))


def test_partial_steps_count() -> None:
    steps = journey(F.PART_SHIPPED, {F.SUBMITTED: Arrival("", "")}, Counts(81, 70, 40, 0))
    notes = {step.title.msgid: str(step.note) for step in steps if step.note}
    assert notes == {"Produced": "70 of 81", "Shipped": "40 of 81"}


def test_a_delivered_order_is_done_with_everything() -> None:
    states = {
        state for _, state in told(F.DELIVERED, Counts(3, 3, 3, 3), F.SUBMITTED, F.ACCEPTED, F.DELIVERED)
    }
    assert states == {DONE}


def test_without_cards_an_order_is_packed_and_nothing_is_made() -> None:
    assert told(F.ACCEPTED, Counts(0, 0, 0, 0, Pieces(8, 3)), F.SUBMITTED, F.ACCEPTED)[2:] == [
        ("Packed", CURRENT),
        ("Shipped", CURRENT),
        ("Delivered", WAITING),
    ]
    assert told(F.SUBMITTED, Counts(0, 0, 0, 0, Pieces(8)), F.SUBMITTED)[2:] == [
        ("Packed", WAITING),
        ("Shipped", WAITING),
        ("Delivered", WAITING),
    ]
    states = {state for _, state in told(F.DELIVERED, Counts(0, 0, 0, 0, Pieces(8, 8, 8, 8)), F.SUBMITTED)}
    assert states == {DONE}


def test_an_order_has_not_arrived_before_its_accessories() -> None:
    steps = dict(told(F.PART_SHIPPED, Counts(3, 3, 3, 3, Pieces(2)), F.SUBMITTED, F.ACCEPTED))
    assert (steps["Produced"], steps["Shipped"], steps["Delivered"]) == (DONE, CURRENT, CURRENT)


def test_a_stop_ends_the_story() -> None:
    assert told(F.REJECTED, NONE, F.SUBMITTED, F.REJECTED)[-1] == ("Returned for correction", STOPPED)
    assert told(F.CANCELLED, NONE, F.SUBMITTED, F.CANCELLED)[-1] == ("Cancelled", STOPPED)
