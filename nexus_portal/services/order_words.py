"""The words of orders, kept beside them: whoever writes an order's reference or cost centre writes its words.

They are written as the row itself is, in its transaction; only who writes past the mapper calls `renew`.
"""

from typing import Any

from sqlalchemy import Connection, delete, event, insert, inspect
from sqlmodel import Session, col

from nexus_portal.domain.order_words import words_of
from nexus_portal.models.orders import Order, OrderWord

_WORDED = ("reference", "cost_centre")


def renew(session: Session, order: Order) -> None:
    """Write the words of an order anew, after its texts were written past the mapper."""
    connection = session.connection()
    _take_away(connection, order)
    _write(connection, order)


def forget(session: Session, order: Order) -> None:
    """Take the words of an order away, because the order goes."""
    _take_away(session.connection(), order)


@event.listens_for(Order, "after_insert")
def _written(_mapper: Any, connection: Connection, order: Order) -> None:
    _write(connection, order)


@event.listens_for(Order, "after_update")
def _changed(_mapper: Any, connection: Connection, order: Order) -> None:
    attributes: Any = inspect(order).attrs
    if any(attributes[name].history.has_changes() for name in _WORDED):
        _take_away(connection, order)
        _write(connection, order)


def _write(connection: Connection, order: Order) -> None:
    rows = [
        {"account_id": order.account_id, "serial": order.serial, "word": word}
        for word in words_of(order.reference, order.cost_centre)
    ]
    if rows:
        connection.execute(insert(OrderWord), rows)


def _take_away(connection: Connection, order: Order) -> None:
    connection.execute(
        delete(OrderWord).where(
            col(OrderWord.account_id) == order.account_id, col(OrderWord.serial) == order.serial
        )
    )
