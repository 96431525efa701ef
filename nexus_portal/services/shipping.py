"""Shipping: produced cards and accessories are packed, leave and arrive; cards may come back."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import parse_item_code, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import audit, cards, idempotency, progress, replacements, serials, tenancy
from nexus_portal.services import pieces as accessories
from nexus_portal.services.pieces import AccessoryCount
from nexus_portal.services.use_case import use_case

LONGEST_NAME = 60
MOST_CODES = 200
ON_THE_WAY = (Stage.SHIPPED, Stage.RESHIPPED)
MARKS = frozenset({Stage.DELIVERED, Stage.NOT_DELIVERED, Stage.RETURNED, Stage.RESHIPPED, Stage.DESTROYED})
"""What may be said of single cards once they have left."""


@use_case(Permission.SHIPPING_WORK)
def pack(
    session: Session,
    actor: Actor,
    *,
    number: str,
    carrier: str,
    tracking: str,
    key: str,
    pieces: Mapping[str, int] | None = None,
) -> str:
    """Pack all produced cards of an order into one parcel, others may still be to come; returns its number.

    Accessories go along: all that are left, or of each line as many as `pieces` says. Without a card they
    leave once no card is still to be made. `key` belongs to the form: sending it twice packs one parcel.

    Raises:
        NotFound: no such order.
        Conflict: nothing of the order waits to be packed.
        Invalid: carrier or tracking number is longer than 60 characters, or there are fewer accessories.
    """
    if max(len(carrier), len(tracking)) > LONGEST_NAME:
        raise Invalid(
            Message("Carrier and tracking number take at most {limit} characters.", limit=LONGEST_NAME)
        )
    return idempotency.once(
        session,
        actor,
        key,
        lambda: _pack(session, actor, number, (carrier.strip(), tracking.strip()), pieces),
    )


def _pack(
    session: Session, actor: Actor, number: str, way: tuple[str, str], wanted: Mapping[str, int] | None
) -> str:
    # Nobody moves accessories one by one: the order is held, so that two who pack share nothing.
    order = _order(session, actor, number, lock=True)
    of_order = tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)
    items = session.exec(of_order.where(CardItem.stage == Stage.PRODUCED)).all()
    taken = _accessories(session, actor, order, wanted) if items or order.produced == order.cards else ()
    if not (items or taken):
        raise Conflict(Message("Nothing of order {number} waits to be packed.", number=number))
    carrier, tracking = way
    shipment = Shipment(
        account_id=order.account_id,
        order_id=order.id,
        number=serials.next_document(session, "S"),
        carrier=carrier,
        tracking=tracking,
        cards=len(items),
        pieces=sum(each.quantity for each in taken),
        packed_at=clock.now(),
    )
    session.add(shipment)
    session.flush()
    accessories.put_in(session, shipment, taken)
    _follow(session, actor, shipment, items, Stage.PACKED)
    _note(session, actor, "shipment:packed", shipment)
    return shipment.number


@use_case(Permission.SHIPPING_WORK)
def ship(session: Session, actor: Actor, *, number: str) -> None:
    """A packed parcel leaves the bureau.

    Raises:
        NotFound: no such shipment.
        Conflict: it has left already.
    """
    shipment = _shipment(session, actor, number)
    if shipment.shipped_at is not None:
        raise Conflict
    shipment.shipped_at = clock.now()
    session.add(shipment)
    _follow(session, actor, shipment, _items(session, actor, shipment, [Stage.PACKED]), Stage.SHIPPED)
    _note(session, actor, "shipment:shipped", shipment)


@use_case(Permission.SHIPPING_WORK)
def deliver(session: Session, actor: Actor, *, number: str) -> None:
    """A parcel has arrived with its accessories: its cards come into use, but those that were marked apart.

    Raises:
        NotFound: no such shipment.
        Conflict: nothing of it is on the way, or it has arrived already.
    """
    shipment = _shipment(session, actor, number)
    items = _items(session, actor, shipment, ON_THE_WAY)
    on_the_way = shipment.shipped_at is not None and shipment.delivered_at is None
    if not on_the_way or not (items or shipment.pieces):
        raise Conflict
    shipment.delivered_at = clock.now()
    session.add(shipment)
    _follow(session, actor, shipment, items, Stage.DELIVERED)
    _note(session, actor, "shipment:delivered", shipment)


@use_case(Permission.SHIPPING_WORK)
def mark(session: Session, actor: Actor, *, codes: Sequence[str], to: Stage, reason: str = "") -> None:
    """Say of single cards that they did not arrive, came back, left again, arrived, or were destroyed.

    Raises:
        NotFound: a code belongs to no card item.
        Conflict: a card does not lead there; none of them is moved.
        Invalid: nothing or too much is named, or `to` is no such mark, or the reason is too long.
    """
    if len(reason) > progress.LONGEST_REASON:
        raise Invalid(Message("A reason takes at most {limit} characters.", limit=progress.LONGEST_REASON))
    if to not in MARKS or not 1 <= len(codes) <= MOST_CODES:
        raise Invalid(Message("Name 1 to {most} cards and what became of them.", most=MOST_CODES))
    items = [_item(session, actor, code) for code in dict.fromkeys(codes)]
    _mark(session, actor, items, to, reason)
    for account_id in {item.account_id for item in items}:
        count = sum(item.account_id == account_id for item in items)
        audit.record(session, actor, f"cards:{to}", account_id=account_id, cards=count)


def _follow(session: Session, actor: Actor, shipment: Shipment, items: Sequence[CardItem], to: Stage) -> None:
    """What lies in a parcel goes as it goes; of accessories alone only the order has to be counted anew."""
    session.flush()
    if not items:
        progress.recount(session, actor, tenancy.get(session, actor, Order, shipment.order_id))
    elif to is Stage.PACKED:
        progress.move_items(session, actor, items, to, shipment=shipment)
    else:
        _mark(session, actor, items, to)


def _accessories(
    session: Session, actor: Actor, order: Order, wanted: Mapping[str, int] | None
) -> Sequence[AccessoryCount]:
    """Which accessories go into the next parcel of an order that was accepted."""
    if not order.pieces or order.fulfilment not in progress.DERIVED:
        return ()
    left = accessories.on_the_shelf(session, actor, [order.id]).get(order.id, ())
    return accessories.chosen(left, wanted)


def _mark(session: Session, actor: Actor, items: Sequence[CardItem], to: Stage, reason: str = "") -> None:
    progress.move_items(session, actor, items, to, reason=reason)
    if to is Stage.DELIVERED:
        cards.activate(session, items)
        replacements.delivered(session, actor, items)
    elif to is Stage.DESTROYED:
        cards.make_void(session, items)


def _order(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Order:
    serial = parse_order_number(number)
    return tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial), lock=lock)


def _shipment(session: Session, actor: Actor, number: str) -> Shipment:
    return tenancy.one(session, tenancy.rows_of(actor, Shipment).where(Shipment.number == number), lock=True)


def _items(session: Session, actor: Actor, shipment: Shipment, stages: Sequence[Stage]) -> Sequence[CardItem]:
    query = tenancy.rows_of(actor, CardItem).where(CardItem.shipment_id == shipment.id)
    return session.exec(query.where(col(CardItem.stage).in_(stages))).all()


def _item(session: Session, actor: Actor, code: str) -> CardItem:
    serial, position = parse_item_code(code)
    query = tenancy.rows_of(actor, CardItem).join(Order, col(Order.id) == col(CardItem.order_id))
    try:
        return tenancy.one(session, query.where(Order.serial == serial, CardItem.position == position))
    except NotFound:
        raise NotFound(Message("There is no card with code {code}.", code=code[:LONGEST_NAME])) from None


def _note(session: Session, actor: Actor, action: str, shipment: Shipment) -> None:
    audit.record(
        session,
        actor,
        action,
        subject=shipment.number,
        account_id=shipment.account_id,
        cards=shipment.cards,
        pieces=shipment.pieces,
    )
