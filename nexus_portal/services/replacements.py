"""What becomes of the old card when the one that takes its place is ordered, and when it arrives."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import CardStatus, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import cards, progress, tenancy


class Why(StrEnum):
    """Why a card is made again."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    RENEWAL = "renewal"


ENDS_AT_ONCE = frozenset({Why.LOST, Why.STOLEN, Why.DAMAGED})
"""The old card is in nobody's good hands: it ends when the order is sent, not when the new one came."""

_IN_USE = frozenset({CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.BLOCKED})
_OVER = frozenset({Stage.CANCELLED, Stage.DESTROYED})


def sent(session: Session, actor: Actor, order: Order) -> None:
    """An order is on its way: end the lost, stolen and damaged cards that its cards take the place of."""
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, col(CardItem.replaces_why).in_(ENDS_AT_ONCE)
    )
    ending = [item.replaces_id for item in session.exec(query) if item.replaces_id]
    for card in _in_use(session, actor, ending):
        cards.end(session, actor, card, CardStatus.TERMINATED, "card:terminated")


def delivered(session: Session, actor: Actor, items: Sequence[CardItem]) -> None:
    """New cards have come into use: those that they take the place of are replaced."""
    old = [item.replaces_id for item in items if item.replaces_id]
    for card in _in_use(session, actor, old):
        cards.end(session, actor, card, CardStatus.REPLACED, "card:replaced")


def under_way(session: Session, actor: Actor, card_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The order in which a card is being made again, by the old card's id."""
    found: dict[UUID, str] = {}
    for chunk in progress.chunks(card_ids):
        query = (
            select(CardItem.replaces_id, Order.serial)
            .join(Order, col(Order.id) == col(CardItem.order_id))
            .where(
                tenancy.within(actor, CardItem.account_id),
                col(CardItem.replaces_id).in_(chunk),
                col(CardItem.stage).not_in(_OVER),
                Order.fulfilment != Fulfilment.CANCELLED,
            )
        )
        found |= {card_id: order_number(serial) for card_id, serial in session.exec(query) if card_id}
    return found


def _in_use(session: Session, actor: Actor, card_ids: Sequence[UUID]) -> list[Card]:
    found: list[Card] = []
    for chunk in progress.chunks(card_ids):
        query = tenancy.rows_of(actor, Card).where(col(Card.id).in_(chunk), col(Card.status).in_(_IN_USE))
        found += session.exec(query.order_by(col(Card.id)).with_for_update())
    return found
