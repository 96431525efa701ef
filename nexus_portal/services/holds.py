"""Holds: what stops an erasure. The one question that everything which erases asks."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.models.orders import CardItem
from nexus_portal.models.privacy import Hold

CHUNK = 500


def held_items(session: Session, account_id: UUID, item_ids: Sequence[UUID]) -> set[UUID]:
    """Those of an account's card items whose persons a hold keeps: an item's, an order's, the account's."""
    standing = select(Hold.order_id, Hold.item_id).where(
        Hold.account_id == account_id, col(Hold.lifted_at).is_(None)
    )
    found = session.exec(standing).all()
    if not found:
        return set()
    if (None, None) in found:
        return set(item_ids)
    held = {item_id for _, item_id in found if item_id is not None} & set(item_ids)
    orders = {order_id for order_id, item_id in found if order_id is not None and item_id is None}
    for start in range(0, len(item_ids) if orders else 0, CHUNK):
        chunk = item_ids[start : start + CHUNK]
        query = select(CardItem.id).where(col(CardItem.id).in_(chunk), col(CardItem.order_id).in_(orders))
        held |= set(session.exec(query))
    return held
