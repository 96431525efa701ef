"""The lifecycles of domain.md as tables of legal moves, and what follows from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from nexus_portal.domain.errors import Conflict
from nexus_portal.domain.text import Message

State = TypeVar("State", bound=StrEnum)


class Fulfilment(StrEnum):
    """Where an order is. From `accepted` on it is derived from its card items and accessories."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    IN_PRODUCTION = "in_production"
    PRODUCED = "produced"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CLOSED = "closed"
    REJECTED = "rejected"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


class Billing(StrEnum):
    """Whether an order is paid for."""

    UNBILLED = "unbilled"
    INVOICED = "invoiced"
    PAID = "paid"
    CREDITED = "credited"
    NOT_BILLABLE = "not_billable"


class PersonalData(StrEnum):
    """How much of the persons an order still holds; `none` where it has no card, so never held anybody."""

    NONE = "none"
    FULL = "full"
    MINIMISED = "minimised"
    ERASED = "erased"


class Stage(StrEnum):
    """Where one card item is."""

    COLLECTING = "collecting"
    IN_REVIEW = "in_review"
    READY = "ready"
    QUEUED = "queued"
    BATCHED = "batched"
    ENCODING = "encoding"
    PRINTING = "printing"
    QC = "qc"
    PRODUCED = "produced"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    RETURNED = "returned"
    RESHIPPED = "reshipped"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


class CardStatus(StrEnum):
    """Status of an issued card in the register."""

    ISSUED = "issued"
    ACTIVE = "active"
    BLOCKED = "blocked"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    REPLACED = "replaced"
    VOID = "void"


class BlockReason(StrEnum):
    """Why a card was blocked."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    LEFT = "left"
    FORGOTTEN = "forgotten"
    UNDELIVERED = "undelivered"


class BatchState(StrEnum):
    """Where a batch is on its way through production."""

    OPEN = "open"
    CLOSED = "closed"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    RUNNING = "running"
    RECONCILED = "reconciled"
    REFUSED = "refused"


class PhotoState(StrEnum):
    """State of a holder's photo."""

    MISSING = "missing"
    PENDING = "pending"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RELEASED = "released"
    REJECTED = "rejected"
    REPLACED = "replaced"
    PURGED = "purged"


F, S, B = Fulfilment, Stage, BatchState

FULFILMENT_MOVES: Mapping[Fulfilment, frozenset[Fulfilment]] = {
    F.DRAFT: frozenset({F.SUBMITTED, F.AWAITING_APPROVAL, F.CANCELLED}),
    F.REJECTED: frozenset({F.SUBMITTED, F.AWAITING_APPROVAL, F.CANCELLED}),
    F.SUBMITTED: frozenset({F.ACCEPTED, F.REJECTED, F.ON_HOLD, F.CANCELLED}),
    F.AWAITING_APPROVAL: frozenset({F.APPROVED, F.REJECTED, F.CANCELLED}),
    F.APPROVED: frozenset({F.ACCEPTED, F.REJECTED, F.ON_HOLD, F.CANCELLED}),
    F.ON_HOLD: frozenset({F.SUBMITTED, F.REJECTED, F.CANCELLED}),
    F.ACCEPTED: frozenset({F.IN_PRODUCTION, F.PRODUCED, F.PART_SHIPPED, F.SHIPPED}),
    F.IN_PRODUCTION: frozenset({F.ACCEPTED, F.PRODUCED, F.PART_SHIPPED, F.SHIPPED}),
    F.PRODUCED: frozenset({F.IN_PRODUCTION, F.PART_SHIPPED, F.SHIPPED}),
    F.PART_SHIPPED: frozenset({F.SHIPPED, F.DELIVERED, F.IN_PRODUCTION}),
    F.SHIPPED: frozenset({F.DELIVERED, F.PART_SHIPPED}),
    F.DELIVERED: frozenset({F.CLOSED, F.PART_SHIPPED, F.SHIPPED}),
    F.CLOSED: frozenset(),
    F.CANCELLED: frozenset(),
}

