"""When an order waits for an approver of the customer's own before the bureau sees it."""

from dataclasses import dataclass
from enum import StrEnum


class Approval(StrEnum):
    """How an account wants its orders approved."""

    NEVER = "never"
    ALWAYS = "always"
    ABOVE = "above"
    """Only above a number of cards, or above a price."""


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """An account's rule. With `ABOVE` a limit of None does not matter; the price is in öre without VAT."""

    when: Approval
    above_cards: int | None = None
    above_price: int | None = None


def needs_approval(rule: ApprovalRule, *, cards: int, price: int) -> bool:
    """True if an order of so many cards at this price waits: above a limit, not at it."""
    match rule.when:
        case Approval.NEVER:
            return False
        case Approval.ALWAYS:
            return True
        case Approval.ABOVE:
            by_cards = rule.above_cards is not None and cards > rule.above_cards
            return by_cards or (rule.above_price is not None and price > rule.above_price)
