"""What happened to one order, to be told in sentences: its own moves, and those of its cards counted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Permission, Role, is_bureau_role
from nexus_portal.domain.story import Happening
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import order_details, tenancy
from nexus_portal.services.order_details import OwnMoves
from nexus_portal.services.use_case import use_case

_TOLD = (
    Stage.PRODUCED,
    Stage.SHIPPED,
    Stage.DELIVERED,
    Stage.RESHIPPED,
    Stage.NOT_DELIVERED,
    Stage.RETURNED,
    Stage.DESTROYED,
)
"""The moves of cards that make a sentence; a return to the queue with a reason is one too."""


@use_case(Permission.ORDERS_READ, reads=True)
def happenings(session: Session, actor: Actor, *, number: str) -> tuple[Happening, ...]:
    """What happened to one order of the actor's account, oldest first. Bureau staff are never named.

    Raises:
        NotFound: no such order there.
    """
    order = order_details.find(session, actor, number)
    return happenings_of(session, actor, order, order_details.moves_of(session, actor, order))


def happenings_of(session: Session, actor: Actor, order: Order, moves: OwnMoves) -> tuple[Happening, ...]:
    """The same of an order that the actor was found to see, and whose own moves are read."""
    found = [*_of_order(moves), *_of_cards(session, actor, order)]
    if order.pieces_shipped:
        found += _of_pieces(session, actor, order)
    return tuple(sorted(found, key=lambda each: (each.at, each.place)))


def _of_order(moves: OwnMoves) -> Sequence[Happening]:
    return [
        Happening(
            axis=move.axis,
            start=move.start,
            end=move.end,
            at=move.at.isoformat(),
            who="" if _by_bureau(move) else moves.who(move),
            reason=move.reason,
            place=move.id or 0,
        )
        for move in moves.rows
    ]


def _by_bureau(move: Transition) -> bool:
    return move.actor_role in set(Role) and is_bureau_role(Role(move.actor_role))


def _of_cards(session: Session, actor: Actor, order: Order) -> Sequence[Happening]:
    """Moves of the order's cards that were made together, each with how many they were."""
    failed = (col(Transition.end) == Stage.QUEUED) & (col(Transition.reason) != "")
    told = (
        col(Transition.at),
        col(Transition.end),
        col(Transition.reason),
        col(Shipment.carrier),
        col(Shipment.tracking),
    )
    query = (
        select(*told, func.count().label("cards"), func.min(col(Transition.id)).label("place"))
        .join(CardItem, col(CardItem.id) == col(Transition.item_id))
        .join(Shipment, col(Shipment.id) == col(CardItem.shipment_id), isouter=True)
        .where(
            tenancy.within(actor, Transition.account_id),
            col(Transition.order_id) == order.id,
            col(Transition.axis) == "stage",
            col(Transition.end).in_(_TOLD) | failed,
        )
        .group_by(*told)
    )
    return [_of_group(row) for row in session.connection().execute(query)]


def _of_group(row: Any) -> Happening:
    return Happening(
        axis="stage",
        start="",
        end=row.end,
        at=row.at.isoformat(),
        reason=row.reason,
        count=row.cards,
        place=row.place,
        parcel=_way(row.carrier, row.tracking) if row.end == Stage.SHIPPED else "",
    )


def _of_pieces(session: Session, actor: Actor, order: Order) -> Sequence[Happening]:
    """Accessories that left and arrived, with their parcels."""
    query = tenancy.rows_of(actor, Shipment).where(
        Shipment.order_id == order.id, col(Shipment.pieces) > 0, col(Shipment.shipped_at).is_not(None)
    )
    return [
        Happening(
            axis="pieces",
            start="",
            end=end,
            at=at.isoformat(),
            count=parcel.pieces,
            parcel=_way(parcel.carrier, parcel.tracking) if end is Stage.SHIPPED else "",
        )
        for parcel in session.exec(query.order_by(col(Shipment.id)))
        for end, at in ((Stage.SHIPPED, parcel.shipped_at), (Stage.DELIVERED, parcel.delivered_at))
        if at is not None
    ]


def _way(carrier: str | None, tracking: str | None) -> str:
    return f"{carrier or ''} {tracking or ''}".strip()
