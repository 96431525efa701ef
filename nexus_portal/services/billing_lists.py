"""What billing looks at: orders to invoice or to settle, and the orders that are invoiced."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.billing import INVOICEABLE, total
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Billing, Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.billing import Invoice
from nexus_portal.models.orders import Order, OrderLine
from nexus_portal.services import related, tenancy
from nexus_portal.services.desk import OLDEST_FIRST
from nexus_portal.services.keyset import Keyset, Page, whole
from nexus_portal.services.use_case import use_case

NEWEST_FIRST = Keyset[Order]((col(Order.serial),), lambda order: (order.serial,), (whole,), descending=True)
SHOWN: Mapping[str, Billing] = MappingProxyType(
    {"invoiced": Billing.INVOICED, "paid": Billing.PAID, "credited": Billing.CREDITED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInvoiceRow:
    """An order that may be invoiced, or a cancelled one to settle. `total` in öre without VAT."""

    number: str
    account: str
    cost_centre: str
    fulfilment: str
    cards: int
    pieces: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An order that was invoiced. `issued_at` is ISO; `credit_note` is empty unless it was credited."""

    number: str
    account: str
    invoice: str
    credit_note: str
    billing: str
    total: int
    issued_at: str


@use_case(Permission.BILLING_READ, reads=True)
def to_invoice(session: Session, actor: Actor, *, cursor: str = "") -> Page[ToInvoiceRow]:
    """Unbilled orders of which all is produced or, without cards, leaves; the oldest first, 50 a page."""
    branches = [
        tenancy.rows_of(actor, Order).where(
            Order.billing == Billing.UNBILLED,
            Order.fulfilment == state,
            col(Order.produced) >= col(Order.cards),
            (col(Order.cards) > 0) | (col(Order.pieces_packed) >= col(Order.pieces)),
        )
        for state in INVOICEABLE
    ]
    page = OLDEST_FIRST.page(session, branches, cursor)
    return page.of(_open_rows(session, actor, page.rows))


@use_case(Permission.BILLING_READ, reads=True)
def to_settle(session: Session, actor: Actor, *, cursor: str = "") -> Page[ToInvoiceRow]:
    """Cancelled orders that nobody has settled, the oldest first, 50 a page."""
    cancelled = tenancy.rows_of(actor, Order).where(
        Order.billing == Billing.UNBILLED, Order.fulfilment == Fulfilment.CANCELLED
    )
    page = OLDEST_FIRST.page(session, [cancelled], cursor)
    return page.of(_open_rows(session, actor, page.rows))


@use_case(Permission.BILLING_READ, reads=True)
def invoices(session: Session, actor: Actor, *, show: str = "invoiced", cursor: str = "") -> Page[InvoiceRow]:
    """Orders by what became of their invoice, the newest order first, 50 a page; `show` is a key of `SHOWN`.

    Raises:
        Invalid: there is no such filter.
    """
    if show not in SHOWN:
        raise Invalid(Message("There is no such filter."))
    branches = [
        tenancy.rows_of(actor, Order).where(Order.billing == SHOWN[show], Order.fulfilment == state)
        for state in INVOICEABLE
    ]
    page = NEWEST_FIRST.page(session, branches, cursor)
    return page.of(_invoice_rows(session, actor, page.rows))


def _open_rows(session: Session, actor: Actor, orders: Sequence[Order]) -> list[ToInvoiceRow]:
    names = related.account_names(session, actor, (order.account_id for order in orders))
    ids = [order.id for order in orders]
    prices: defaultdict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for line in session.exec(tenancy.rows_of(actor, OrderLine).where(col(OrderLine.order_id).in_(ids))):
        prices[line.order_id].append((line.quantity, line.unit_price))
    return [
        ToInvoiceRow(
            number=order_number(order.serial),
            account=names[order.account_id],
            cost_centre=order.cost_centre,
            fulfilment=order.fulfilment,
            cards=order.cards,
            pieces=order.pieces,
            total=total(prices[order.id]),
        )
        for order in orders
    ]


def _invoice_rows(session: Session, actor: Actor, orders: Sequence[Order]) -> list[InvoiceRow]:
    names = related.account_names(session, actor, (order.account_id for order in orders))
    documents: defaultdict[UUID, list[Invoice]] = defaultdict(list)
    ids = [order.id for order in orders]
    of_orders = tenancy.rows_of(actor, Invoice).where(col(Invoice.order_id).in_(ids))
    for document in session.exec(of_orders.order_by(col(Invoice.id))):
        documents[document.order_id].append(document)
    return [
        _invoice_row(order, names[order.account_id], documents[order.id])
        for order in orders
        if documents[order.id]
    ]


def _invoice_row(order: Order, account: str, documents: Sequence[Invoice]) -> InvoiceRow:
    """The first document is the invoice; a credit note can only follow it."""
    return InvoiceRow(
        number=order_number(order.serial),
        account=account,
        invoice=documents[0].number,
        credit_note=documents[1].number if len(documents) > 1 else "",
        billing=order.billing,
        total=documents[0].total,
        issued_at=documents[0].issued_at.isoformat(),
    )
