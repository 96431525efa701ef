"""The papers of an order, for those who see it: confirmation, delivery notes, invoices. Never a person."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account
from nexus_portal.models.billing import Invoice, InvoiceLine
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import User
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import order_details, pieces, tenancy
from nexus_portal.services.pieces import AccessoryCount
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every paper of an order begins with; `at` is ISO."""

    number: str
    at: str
    customer: str
    customer_number: str
    order: str
    reference: str
    cost_centre: str
    delivery_address: str


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line: what, how many, and what one costs in öre. `note` is the layout or cost centre."""

    article: str
    note: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What was ordered, and by whom."""

    head: Letterhead
    ordered_by: str
    promised: str
    lines: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryNote:
    """What lies in one parcel: the codes of its cards, and its accessories."""

    head: Letterhead
    carrier: str
    tracking: str
    codes: tuple[str, ...]
    accessories: tuple[AccessoryCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaper:
    """An invoice, or with a negative total a credit note."""

    head: Letterhead
    lines: tuple[PaperLine, ...]
    total: int


@use_case(Permission.ORDERS_READ, reads=True)
def confirmation(session: Session, actor: Actor, *, number: str) -> Confirmation:
    """The confirmation of an order that was sent.

    Raises:
        NotFound: no such order in the actor's account, or it is not sent.
    """
    order = order_details.find(session, actor, number)
    if order.submitted_at is None or order.fulfilment in EDITABLE:
        raise NotFound
    lines = order_details.lines_of(session, actor, order)
    return Confirmation(
        head=_head(session, actor, order, order_number(order.serial), order.submitted_at.isoformat()),
        ordered_by=session.get_one(User, order.orderer_id).name,
        promised=order.promised.isoformat() if order.promised else "",
        lines=tuple(PaperLine(row.article, row.layout, row.quantity, row.unit_price) for row in lines),
    )


@use_case(Permission.ORDERS_READ, reads=True)
def delivery_note(session: Session, actor: Actor, *, number: str) -> DeliveryNote:
    """The delivery note of one parcel.

    Raises:
        NotFound: no such shipment in the actor's account.
    """
    shipment = tenancy.one(session, tenancy.rows_of(actor, Shipment).where(Shipment.number == number))
    order = tenancy.get(session, actor, Order, shipment.order_id)
    positions = (
        select(CardItem.position)
        .where(tenancy.within(actor, CardItem.account_id), CardItem.shipment_id == shipment.id)
        .order_by(col(CardItem.position))
    )
    at = (shipment.shipped_at or shipment.packed_at).isoformat()
    return DeliveryNote(
        head=_head(session, actor, order, shipment.number, at),
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        codes=tuple(item_code(order.serial, position) for position in session.exec(positions)),
        accessories=pieces.in_parcels(session, actor, [shipment.id]).get(shipment.id, ()),
    )


@use_case(Permission.ORDERS_READ, reads=True)
def invoice(session: Session, actor: Actor, *, number: str) -> InvoicePaper:
    """An invoice or credit note by its number.

    Raises:
        NotFound: no such invoice in the actor's account.
    """
    found = tenancy.one(session, tenancy.rows_of(actor, Invoice).where(Invoice.number == number))
    order = tenancy.get(session, actor, Order, found.order_id)
    query = tenancy.rows_of(actor, InvoiceLine).where(InvoiceLine.invoice_id == found.id)
    lines = session.exec(query.order_by(col(InvoiceLine.id)))
    return InvoicePaper(
        head=_head(session, actor, order, found.number, found.issued_at.isoformat()),
        lines=tuple(
            PaperLine(line.article, line.cost_centre, line.quantity, line.unit_price) for line in lines
        ),
        total=found.total,
    )


def _head(session: Session, actor: Actor, order: Order, number: str, at: str) -> Letterhead:
    account = tenancy.get(session, actor, Account, order.account_id)
    return Letterhead(
        number=number,
        at=at,
        customer=account.name,
        customer_number=account.number,
        order=order_number(order.serial),
        reference=order.reference,
        cost_centre=order.cost_centre,
        delivery_address=order.delivery_address,
    )
