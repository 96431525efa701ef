"""One order as the bureau works on it: what was ordered, where its cards are, its batches and parcels."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import UNDECIDED, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine, Transition
from nexus_portal.models.production import Batch
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import related, tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True)
class LineRow:
    """What was ordered in one layout."""

    article: str
    layout: str
    quantity: int


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many of the cards are at one stage."""

    stage: str
    count: int


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch that some of the cards are in."""

    number: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class ShipmentRef:
    """A parcel that some of the cards or accessories left in. Times are ISO, empty before they come."""

    number: str
    carrier: str
    tracking: str
    cards: int
    pieces: int
    shipped_at: str
    delivered_at: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One move of the order on one of its axes."""

    axis: str
    end: str
    at: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSheet:
    """The whole order without its persons."""

    number: str
    account: str
    reference: str
    cost_centre: str
    delivery_address: str
    fulfilment: str
    billing: str
    cards: int
    produced: int
    shipped: int
    delivered: int
    pieces: int
    pieces_packed: int
    submitted_at: str
    promised: str
    reason: str
    undecided: bool
    on_hold: bool
    lines: tuple[LineRow, ...]
    stages: tuple[StageCount, ...]
    batches: tuple[BatchRef, ...]
    shipments: tuple[ShipmentRef, ...]
    history: tuple[StepRow, ...]


@use_case(Permission.DESK_READ, reads=True)
def order_sheet(session: Session, actor: Actor, *, number: str) -> OrderSheet:
    """One order by its number, once it was sent to the bureau.

    Raises:
        NotFound: there is none, or it is a draft still.
    """
    order = sent_order(session, actor, number)
    account = tenancy.get(session, actor, Account, order.account_id)
    return OrderSheet(
        number=order_number(order.serial),
        account=account.name,
        reference=order.reference,
        cost_centre=order.cost_centre,
        delivery_address=order.delivery_address or account.delivery_address,
        fulfilment=order.fulfilment,
        billing=order.billing,
        cards=order.cards,
        produced=order.produced,
        shipped=order.shipped,
        delivered=order.delivered,
        pieces=order.pieces,
        pieces_packed=order.pieces_packed,
        submitted_at=order.submitted_at.isoformat() if order.submitted_at else "",
        promised=order.promised.isoformat() if order.promised else "",
        reason=order.reason,
        undecided=order.fulfilment in UNDECIDED,
        on_hold=order.fulfilment == Fulfilment.ON_HOLD,
        lines=_lines(session, actor, order.id),
        stages=_stages(session, actor, order.id),
        batches=_batches(session, actor, order.id),
        shipments=_shipments(session, actor, order.id),
        history=_history(session, actor, order.id),
    )


def sent_order(session: Session, actor: Actor, number: str) -> Order:
    """An order that was sent to the bureau; see `order_sheet`."""
    sent = tenancy.rows_of(actor, Order).where(Order.fulfilment != Fulfilment.DRAFT)
    return tenancy.one(session, sent.where(Order.serial == parse_order_number(number)))


def _lines(session: Session, actor: Actor, order_id: UUID) -> tuple[LineRow, ...]:
    lines = session.exec(tenancy.rows_of(actor, OrderLine).where(OrderLine.order_id == order_id)).all()
    layouts = related.by_id(session, actor, Layout, (line.layout_id for line in lines))
    articles = related.articles(session, (line.article_id for line in lines))
    names = {layout_id: layout.name for layout_id, layout in layouts.items()}
    return tuple(
        LineRow(
            articles[line.article_id].name,
            names[line.layout_id] if line.layout_id else "",
            line.quantity,
        )
        for line in lines
    )


def _stages(session: Session, actor: Actor, order_id: UUID) -> tuple[StageCount, ...]:
    query = (
        select(CardItem.stage, func.count())
        .where(tenancy.within(actor, CardItem.account_id), CardItem.order_id == order_id)
        .group_by(col(CardItem.stage))
    )
    return in_order(session.exec(query).all())


def in_order(counts: Sequence[tuple[str, int]]) -> tuple[StageCount, ...]:
    """Counts per stage in the order of the lifecycle."""
    known = list(Stage)
    return tuple(StageCount(stage, n) for stage, n in sorted(counts, key=lambda c: known.index(Stage(c[0]))))


def _batches(session: Session, actor: Actor, order_id: UUID) -> tuple[BatchRef, ...]:
    query = (
        select(Batch.number, Batch.state, func.count())
        .join(CardItem, col(CardItem.batch_id) == col(Batch.id))
        .where(tenancy.within(actor, CardItem.account_id), CardItem.order_id == order_id)
        .group_by(col(Batch.id), col(Batch.number), col(Batch.state))
        .order_by(col(Batch.id))
    )
    return tuple(BatchRef(number, state, count) for number, state, count in session.exec(query))


def _shipments(session: Session, actor: Actor, order_id: UUID) -> tuple[ShipmentRef, ...]:
    query = tenancy.rows_of(actor, Shipment).where(Shipment.order_id == order_id).order_by(col(Shipment.id))
    return tuple(
        ShipmentRef(
            row.number,
            row.carrier,
            row.tracking,
            row.cards,
            row.pieces,
            row.shipped_at.isoformat() if row.shipped_at else "",
            row.delivered_at.isoformat() if row.delivered_at else "",
        )
        for row in session.exec(query)
    )


def _history(session: Session, actor: Actor, order_id: UUID) -> tuple[StepRow, ...]:
    steps = session.exec(
        tenancy.rows_of(actor, Transition)
        .where(Transition.order_id == order_id, col(Transition.item_id).is_(None))
        .order_by(col(Transition.id))
    )
    return tuple(StepRow(row.axis, row.end, row.at.isoformat(), row.actor_role, row.reason) for row in steps)
