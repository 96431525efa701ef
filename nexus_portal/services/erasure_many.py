"""Removing the personal data of several orders at once, or of one person across orders: a result for each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.errors import Invalid, NotFound, NotYet
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure, erasure_items, same_person, tenancy
from nexus_portal.services.erasure_decision import may_erase
from nexus_portal.services.use_case import use_case

MOST = 200
_A_DRAFT = Message("This order is not sent: remove the row in the draft.")
_A_COLLEAGUES = Message(
    "This order is a colleague’s. They or your privacy officer can remove its personal data."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What would become of one order: of how many persons, how many can go now, and what stops the others."""

    number: str
    persons: int
    ready: int
    gone: bool
    """Nobody is left, or the rest is being removed."""
    obstacles: tuple[tuple[Obstacle, Message], ...]
    refusal: Message | None
    """Why the actor cannot decide this at all."""
    promised: str
    """The day that the bureau has promised, ISO, or empty."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided over one order: how many persons go, how many stay and whether by appointment."""

    number: str
    persons: int
    left: int
    appointed: bool
    refusal: Message | None = None


@use_case(Permission.ORDERS_ERASE, reads=True)
def survey_orders(session: Session, actor: Actor, *, numbers: Sequence[str]) -> tuple[Prospect, ...]:
    """What would become of these orders, in the order given.

    Raises:
        NotFound: one of them is none of the actor's account.
        Invalid: none, or more than 200.
    """
    orders = _orders(session, actor, numbers, lock=False)
    return tuple(_prospect(session, actor, order, None) for order in orders)


@use_case(Permission.ORDERS_ERASE, step_up=True)
def erase_orders(
    session: Session, actor: Actor, *, numbers: Sequence[str], appoint: bool
) -> tuple[Decided, ...]:
    """Decide over several orders; what is decided is carried out from the ledger. A result for each order.

    Raises:
        NotFound: one of them is none of the actor's account.
        Invalid: none, or more than 200.
    """
    orders = _orders(session, actor, numbers, lock=True)
    return tuple(_decide(session, actor, order, None, appoint=appoint) for order in orders)


@use_case(Permission.PRIVACY_MANAGE, reads=True)
def survey_persons(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> tuple[Prospect, ...]:
    """What would become of the persons on these card items, on every other card of theirs too.

    Two cards are one person's when they bear the same personal number, however it was written.

    Raises:
        NotAllowed: the actor may not search for persons.
        Invalid: none, or more than 200.
    """
    places = _places(session, actor, item_ids)
    orders = _by_id(session, actor, places, lock=False)
    return tuple(_prospect(session, actor, order, places[order.id]) for order in orders)


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def erase_persons(
    session: Session, actor: Actor, *, item_ids: Sequence[UUID], appoint: bool
) -> tuple[Decided, ...]:
    """Decide over the same persons; of each order only their cards are touched.

    Raises:
        NotAllowed: the actor may not search for persons.
        Invalid: none, or more than 200.
    """
    places = _places(session, actor, item_ids)
    orders = _by_id(session, actor, places, lock=True)
    return tuple(_decide(session, actor, order, places[order.id], appoint=appoint) for order in orders)


def _prospect(session: Session, actor: Actor, order: Order, items: Collection[UUID] | None) -> Prospect:
    found = erasure_items.persons(session, actor, order, items)
    return Prospect(
        number=order_number(order.serial),
        persons=len(found),
        ready=sum(not person.obstacles for person in found),
        gone=not found and (items is not None or order.erasure_id is not None),
        obstacles=erasure_items.in_the_way(order, found),
        refusal=_refusal(actor, order, items),
        promised=order.promised.isoformat() if order.promised else "",
    )


def _refusal(actor: Actor, order: Order, items: Collection[UUID] | None) -> Message | None:
    if not may_erase(actor, order):
        return _A_COLLEAGUES
    return _A_DRAFT if items is not None and order.fulfilment in EDITABLE else None


def _decide(
    session: Session, actor: Actor, order: Order, items: Collection[UUID] | None, *, appoint: bool
) -> Decided:
    number = order_number(order.serial)
    refusal = _refusal(actor, order, items)
    if refusal is not None:
        return Decided(number, 0, 0, appointed=False, refusal=refusal)
    chosen = None if items is None else list(items)
    try:
        row = erasure.decide_for(session, actor, order, appoint=appoint, item_ids=chosen)
    except NotYet as stopped:
        return Decided(number, 0, 0, appointed=False, refusal=stopped.reasons[0])
    return Decided(number, row.persons, row.left, row.appointed)


def _orders(session: Session, actor: Actor, numbers: Sequence[str], *, lock: bool) -> list[Order]:
    serials = list(dict.fromkeys(parse_order_number(number) for number in numbers))
    _check(len(serials))
    # Locked in the order of their ids, as everywhere, and given in the order asked for.
    query = tenancy.rows_of(actor, Order).where(col(Order.serial).in_(serials)).order_by(col(Order.id))
    found = {row.serial: row for row in session.exec(query.with_for_update() if lock else query)}
    if len(found) != len(serials):
        raise NotFound
    return [found[serial] for serial in serials]


def _by_id(session: Session, actor: Actor, ids: Collection[UUID], *, lock: bool) -> Sequence[Order]:
    query = tenancy.rows_of(actor, Order).where(col(Order.id).in_(ids)).order_by(col(Order.id))
    found = session.exec(query.with_for_update() if lock else query).all()
    return sorted(found, key=lambda order: order.serial, reverse=True)


def _places(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Mapping[UUID, set[UUID]]:
    """All card items of the persons on the given ones, by order."""
    _check(len(item_ids))
    return same_person.places(session, actor, item_ids)


def _check(count: int) -> None:
    if not 1 <= count <= MOST:
        raise Invalid(Message("Choose 1 to {most} at once.", most=MOST))
