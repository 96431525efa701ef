"""Transitions as rows: who moved what from where to where, and when. Written by `progress` and `cards`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from nexus_portal.domain.actor import Actor
from nexus_portal.models.orders import CardItem, Order, Transition

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """Who moves something, when and why."""

    actor: Actor
    at: datetime
    reason: str = ""


def of_order(cause: Cause, order: Order, axis: str, start: str, end: str) -> Row:
    """An order's move on one of its axes."""
    return _row(cause, axis, start, end) | {
        "account_id": order.account_id,
        "order_id": order.id,
        "item_id": None,
    }


def of_item(cause: Cause, item: CardItem, end: str) -> Row:
    """A card item's move from the stage where it is."""
    return _row(cause, "stage", item.stage, end) | {
        "account_id": item.account_id,
        "order_id": item.order_id,
        "item_id": item.id,
    }


def of_card(cause: Cause, item: CardItem, start: str, end: str) -> Row:
    """A change of status of the card that was made of a card item."""
    return of_item(cause, item, end) | {"axis": "card", "start": start}


def record(session: Session, rows: Sequence[Row]) -> None:
    """Write transitions, all in one statement."""
    if rows:
        session.exec(insert(Transition), params=list(rows))


def _row(cause: Cause, axis: str, start: str, end: str) -> Row:
    return {
        "axis": axis,
        "start": start,
        "end": end,
        "count": 1,
        "at": cause.at,
        "actor_id": cause.actor.user_id,
        "actor_role": cause.actor.role or "",
        "reason": cause.reason,
    }
