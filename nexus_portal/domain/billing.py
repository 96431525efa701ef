"""How the billing of an order may move, and what its invoice comes to."""

from collections.abc import Iterable, Mapping

from nexus_portal.domain.lifecycles import NO_PIECES, Billing, Fulfilment, Pieces

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


def may_be_invoiced(fulfilment: Fulfilment, *, cards: int, produced: int, pieces: Pieces = NO_PIECES) -> bool:
    """True once every card of the order is produced; without cards, once all accessories are packed."""
    return fulfilment in INVOICEABLE and produced >= cards and (cards > 0 or pieces.packed >= pieces.ordered)


def total(lines: Iterable[tuple[int, int]]) -> int:
    """Sum in öre without VAT of (quantity, unit price in öre)."""
    return sum(quantity * unit_price for quantity, unit_price in lines)
