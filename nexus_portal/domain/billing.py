"""How the billing of an order may move, and what its invoice comes to."""

from collections.abc import Iterable, Mapping

from nexus_portal.domain.lifecycles import Billing, Fulfilment

B, F = Billing, Fulfilment

BILLING_MOVES: Mapping[Billing, frozenset[Billing]] = {
    B.UNBILLED: frozenset({B.INVOICED, B.NOT_BILLABLE}),
    B.INVOICED: frozenset({B.PAID, B.CREDITED}),
    B.PAID: frozenset({B.CREDITED}),
    B.CREDITED: frozenset(),
    B.NOT_BILLABLE: frozenset(),
}

INVOICEABLE = frozenset({F.PRODUCED, F.PART_SHIPPED, F.SHIPPED, F.DELIVERED, F.CLOSED})
"""Fulfilments in which every card may be produced; a part-shipped order is so only if its counts say it."""


def may_be_invoiced(fulfilment: Fulfilment, *, cards: int, produced: int) -> bool:
    """True once every card of the order is produced."""
    return fulfilment in INVOICEABLE and produced >= cards > 0


def total(lines: Iterable[tuple[int, int]]) -> int:
    """Sum in öre without VAT of (quantity, unit price in öre)."""
    return sum(quantity * unit_price for quantity, unit_price in lines)
