"""The way of an order as a story of few steps: what is done, where it is now, what is still to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nexus_portal.domain.lifecycles import NO_PIECES, Fulfilment, Pieces
from nexus_portal.domain.text import Message


class StepState(StrEnum):
    """Where a step stands."""

    DONE = "done"
    CURRENT = "current"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an order came to a state, ISO, and by whom."""

    at: str
    who: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the cards have come how far, and how many of the accessories."""

    cards: int
    produced: int
    shipped: int
    delivered: int
    pieces: Pieces = NO_PIECES


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, how far it is, when and by whom. `note` counts while it is partial."""

    title: Message
    state: StepState
    at: str = ""
    who: str = ""
    note: Message | None = None


F = Fulfilment
STOPS = {
    F.REJECTED: Message("Returned for correction"),
    F.CANCELLED: Message("Cancelled"),
    F.ON_HOLD: Message("On hold"),
}
BEFORE_ACCEPTANCE = frozenset({F.DRAFT, F.SUBMITTED, F.AWAITING_APPROVAL, F.APPROVED, *STOPS})


def journey(now: Fulfilment, arrivals: Mapping[Fulfilment, Arrival], counts: Counts) -> Sequence[Step]:
    """The steps of an order from ordering to delivery; an order that was stopped ends with the stop."""
    ordered = arrivals.get(F.SUBMITTED) or arrivals.get(F.AWAITING_APPROVAL)
    steps = [_decided(Message("Ordered"), ordered, current=now in {F.DRAFT, F.REJECTED})]
    if F.AWAITING_APPROVAL in arrivals or now is F.AWAITING_APPROVAL:
        steps.append(
            _decided(Message("Approved"), arrivals.get(F.APPROVED), current=now is F.AWAITING_APPROVAL)
        )
    if now in STOPS:
        stop = arrivals.get(now, Arrival("", ""))
        return [*steps, Step(STOPS[now], StepState.STOPPED, stop.at, stop.who)]
    steps.append(
        _decided(
            Message("Accepted by the bureau"),
            arrivals.get(F.ACCEPTED),
            current=now in {F.SUBMITTED, F.APPROVED},
            done=now not in BEFORE_ACCEPTANCE,
        )
    )
    return [*steps, *_made(now, arrivals, counts)]


def _made(now: Fulfilment, arrivals: Mapping[Fulfilment, Arrival], counts: Counts) -> Sequence[Step]:
    accepted = now not in BEFORE_ACCEPTANCE
    shipped = arrivals.get(F.SHIPPED) or arrivals.get(F.DELIVERED)
    pieces, total = counts.pieces, counts.cards + counts.pieces.ordered
    ready = counts.produced if counts.cards else pieces.packed
    left, arrived = counts.shipped + pieces.shipped, counts.delivered + pieces.delivered
    return [
        *(_produced(now, arrivals, counts) if counts.cards else [_packed(pieces, started=accepted)]),
        _counted(Message("Shipped"), left, total, shipped, started=ready > 0),
        _counted(Message("Delivered"), arrived, total, arrivals.get(F.DELIVERED), started=left > 0),
    ]


def _packed(pieces: Pieces, *, started: bool) -> Step:
    """Accessories lie on a shelf: nothing is made of an order that holds no card."""
    return _counted(Message("Packed"), pieces.packed, pieces.ordered, None, started=started)


def _produced(now: Fulfilment, arrivals: Mapping[Fulfilment, Arrival], counts: Counts) -> Sequence[Step]:
    started = now not in BEFORE_ACCEPTANCE | {F.ACCEPTED}
    begun = arrivals.get(F.IN_PRODUCTION, Arrival("", ""))
    done = arrivals.get(F.PRODUCED) or arrivals.get(F.SHIPPED) or arrivals.get(F.DELIVERED)
    return [
        Step(
            Message("In production"),
            StepState.DONE if started else StepState.CURRENT if now is F.ACCEPTED else StepState.WAITING,
            begun.at,
            begun.who,
        ),
        _counted(Message("Produced"), counts.produced, counts.cards, done, started=started),
    ]


def _decided(title: Message, arrival: Arrival | None, *, current: bool, done: bool | None = None) -> Step:
    reached = arrival is not None if done is None else done
    state = StepState.CURRENT if current else StepState.DONE if reached else StepState.WAITING
    known = arrival if arrival is not None and state is StepState.DONE else Arrival("", "")
    return Step(title, state, known.at, known.who)


def _counted(title: Message, done: int, total: int, arrival: Arrival | None, *, started: bool) -> Step:
    if total and done >= total:
        return Step(title, StepState.DONE, arrival.at if arrival else "")
    note = Message("{done} of {total}", done=done, total=total) if done else None
    return Step(title, StepState.CURRENT if started else StepState.WAITING, note=note)
