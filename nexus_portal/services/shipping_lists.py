"""What shipping looks at: orders with cards to pack, parcels, and one parcel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import related, tenancy
from nexus_portal.services.desk import OLDEST_FIRST
from nexus_portal.services.keyset import Keyset, Page, moment
from nexus_portal.services.production_lists import BY_PLACE, ItemRow, item_rows
from nexus_portal.services.use_case import use_case

_WITH_PRODUCED = (Fulfilment.IN_PRODUCTION, Fulfilment.PRODUCED, Fulfilment.PART_SHIPPED)

FIRST_PACKED_FIRST = Keyset[Shipment]((col(Shipment.id),), lambda row: (row.id,), (UUID,))
FIRST_SHIPPED_FIRST = Keyset[Shipment](
    (col(Shipment.shipped_at), col(Shipment.id)),
    lambda row: (row.shipped_at, row.id),
    (moment, UUID),
)
LAST_DELIVERED_FIRST = Keyset[Shipment](
    (col(Shipment.delivered_at), col(Shipment.id)),
    lambda row: (row.delivered_at, row.id),
    (moment, UUID),
    descending=True,
)
SHOWN: dict[str, tuple[Keyset[Shipment], tuple[ColumnElement[bool], ...]]] = {
    "packed": (
        FIRST_PACKED_FIRST,
        (col(Shipment.delivered_at).is_(None), col(Shipment.shipped_at).is_(None)),
    ),
    "on_the_way": (
        FIRST_SHIPPED_FIRST,
        (col(Shipment.delivered_at).is_(None), col(Shipment.shipped_at).is_not(None)),
    ),
    "delivered": (LAST_DELIVERED_FIRST, (col(Shipment.delivered_at).is_not(None),)),
}


@dataclass(frozen=True, slots=True)
class AccessoryCount:
    """Pieces of one accessory."""

    name: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """An order with `waiting` produced cards that are not packed yet. `promised` is an ISO day or empty."""

    number: str
    account: str
    delivery_address: str
    fulfilment: str
    waiting: int
    cards: int
    promised: str
    accessories: tuple[AccessoryCount, ...] = ()
    """What goes into its first parcel beside the cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRow:
    """One parcel. Times are ISO, empty before they come."""

    number: str
    account: str
    order_number: str
    carrier: str
    tracking: str
    cards: int
    packed_at: str
    shipped_at: str
    delivered_at: str


@dataclass(frozen=True, slots=True)
class ParcelSheet:
    """One parcel, where it goes, its card items, and the accessories if it is its order's first."""

    shipment: ShipmentRow
    delivery_address: str
    items: Page[ItemRow]
    accessories: tuple[AccessoryCount, ...] = ()


@use_case(Permission.SHIPPING_READ, reads=True)
def to_pack(session: Session, actor: Actor, *, cursor: str = "") -> Page[PackRow]:
    """Orders with produced cards that are not packed, the oldest order first, 50 a page."""
    waiting = exists().where(col(CardItem.order_id) == col(Order.id), col(CardItem.stage) == Stage.PRODUCED)
    branches = [
        tenancy.rows_of(actor, Order).where(
            Order.fulfilment == state, col(Order.produced) > col(Order.shipped), waiting
        )
        for state in _WITH_PRODUCED
    ]
    page = OLDEST_FIRST.page(session, branches, cursor)
    return page.of(_pack_rows(session, actor, page.rows))


@use_case(Permission.SHIPPING_READ, reads=True)
def shipments(session: Session, actor: Actor, *, show: str = "packed", cursor: str = "") -> Page[ShipmentRow]:
    """Parcels that are `packed`, `on_the_way` or `delivered`, 50 a page.

    Raises:
        Invalid: there is no such filter.
    """
    if show not in SHOWN:
        raise Invalid(Message("There is no such filter."))
    keyset, conditions = SHOWN[show]
    page = keyset.page(session, [tenancy.rows_of(actor, Shipment).where(*conditions)], cursor)
    return page.of(_shipment_rows(session, actor, page.rows))


