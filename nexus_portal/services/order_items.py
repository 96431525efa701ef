"""The card items of one order: where each is, what went wrong with it, and its whole way. No persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import FAILABLE, Stage
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import countdowns, order_details, related, tenancy
from nexus_portal.services.countdowns import Countdown
from nexus_portal.services.keyset import Page
from nexus_portal.services.use_case import use_case

MADE_OR_GONE = frozenset({Stage.DELIVERED, Stage.DESTROYED, Stage.CANCELLED})
"""Stages after which no card is expected any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One card item of an order; times are ISO, texts empty where there is none.

    `failure` is the bureau's reason of its last failed attempt, `expected` the promised day while it is not
    delivered, `card` its number in the register once it is produced.
    """

    id: str
    code: str
    position: int
    stage: str
    stage_at: str
    attempt: int
    failure: str
    carrier: str
    tracking: str
    expected: str
    card: str
    countdown: Countdown


@dataclass(frozen=True, slots=True)
class WayStep:
    """One move of a card item (`axis` is `stage`) or of its card (`card`); `role` moved it."""

    axis: str
    end: str
    at: str
    role: str
    reason: str
    failed: bool


@use_case(Permission.ORDERS_READ, reads=True)
def items(session: Session, actor: Actor, *, number: str, cursor: str = "") -> Page[ItemRow]:
    """A page of at most 50 card items of one order, in their order.

    Raises:
        NotFound: no such order in the actor's account.
    """
    return items_of(session, actor, order_details.find(session, actor, number), cursor)


def items_of(session: Session, actor: Actor, order: Order, cursor: str) -> Page[ItemRow]:
    """The same of an order that the actor was found to see."""
    query = tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)
    page = order_details.IN_ORDER.page(session, [query], cursor)
    shipments = related.by_id(session, actor, Shipment, (item.shipment_id for item in page.rows))
    failures = _failures(session, actor, page.rows)
    cards = _cards(session, actor, page.rows)
    goes = countdowns.of_items(session, actor, (item.id for item in page.rows))
    return page.of(
        [
            _row(
                order,
                item,
                shipments.get(item.shipment_id) if item.shipment_id else None,
                failure=failures.get(item.id, ""),
                card=cards.get(item.id, ""),
                goes=goes.get(item.id, countdowns.NOTHING),
            )
            for item in page.rows
        ]
    )


@use_case(Permission.ORDERS_READ, reads=True)
def way(session: Session, actor: Actor, *, item_id: UUID) -> tuple[WayStep, ...]:
    """Every move of one card item and of its card, oldest first.

    Raises:
        NotFound: no such card item in the actor's account.
    """
    return way_of(session, actor, tenancy.get(session, actor, CardItem, item_id).id)


def way_of(session: Session, actor: Actor, item_id: UUID) -> tuple[WayStep, ...]:
    """The moves of a card item that the actor was found to see."""
    query = tenancy.rows_of(actor, Transition).where(Transition.item_id == item_id)
    moves = session.exec(query.order_by(col(Transition.id)))
    return tuple(
        WayStep(
            move.axis,
            move.end,
            move.at.isoformat(),
            move.actor_role,
            move.reason,
            failed=move.end == Stage.QUEUED and move.start in FAILABLE,
        )
        for move in moves
    )


def _failures(session: Session, actor: Actor, rows: Sequence[CardItem]) -> dict[UUID, str]:
    """Why the items that are made anew failed last, by item."""
    again = [item.id for item in rows if item.attempt > 1]
    if not again:
        return {}
    query = tenancy.rows_of(actor, Transition).where(
        col(Transition.item_id).in_(again),
        Transition.axis == "stage",
        Transition.end == Stage.QUEUED,
        Transition.reason != "",
    )
    found = session.exec(query.order_by(col(Transition.id)))
    return {move.item_id: move.reason for move in found if move.item_id is not None}


def _cards(session: Session, actor: Actor, rows: Sequence[CardItem]) -> dict[UUID, str]:
    ids = [item.id for item in rows]
    query = tenancy.rows_of(actor, Card).where(col(Card.item_id).in_(ids))
    return {card.item_id: card.number for card in session.exec(query)} if ids else {}


def _row(
    order: Order, item: CardItem, shipment: Shipment | None, *, failure: str, card: str, goes: Countdown
) -> ItemRow:
    waits = item.stage not in MADE_OR_GONE
    return ItemRow(
        id=str(item.id),
        code=item_code(order.serial, item.position),
        position=item.position,
        stage=item.stage,
        stage_at=item.stage_at.isoformat(),
        attempt=item.attempt,
        failure=failure,
        carrier=shipment.carrier if shipment else "",
        tracking=shipment.tracking if shipment else "",
        expected=order.promised.isoformat() if waits and order.promised else "",
        card=card,
        countdown=goes,
    )
