"""When the personal data of an order may be removed by the customer [R7]."""

from dataclasses import dataclass
from enum import StrEnum

from nexus_portal.domain.lifecycles import (
    EDITABLE,
    SETTLED_BILLING,
    Billing,
    Fulfilment,
    PersonalData,
    Stage,
    is_produced,
)
from nexus_portal.domain.text import Message

_BEFORE_ACCEPTANCE = frozenset(
    {
        Fulfilment.SUBMITTED,
        Fulfilment.AWAITING_APPROVAL,
        Fulfilment.APPROVED,
        Fulfilment.ON_HOLD,
    }
)
_NEVER_MADE = EDITABLE | {Fulfilment.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureCase:
    """What decides whether an order may be erased."""

    fulfilment: Fulfilment
    billing: Billing
    personal_data: PersonalData
    cards: int
    produced: int
    held: bool = False
    open_claim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCase:
    """What decides beside its order whether the person of one card item may be erased."""

    stage: Stage
    held: bool = False
    remade: bool = False
    """The card is being made once more, and the new one is not delivered."""


class Obstacle(StrEnum):
    """What kind of thing stands in the way of erasing."""

    NOBODY = "nobody"
    ALREADY = "already"
    ACCEPTANCE = "acceptance"
    PRODUCTION = "production"
    INVOICE = "invoice"
    HOLD = "hold"
    CLAIM = "claim"


def what_stands_in_the_way(case: ErasureCase) -> tuple[Message, ...]:
    """Every reason against erasing, in the order in which they fall away; empty when it may be done."""
    return tuple(reason for _, reason in obstacles(case))


def obstacles(case: ErasureCase) -> tuple[tuple[Obstacle, Message], ...]:
    """The same with the kind of each, by which one can say when it is expected to fall away.

    An order that was cancelled or is still a draft never becomes cards: nothing but a hold stops it.
    """
    if case.personal_data is PersonalData.NONE:
        return ((Obstacle.NOBODY, Message("The order has no card: it never held personal data.")),)
    reasons: list[tuple[Obstacle, Message]] = []
    if case.personal_data is PersonalData.ERASED:
        reasons.append((Obstacle.ALREADY, Message("The personal data has already been removed.")))
    if case.fulfilment not in _NEVER_MADE:
        reasons += _in_the_making(case)
    if case.held:
        reasons.append((Obstacle.HOLD, Message("A hold stops the removal.")))
    if case.open_claim:
        reasons.append((Obstacle.CLAIM, Message("A claim or a remake is open.")))
    return tuple(reasons)


def item_obstacles(case: ErasureCase, item: ItemCase) -> tuple[Obstacle, ...]:
    """The same for the person of one card item, whatever becomes of the others of its order.

    A card that was cancelled is never made nor invoiced: only a hold or a remake stops it.
    """
    found: list[Obstacle] = []
    if case.fulfilment not in _NEVER_MADE and item.stage is not Stage.CANCELLED:
        if case.fulfilment in _BEFORE_ACCEPTANCE:
            found.append(Obstacle.ACCEPTANCE)
        elif not is_produced(item.stage):
            found.append(Obstacle.PRODUCTION)
        if case.billing not in SETTLED_BILLING:
            found.append(Obstacle.INVOICE)
    if case.held or item.held:
        found.append(Obstacle.HOLD)
    if item.remade:
        found.append(Obstacle.CLAIM)
    return tuple(found)


def _in_the_making(case: ErasureCase) -> list[tuple[Obstacle, Message]]:
    reasons: list[tuple[Obstacle, Message]] = []
    if case.fulfilment in _BEFORE_ACCEPTANCE:
        too_early = Message("The bureau has not accepted the order yet; cancel it instead.")
        reasons.append((Obstacle.ACCEPTANCE, too_early))
    elif case.produced < case.cards:
        left = case.cards - case.produced
        unfinished = Message("{left} of {total} cards are not produced yet.", left=left, total=case.cards)
        reasons.append((Obstacle.PRODUCTION, unfinished))
    if case.billing not in SETTLED_BILLING:
        reasons.append((Obstacle.INVOICE, Message("The order is not invoiced yet.")))
    return reasons