@use_case(Permission.SHIPPING_READ, reads=True)
def parcel(session: Session, actor: Actor, *, number: str, cursor: str = "") -> ParcelSheet:
    """One parcel with its card items, 50 a page.

    Raises:
        NotFound: no such shipment.
    """
    found = tenancy.one(session, tenancy.rows_of(actor, Shipment).where(Shipment.number == number))
    inside = tenancy.rows_of(actor, CardItem).where(CardItem.shipment_id == found.id)
    page = BY_PLACE.page(session, [inside], cursor)
    order = tenancy.get(session, actor, Order, found.order_id)
    account = tenancy.get(session, actor, Account, found.account_id)
    return ParcelSheet(
        _shipment_rows(session, actor, [found])[0],
        order.delivery_address or account.delivery_address,
        page.of(item_rows(session, actor, page.rows)),
        _accessories(session, actor, [order.id])[order.id] if _is_first(session, actor, found) else (),
    )


def _pack_rows(session: Session, actor: Actor, orders: Sequence[Order]) -> list[PackRow]:
    accounts = related.by_id(session, actor, Account, (order.account_id for order in orders))
    ids = [order.id for order in orders]
    waiting, beside = _produced(session, actor, ids), _accessories(session, actor, ids)
    return [
        PackRow(
            number=order_number(order.serial),
            account=accounts[order.account_id].name,
            delivery_address=order.delivery_address or accounts[order.account_id].delivery_address,
            fulfilment=order.fulfilment,
            waiting=waiting.get(order.id, 0),
            cards=order.cards,
            promised=order.promised.isoformat() if order.promised else "",
            accessories=() if order.shipped else beside[order.id],
        )
        for order in orders
    ]


def _accessories(
    session: Session, actor: Actor, order_ids: Sequence[UUID]
) -> defaultdict[UUID, tuple[AccessoryCount, ...]]:
    found: defaultdict[UUID, tuple[AccessoryCount, ...]] = defaultdict(tuple)
    query = (
        select(OrderLine.order_id, Article.name, OrderLine.quantity)
        .join(Article, col(Article.id) == col(OrderLine.article_id))
        .where(
            tenancy.within(actor, OrderLine.account_id),
            col(OrderLine.order_id).in_(order_ids),
            col(OrderLine.layout_id).is_(None),
        )
        .order_by(col(OrderLine.id))
    )
    for order_id, name, quantity in session.exec(query):
        found[order_id] += (AccessoryCount(name, quantity),)
    return found


def _is_first(session: Session, actor: Actor, shipment: Shipment) -> bool:
    query = tenancy.rows_of(actor, Shipment).where(Shipment.order_id == shipment.order_id)
    first = session.exec(query.order_by(col(Shipment.id)).limit(1)).one()
    return first.id == shipment.id


def _produced(session: Session, actor: Actor, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(CardItem.order_id, func.count())
        .where(
            tenancy.within(actor, CardItem.account_id),
            col(CardItem.order_id).in_(order_ids),
            CardItem.stage == Stage.PRODUCED,
        )
        .group_by(col(CardItem.order_id))
    )
    return dict(session.exec(query).all())


def _shipment_rows(session: Session, actor: Actor, rows: Sequence[Shipment]) -> list[ShipmentRow]:
    names = related.account_names(session, actor, (row.account_id for row in rows))
    orders = related.by_id(session, actor, Order, (row.order_id for row in rows))
    return [
        ShipmentRow(
            number=row.number,
            account=names[row.account_id],
            order_number=order_number(orders[row.order_id].serial),
            carrier=row.carrier,
            tracking=row.tracking,
            cards=row.cards,
            packed_at=row.packed_at.isoformat(),
            shipped_at=row.shipped_at.isoformat() if row.shipped_at else "",
            delivered_at=row.delivered_at.isoformat() if row.delivered_at else "",
        )
        for row in rows
    ]
