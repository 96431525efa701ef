"""When the personal data of an order may be removed by the customer [R7]."""

from dataclasses import dataclass

from nexus_portal.domain.lifecycles import (
    SETTLED_BILLING,
    Billing,
    Fulfilment,
    PersonalData,
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


def what_stands_in_the_way(case: ErasureCase) -> tuple[Message, ...]:
    """Every reason against erasing, in the order in which they fall away; empty when it may be done.

    An order that was cancelled or is still a draft never becomes cards: nothing but a hold stops it.
    """
    reasons: list[Message] = []
    if case.personal_data is PersonalData.ERASED:
        reasons.append(Message("The personal data has already been removed."))
    if case.fulfilment not in {
        Fulfilment.DRAFT,
        Fulfilment.CANCELLED,
        Fulfilment.REJECTED,
    }:
        if case.fulfilment in _BEFORE_ACCEPTANCE:
            reasons.append(Message("The bureau has not accepted the order yet; cancel it instead."))
        elif case.produced < case.cards:
            reasons.append(
                Message(
                    "{left} of {total} cards are not produced yet.",
                    left=case.cards - case.produced,
                    total=case.cards,
                )
            )
        if case.billing not in SETTLED_BILLING:
            reasons.append(Message("The order is not invoiced yet."))
    if case.held:
        reasons.append(Message("A hold stops the removal."))
    if case.open_claim:
        reasons.append(Message("A claim or a remake is open."))
    return tuple(reasons)
