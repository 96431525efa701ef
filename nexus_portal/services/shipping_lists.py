"""What shipping looks at: orders with cards to pack, parcels, and one parcel."""

from collections.abc import Mapping, Sequence
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
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import pieces as accessories
from nexus_portal.services import related, tenancy
from nexus_portal.services.desk import OLDEST_FIRST
from nexus_portal.services.keyset import Keyset, Page, moment
from nexus_portal.services.pieces import AccessoryCount
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """An order with `waiting` produced cards, or accessories, not packed yet. `promised` is ISO or empty."""

    number: str
    account: str
    delivery_address: str
    fulfilment: str
    waiting: int
    cards: int
    promised: str
    accessories: tuple[AccessoryCount, ...] = ()
    """What lies on the shelf for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRow:
    """One parcel. Times are ISO, empty before they come."""

    number: str
    account: str
    order_number: str
    carrier: str
    tracking: str
    cards: int
    pieces: int
    packed_at: str
    shipped_at: str
    delivered_at: str


@dataclass(frozen=True, slots=True)
class ParcelSheet:
    """One parcel, where it goes, its card items and accessories."""

    shipment: ShipmentRow
    delivery_address: str
    items: Page[ItemRow]
    accessories: tuple[AccessoryCount, ...] = ()


@use_case(Permission.SHIPPING_READ, reads=True)
def to_pack(session: Session, actor: Actor, *, cursor: str = "") -> Page[PackRow]:
    """Orders with produced cards or accessories that are not packed, the oldest order first, 50 a page.

    Accessories wait for the cards that they go along with, as long as one is still to be made.
    """
    produced = exists().where(col(CardItem.order_id) == col(Order.id), col(CardItem.stage) == Stage.PRODUCED)
    with_cards = (col(Order.produced) > col(Order.shipped)) & produced
    packable = tenancy.rows_of(actor, Order).where(*accessories.ON_THEIR_OWN, ~with_cards)
    branches = [
        *(
            tenancy.rows_of(actor, Order).where(Order.fulfilment == state, with_cards)
            for state in _WITH_PRODUCED
        ),
        packable.where(col(Order.fulfilment).in_(accessories.WITH_PIECES)),
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
        accessories.in_parcels(session, actor, [found.id]).get(found.id, ()) if found.pieces else (),
    )


def _pack_rows(session: Session, actor: Actor, orders: Sequence[Order]) -> list[PackRow]:
    waiting = _waiting(session, actor, [order.id for order in orders])
    with_pieces = [order.id for order in orders if order.pieces > order.pieces_packed]
    beside: Mapping[UUID, tuple[AccessoryCount, ...]] = {}
    if with_pieces:
        beside = accessories.on_the_shelf(session, actor, with_pieces)
    return [
        PackRow(
            number=order_number(order.serial),
            account=account,
            delivery_address=order.delivery_address or address,
            fulfilment=order.fulfilment,
            waiting=produced,
            cards=order.cards,
            promised=order.promised.isoformat() if order.promised else "",
            accessories=beside.get(order.id, ()),
        )
        for order in orders
        for account, address, produced in [waiting[order.id]]
    ]


def _waiting(session: Session, actor: Actor, order_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str, int]]:
    """By order the account's name and address, and how many produced cards are not packed."""
    produced = (
        select(func.count())
        .where(CardItem.order_id == Order.id, CardItem.stage == Stage.PRODUCED)
        .correlate(Order.__dict__["__table__"])
        .scalar_subquery()
    )
    query = (
        select(Order.id, Account.name, Account.delivery_address, produced)
        .join(Account, col(Account.id) == col(Order.account_id))
        .where(tenancy.within(actor, Order.account_id), col(Order.id).in_(order_ids))
    )
    return {order_id: (name, address, count) for order_id, name, address, count in session.exec(query)}


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
            pieces=row.pieces,
            packed_at=row.packed_at.isoformat(),
            shipped_at=row.shipped_at.isoformat() if row.shipped_at else "",
            delivered_at=row.delivered_at.isoformat() if row.delivered_at else "",
        )
        for row in rows
    ]
