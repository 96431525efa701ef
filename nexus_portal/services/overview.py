"""The first page: what waits for the reader, and what moved last."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.services.tenancy import within
from nexus_portal.services.use_case import use_case

UNDERWAY = (Fulfilment.ACCEPTED, Fulfilment.IN_PRODUCTION, Fulfilment.PRODUCED)
ON_ITS_WAY = (Fulfilment.PART_SHIPPED, Fulfilment.SHIPPED)
TO_DECIDE = (Fulfilment.SUBMITTED, Fulfilment.APPROVED)
FINISHED = (Fulfilment.PRODUCED, Fulfilment.PART_SHIPPED, Fulfilment.SHIPPED, Fulfilment.DELIVERED)
MOVES = 8
HORIZON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of one kind wait; `kind` names the tile."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that happened to an order. `at` is ISO, `end` the state it came to on its axis."""

    number: str
    axis: str
    end: str
    cards: int
    at: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page shows."""

    waiting: tuple[Waiting, ...]
    moves: tuple[Move, ...]


@use_case(Permission.SIGNED_IN, reads=True)
def overview(session: Session, actor: Actor) -> Overview:
    """Counts of what waits for somebody in this role, and the latest moves of the orders they may see."""
    waiting = [
        *(_to_approve(session, actor) if actor.may(Permission.ORDERS_APPROVE) else ()),
        *(_customer(session, actor) if actor.may(Permission.ORDERS_READ) else ()),
        *(_desk(session, actor) if actor.may(Permission.DESK_READ) else ()),
        *(_shop(session, actor) if actor.may(Permission.PRODUCTION_READ) else ()),
        *(_dispatch(session, actor) if actor.may(Permission.SHIPPING_READ) else ()),
        *(_ledger(session, actor) if actor.may(Permission.BILLING_READ) else ()),
    ]
    return Overview(tuple(waiting), tuple(_moves(session, actor)))


def _customer(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (
        Waiting("drafts", _orders(session, actor, (Fulfilment.DRAFT,))),
        Waiting("rejected", _orders(session, actor, (Fulfilment.REJECTED,))),
        Waiting("underway", _orders(session, actor, UNDERWAY)),
        Waiting("on_its_way", _orders(session, actor, ON_ITS_WAY)),
        Waiting("erased_soon", _erased_soon(session, actor)),
    )


def _to_approve(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (Waiting("to_approve", _orders(session, actor, (Fulfilment.AWAITING_APPROVAL,))),)


def _desk(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (
        Waiting("to_decide", _orders(session, actor, TO_DECIDE)),
        Waiting("on_hold", _orders(session, actor, (Fulfilment.ON_HOLD,))),
    )


def _shop(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (
        Waiting("queued", _items(session, actor, (Stage.QUEUED,))),
        Waiting("making", _items(session, actor, (Stage.BATCHED, Stage.ENCODING, Stage.PRINTING, Stage.QC))),
    )


def _dispatch(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (
        Waiting("to_pack", _items(session, actor, (Stage.PRODUCED,))),
        Waiting("to_ship", _items(session, actor, (Stage.PACKED,))),
    )


def _ledger(session: Session, actor: Actor) -> Sequence[Waiting]:
    return (Waiting("to_invoice", _orders(session, actor, FINISHED, Billing.UNBILLED)),)


def _orders(
    session: Session, actor: Actor, states: Sequence[Fulfilment], billing: Billing | None = None
) -> int:
    query = select(func.count()).where(within(actor, Order.account_id), col(Order.fulfilment).in_(states))
    if billing is not None:
        query = query.where(Order.billing == billing)
    return session.exec(query).one()


def _items(session: Session, actor: Actor, stages: Sequence[Stage]) -> int:
    query = select(func.count()).where(within(actor, CardItem.account_id), col(CardItem.stage).in_(stages))
    return session.exec(query).one()


def _erased_soon(session: Session, actor: Actor) -> int:
    today = clock.today()
    query = select(func.count()).where(
        within(actor, Order.account_id),
        Order.personal_data == PersonalData.FULL,
        col(Order.erase_on).between(today, today.fromordinal(today.toordinal() + HORIZON_DAYS)),
    )
    return session.exec(query).one()


def _moves(session: Session, actor: Actor) -> Sequence[Move]:
    if not (actor.may(Permission.ORDERS_READ) or actor.may(Permission.DESK_READ)):
        return ()
    latest = (
        select(Transition, Order)
        .join(Order, col(Order.id) == col(Transition.order_id))
        .where(within(actor, Transition.account_id), col(Transition.item_id).is_(None))
        .order_by(col(Transition.id).desc())
        .limit(MOVES)
    )
    return [_move(order, transition) for transition, order in session.exec(latest)]


def _move(order: Order, transition: Transition) -> Move:
    return Move(
        order_number(order.serial), transition.axis, transition.end, order.cards, transition.at.isoformat()
    )