STAGE_MOVES: Mapping[Stage, frozenset[Stage]] = {
    S.COLLECTING: frozenset({S.IN_REVIEW, S.READY, S.CANCELLED}),
    S.IN_REVIEW: frozenset({S.COLLECTING, S.READY, S.CANCELLED}),
    S.READY: frozenset({S.COLLECTING, S.IN_REVIEW, S.QUEUED, S.CANCELLED}),
    S.QUEUED: frozenset({S.BATCHED, S.CANCELLED}),
    S.BATCHED: frozenset({S.ENCODING, S.QUEUED}),
    S.ENCODING: frozenset({S.PRINTING, S.QUEUED}),
    S.PRINTING: frozenset({S.QC, S.QUEUED}),
    S.QC: frozenset({S.PRODUCED, S.QUEUED}),
    S.PRODUCED: frozenset({S.PACKED}),
    S.PACKED: frozenset({S.SHIPPED, S.PRODUCED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.NOT_DELIVERED}),
    S.DELIVERED: frozenset(),
    S.NOT_DELIVERED: frozenset({S.RETURNED}),
    S.RETURNED: frozenset({S.RESHIPPED, S.DESTROYED}),
    S.RESHIPPED: frozenset({S.DELIVERED, S.NOT_DELIVERED}),
    S.DESTROYED: frozenset(),
    S.CANCELLED: frozenset(),
}

BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    B.OPEN: frozenset({B.CLOSED}),
    B.CLOSED: frozenset({B.SENT}),
    B.SENT: frozenset({B.ACKNOWLEDGED, B.REFUSED}),
    B.ACKNOWLEDGED: frozenset({B.RUNNING}),
    B.RUNNING: frozenset({B.RECONCILED}),
    B.RECONCILED: frozenset(),
    B.REFUSED: frozenset({B.CLOSED}),
}

FAILABLE = frozenset({S.BATCHED, S.ENCODING, S.PRINTING, S.QC})
"""Stages from which a failure returns a card item to the queue, one attempt more."""

EDITABLE = frozenset({F.DRAFT, F.REJECTED})
CANCELLABLE = frozenset({F.DRAFT, F.REJECTED, F.SUBMITTED, F.AWAITING_APPROVAL, F.APPROVED, F.ON_HOLD})
UNDECIDED = frozenset({F.SUBMITTED, F.APPROVED})
SETTLED_BILLING = frozenset({Billing.INVOICED, Billing.PAID, Billing.CREDITED, Billing.NOT_BILLABLE})

_MAKING = frozenset({S.BATCHED, S.ENCODING, S.PRINTING, S.QC})
_OUT = frozenset({S.SHIPPED, S.NOT_DELIVERED, S.RETURNED, S.RESHIPPED})
_DONE = frozenset({S.DELIVERED, S.DESTROYED})
_MADE = frozenset({S.PRODUCED, S.PACKED}) | _OUT | _DONE


def given_back_inside(start: str) -> bool:
    """Whether an order that was rejected from `start` came back from an approver of its own account.

    Before approval the bureau cannot decide it, and afterwards an approver cannot.
    """
    return start == F.AWAITING_APPROVAL


def is_produced(stage: Stage) -> bool:
    """True once the card exists, wherever it has gone since."""
    return stage in _MADE


def is_shipped(stage: Stage) -> bool:
    """True once the card has left the bureau."""
    return stage in _OUT | _DONE


def is_over(stage: Stage) -> bool:
    """True once a card has arrived, or was destroyed instead: nothing more is done with it."""
    return stage in _DONE


def check_move(moves: Mapping[State, frozenset[State]], start: State, end: State) -> None:
    """Refuse a move that the lifecycle does not know.

    Raises:
        Conflict: `start` does not lead to `end`; usually somebody else was faster.
    """
    if end not in moves[start]:
        raise Conflict(
            Message(
                "This cannot go from “{start}” to “{end}”. Somebody may have been faster.",
                start=start,
                end=end,
            )
        )


@dataclass(frozen=True, slots=True)
class Pieces:
    """Accessories of an order, which are taken from a shelf: how many, and how many came how far."""

    ordered: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0


NO_PIECES = Pieces()


def derive_fulfilment(stages: Iterable[Stage], pieces: Pieces = NO_PIECES) -> Fulfilment:
    """The fulfilment of an accepted order, from the stages of its card items and from its accessories.

    Accessories are not made: they hold an order back from having left and from having arrived, no more.
    """
    live = [stage for stage in stages if stage is not S.CANCELLED]
    reached: tuple[tuple[bool, Fulfilment], ...] = (
        (not live and not pieces.ordered, F.ACCEPTED),
        (all(stage in _DONE for stage in live) and pieces.delivered >= pieces.ordered, F.DELIVERED),
        (all(is_shipped(stage) for stage in live) and pieces.shipped >= pieces.ordered, F.SHIPPED),
        (any(is_shipped(stage) for stage in live) or pieces.shipped > 0, F.PART_SHIPPED),
        (bool(live) and all(is_produced(stage) for stage in live), F.PRODUCED),
        (any(is_produced(stage) or stage in _MAKING for stage in live), F.IN_PRODUCTION),
    )
    return next((fulfilment for holds, fulfilment in reached if holds), F.ACCEPTED)
