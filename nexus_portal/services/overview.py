"""The first page: what waits for the reader, and what moved last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.applications import ApplicationState
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.customers import Application
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.shipping import Shipment
from nexus_portal.services.pieces import ON_THEIR_OWN, WITH_PIECES
from nexus_portal.services.tenancy import within
from nexus_portal.services.use_case import use_case

UNDERWAY = (Fulfilment.ACCEPTED, Fulfilment.IN_PRODUCTION, Fulfilment.PRODUCED)
ON_ITS_WAY = (Fulfilment.PART_SHIPPED, Fulfilment.SHIPPED)
TO_DECIDE = (Fulfilment.SUBMITTED, Fulfilment.APPROVED)
FINISHED = (Fulfilment.PRODUCED, Fulfilment.PART_SHIPPED, Fulfilment.SHIPPED, Fulfilment.DELIVERED)
MOVES = 8
HORIZON_DAYS = 7
Count = tuple[str, Select[Any]]
"""The name of a tile, and the query that counts what waits on it."""


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
    pieces: int
    at: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page shows."""

    waiting: tuple[Waiting, ...]
    moves: tuple[Move, ...]


@use_case(Permission.SIGNED_IN, reads=True)
def overview(session: Session, actor: Actor) -> Overview:
    """Counts of what waits for somebody in this role, and the latest moves of the orders they may see."""
    wanted = [
        *(_to_approve(actor) if actor.may(Permission.ORDERS_APPROVE) else ()),
        *(_customer(actor) if actor.may(Permission.ORDERS_READ) else ()),
        *(_desk(actor) if actor.may(Permission.DESK_READ) else ()),
        *(_shop(actor) if actor.may(Permission.PRODUCTION_READ) else ()),
        *(_dispatch(actor) if actor.may(Permission.SHIPPING_READ) else ()),
        *(_ledger(actor) if actor.may(Permission.BILLING_READ) else ()),
        *(_vetting(actor) if actor.may(Permission.CUSTOMERS_MANAGE) else ()),
    ]
    return Overview(_counted(session, wanted), tuple(_moves(session, actor)))


def _counted(session: Session, wanted: Sequence[Count]) -> tuple[Waiting, ...]:
    """All counts by one statement: each way to the database takes longer than most of them."""
    if not wanted:
        return ()
    row = session.connection().execute(columns(*(query.scalar_subquery() for _, query in wanted))).one()
    return tuple(Waiting(kind, count) for (kind, _), count in zip(wanted, row, strict=True))


def _customer(actor: Actor) -> Sequence[Count]:
    return (
        ("drafts", _orders(actor, (Fulfilment.DRAFT,))),
        ("rejected", _orders(actor, (Fulfilment.REJECTED,))),
        ("underway", _orders(actor, UNDERWAY)),
        ("on_its_way", _orders(actor, ON_ITS_WAY)),
        ("erased_soon", _erased_soon(actor)),
    )


def _to_approve(actor: Actor) -> Sequence[Count]:
    return (("to_approve", _orders(actor, (Fulfilment.AWAITING_APPROVAL,))),)


def _desk(actor: Actor) -> Sequence[Count]:
    return (
        ("to_decide", _orders(actor, TO_DECIDE)),
        ("on_hold", _orders(actor, (Fulfilment.ON_HOLD,))),
    )


def _shop(actor: Actor) -> Sequence[Count]:
    return (
        ("queued", _items(actor, (Stage.QUEUED,))),
        ("making", _items(actor, (Stage.BATCHED, Stage.ENCODING, Stage.PRINTING, Stage.QC))),
    )


def _dispatch(actor: Actor) -> Sequence[Count]:
    return (
        ("to_pack", _items(actor, (Stage.PRODUCED,))),
        ("pieces_to_pack", _pieces(actor)),
        ("to_ship", _parcels(actor)),
    )


def _ledger(actor: Actor) -> Sequence[Count]:
    return (("to_invoice", _orders(actor, FINISHED, Billing.UNBILLED)),)


def _vetting(actor: Actor) -> Sequence[Count]:
    waiting = columns(func.count(col(Application.id))).where(
        within(actor, Application.bureau_id),
        col(Application.state).in_((ApplicationState.WAITING, ApplicationState.ANSWERED)),
    )
    return (("to_vet", waiting),)


def _orders(actor: Actor, states: Sequence[Fulfilment], billing: Billing | None = None) -> Select[Any]:
    query = columns(func.count(col(Order.id))).where(
        within(actor, Order.account_id), col(Order.fulfilment).in_(states)
    )
    return query if billing is None else query.where(col(Order.billing) == billing)


def _items(actor: Actor, stages: Sequence[Stage]) -> Select[Any]:
    return columns(func.count(col(CardItem.id))).where(
        within(actor, CardItem.account_id), col(CardItem.stage).in_(stages)
    )


def _pieces(actor: Actor) -> Select[Any]:
    """Accessories on the shelf that no card is waited for any more."""
    left = col(Order.pieces) - col(Order.pieces_packed)
    return columns(func.coalesce(func.sum(left), 0)).where(
        within(actor, Order.account_id), col(Order.fulfilment).in_(WITH_PIECES), *ON_THEIR_OWN
    )


def _parcels(actor: Actor) -> Select[Any]:
    return columns(func.count(col(Shipment.id))).where(
        within(actor, Shipment.account_id),
        col(Shipment.delivered_at).is_(None),
        col(Shipment.shipped_at).is_(None),
    )


def _erased_soon(actor: Actor) -> Select[Any]:
    today = clock.today()
    return columns(func.count(col(Order.id))).where(
        within(actor, Order.account_id),
        col(Order.personal_data) == PersonalData.FULL,
        col(Order.erase_on).between(today, today.fromordinal(today.toordinal() + HORIZON_DAYS)),
    )


def _moves(session: Session, actor: Actor) -> Sequence[Move]:
    if not (actor.may(Permission.ORDERS_READ) or actor.may(Permission.DESK_READ)):
        return ()
    # Columns alone: making objects of both tables' rows takes longer than finding them.
    latest = (
        columns(
            col(Transition.id),
            col(Transition.order_id),
            col(Transition.axis),
            col(Transition.end),
            col(Transition.at),
        )
        .where(within(actor, Transition.account_id, by_index=True), col(Transition.item_id).is_(None))
        .order_by(col(Transition.id).desc())
        .limit(MOVES)
        .subquery()
    )
    query = (
        columns(
            col(Order.serial), col(Order.cards), col(Order.pieces), latest.c.axis, latest.c.end, latest.c.at
        )
        .join(latest, col(Order.id) == latest.c.order_id)
        .order_by(latest.c.id.desc())
    )
    return [
        Move(order_number(row.serial), row.axis, row.end, row.cards, row.pieces, row.at.isoformat())
        for row in session.connection().execute(query)
    ]
