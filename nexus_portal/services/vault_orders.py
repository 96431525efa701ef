"""Whether an order may still take in personal data."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import Order


def refuse_erased(session: Session, order_ids: Collection[UUID]) -> None:
    """Hold the orders until the end of the transaction, and refuse those whose personal data was removed.

    They are locked so that no person slips in between the decision to erase and its list of records.

    Raises:
        NotFound: no such order.
        Conflict: its personal data was removed, or is being removed.
    """
    query = select(Order.erasure_id).where(col(Order.id).in_(order_ids)).order_by(col(Order.id))
    found = session.exec(query.with_for_update(key_share=True)).all()
    if len(found) != len(order_ids):
        raise NotFound
    if any(erasure_id is not None for erasure_id in found):
        raise Conflict(Message("The personal data of this order was removed; make a new order instead."))
