"""Billing: an order of which all is produced becomes an invoice, which holds no personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.billing import may_be_invoiced, total
from nexus_portal.domain.errors import Conflict, NotYet
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Pieces, Stage
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.billing import Invoice, InvoiceLine
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import audit, idempotency, progress, related, serials, tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True)
class _Charge:
    """One line about to be written. `unit_price` in öre."""

    article: str
    quantity: int
    unit_price: int


@use_case(Permission.BILLING_WORK)
def invoice(session: Session, actor: Actor, *, number: str, key: str) -> str:
    """Invoice an order whose cards are all produced; returns the invoice's number.

    An order without cards is invoiced once its accessories leave. `key` belongs to the form: sending it twice
    makes one invoice.

    Raises:
        NotFound: no such order.
        NotYet: a card is not produced, or accessories ordered alone have not left.
        Conflict: the order is invoiced already, or somebody else changed it first.
    """
    return idempotency.once(session, actor, key, lambda: _invoice(session, actor, number))


def _invoice(session: Session, actor: Actor, number: str) -> str:
    order = _order(session, actor, number)
    pieces = Pieces(order.pieces, order.pieces_packed)
    if not may_be_invoiced(
        Fulfilment(order.fulfilment), cards=order.cards, produced=order.produced, pieces=pieces
    ):
        raise NotYet(Message("Order {number} cannot be invoiced yet.", number=number), [_left(order)])
    progress.bill_order(session, actor, order, Billing.INVOICED)
    made = _write(session, order, serials.next_document(session, "I"), _charges(session, actor, order))
    _note(session, actor, "order:invoiced", order, made)
    return made.number


def _left(order: Order) -> Message:
    if order.cards:
        left = order.cards - order.produced
        return Message("{left} of {total} cards are not produced yet.", left=left, total=order.cards)
    return Message("Its accessories have not left yet.")


@use_case(Permission.BILLING_WORK)
def paid(session: Session, actor: Actor, *, number: str) -> None:
    """The invoice of an order is paid.

    Raises:
        Conflict: the order has no open invoice.
    """
    order = _order(session, actor, number)
    progress.bill_order(session, actor, order, Billing.PAID)
    audit.record(
        session, actor, "order:paid", subject=order_number(order.serial), account_id=order.account_id
    )


@use_case(Permission.BILLING_WORK)
def credit(session: Session, actor: Actor, *, number: str) -> str:
    """Take an order's invoice back by a credit note of the same lines; returns the note's number.

    Raises:
        Conflict: the order is not invoiced, or is credited already.
    """
    order = _order(session, actor, number)
    progress.bill_order(session, actor, order, Billing.CREDITED)
    made = tenancy.one(session, tenancy.rows_of(actor, Invoice).where(Invoice.order_id == order.id))
    lines = session.exec(tenancy.rows_of(actor, InvoiceLine).where(InvoiceLine.invoice_id == made.id))
    charges = [_Charge(line.article, -line.quantity, line.unit_price) for line in lines]
    note = _write(session, order, serials.next_document(session, "K"), charges)
    _note(session, actor, "order:credited", order, note)
    return note.number


@use_case(Permission.BILLING_WORK)
def not_billable(session: Session, actor: Actor, *, number: str) -> None:
    """Settle an order that was cancelled: it costs nothing.

    Raises:
        Conflict: the order is not cancelled, or is settled already.
    """
    order = _order(session, actor, number)
    if order.fulfilment != Fulfilment.CANCELLED:
        raise Conflict(Message("Only a cancelled order costs nothing."))
    progress.bill_order(session, actor, order, Billing.NOT_BILLABLE)
    audit.record(
        session, actor, "order:not_billable", subject=order_number(order.serial), account_id=order.account_id
    )


def _charges(session: Session, actor: Actor, order: Order) -> list[_Charge]:
    lines = session.exec(
        tenancy.rows_of(actor, OrderLine).where(OrderLine.order_id == order.id).order_by(col(OrderLine.id))
    ).all()
    names = related.articles(session, (line.article_id for line in lines))
    made = _made(session, actor, order.id)
    # Accessories are made for nobody: they lie on a shelf, as many as were ordered.
    counts = {line.id: made.get(line.id, 0) if line.layout_id else line.quantity for line in lines}
    return [
        _Charge(names[line.article_id].name, counts[line.id], line.unit_price)
        for line in lines
        if counts[line.id]
    ]


def _made(session: Session, actor: Actor, order_id: UUID) -> dict[UUID, int]:
    """Cards per line without those that were cancelled: what was made is what is paid for."""
    query = (
        select(CardItem.line_id, func.count())
        .where(
            tenancy.within(actor, CardItem.account_id),
            CardItem.order_id == order_id,
            CardItem.stage != Stage.CANCELLED,
        )
        .group_by(col(CardItem.line_id))
    )
    return dict(session.exec(query).all())


def _write(session: Session, order: Order, number: str, charges: Sequence[_Charge]) -> Invoice:
    made = Invoice(
        account_id=order.account_id,
        order_id=order.id,
        number=number,
        total=total((charge.quantity, charge.unit_price) for charge in charges),
        issued_at=clock.now(),
    )
    session.add(made)
    session.flush()
    for charge in charges:
        session.add(
            InvoiceLine(
                account_id=order.account_id,
                invoice_id=made.id,
                order_number=order_number(order.serial),
                article=charge.article,
                cost_centre=order.cost_centre,
                quantity=charge.quantity,
                unit_price=charge.unit_price,
            )
        )
    return made


def _order(session: Session, actor: Actor, number: str) -> Order:
    serial = parse_order_number(number)
    return tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial))


def _note(session: Session, actor: Actor, action: str, order: Order, made: Invoice) -> None:
    audit.record(
        session,
        actor,
        action,
        subject=order_number(order.serial),
        account_id=order.account_id,
        document=made.number,
        total=made.total,
    )
