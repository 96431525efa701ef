"""Accessories on their way: what of an order's lines lies on the shelf still, and what in which parcel."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Fulfilment, Pieces
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Article
from nexus_portal.models.orders import Order, OrderLine
from nexus_portal.models.shipping import Shipment, ShipmentLine
from nexus_portal.services import tenancy

CHUNK = 500
WITH_PIECES = (Fulfilment.ACCEPTED, Fulfilment.PRODUCED, Fulfilment.PART_SHIPPED)
"""Where an order may have accessories that wait to be packed."""
ON_THEIR_OWN = (
    col(Order.pieces) > col(Order.pieces_packed),
    col(Order.produced) == col(Order.cards),
)
"""Accessories wait on the shelf, and for no card: none is still to be made that they would go along with."""


@dataclass(frozen=True, slots=True)
class AccessoryCount:
    """Pieces of one accessory; `line` is the id of its line in the order."""

    name: str
    quantity: int
    line: str = ""


def counted(session: Session, actor: Actor, orders: Sequence[Order]) -> dict[UUID, Pieces]:
    """How far the accessories of orders have come, in one statement for 500 orders; they go as parcels go."""
    packed: dict[UUID, Sequence[int]] = {}
    for chunk in _chunks([order.id for order in orders]):
        quantity = col(ShipmentLine.quantity)
        sums = (
            func.sum(quantity),
            func.sum(case((col(Shipment.shipped_at).is_not(None), quantity), else_=0)),
            func.sum(case((col(Shipment.delivered_at).is_not(None), quantity), else_=0)),
        )
        query = (
            select(ShipmentLine.order_id, *sums)
            .join(Shipment, col(Shipment.id) == col(ShipmentLine.shipment_id))
            .where(tenancy.within(actor, ShipmentLine.account_id), col(ShipmentLine.order_id).in_(chunk))
            .group_by(col(ShipmentLine.order_id))
        )
        packed |= {order_id: [int(each) for each in found] for order_id, *found in session.exec(query)}
    return {order.id: Pieces(order.pieces, *packed.get(order.id, ())) for order in orders}


def on_the_shelf(
    session: Session, actor: Actor, order_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[AccessoryCount, ...]]:
    """What of these orders' accessories is not packed, by line in the order in which they were added."""
    gone = (
        select(ShipmentLine.line_id, func.sum(ShipmentLine.quantity).label("packed"))
        .where(tenancy.within(actor, ShipmentLine.account_id), col(ShipmentLine.order_id).in_(order_ids))
        .group_by(col(ShipmentLine.line_id))
        .subquery()
    )
    query = (
        select(OrderLine, Article.name, func.coalesce(gone.c.packed, 0))
        .join(Article, col(Article.id) == col(OrderLine.article_id))
        .join(gone, gone.c.line_id == col(OrderLine.id), isouter=True)
        .where(
            tenancy.within(actor, OrderLine.account_id),
            col(OrderLine.order_id).in_(order_ids),
            col(OrderLine.layout_id).is_(None),
        )
        .order_by(col(OrderLine.id))
    )
    found: defaultdict[UUID, tuple[AccessoryCount, ...]] = defaultdict(tuple)
    for line, name, packed in session.exec(query):
        if left := line.quantity - int(packed):
            found[line.order_id] += (AccessoryCount(name, left, str(line.id)),)
    return found


def in_parcels(
    session: Session, actor: Actor, shipment_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[AccessoryCount, ...]]:
    """The accessories that lie in these parcels."""
    query = (
        select(ShipmentLine, Article.name)
        .join(OrderLine, col(OrderLine.id) == col(ShipmentLine.line_id))
        .join(Article, col(Article.id) == col(OrderLine.article_id))
        .where(
            tenancy.within(actor, ShipmentLine.account_id), col(ShipmentLine.shipment_id).in_(shipment_ids)
        )
        .order_by(col(ShipmentLine.line_id))
    )
    found: defaultdict[UUID, tuple[AccessoryCount, ...]] = defaultdict(tuple)
    for line, name in session.exec(query):
        found[line.shipment_id] += (AccessoryCount(name, line.quantity, str(line.line_id)),)
    return found


def chosen(left: Sequence[AccessoryCount], wanted: Mapping[str, int] | None) -> Sequence[AccessoryCount]:
    """What goes into a parcel: all that is left, or as many of each line as are wanted of it.

    Raises:
        Invalid: more is wanted than lies there, or of a line that has nothing left.
    """
    if wanted is None:
        return left
    there = {each.line: each for each in left}
    for line, quantity in wanted.items():
        most = there[line].quantity if line in there else 0
        if not 0 <= quantity <= most:
            raise Invalid(Message("Of this accessory {most} pieces wait to be packed.", most=most))
    return [AccessoryCount(each.name, wanted[line], line) for line, each in there.items() if wanted.get(line)]


def put_in(session: Session, shipment: Shipment, taken: Sequence[AccessoryCount]) -> None:
    """Write down which accessories lie in a new parcel."""
    session.add_all(
        ShipmentLine(
            shipment_id=shipment.id,
            line_id=UUID(each.line),
            account_id=shipment.account_id,
            order_id=shipment.order_id,
            quantity=each.quantity,
        )
        for each in taken
    )
    session.flush()


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
