"""Dropped files that go with the last persons of their order, and those that cannot.

A list whose rows went to several orders holds persons of all of them: it stays until the last of these is
erased, and the certificates before that name it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.files import FileDrop
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import file_erasing, tenancy

PART = 500


def take_along(
    session: Session, order_ids: Sequence[UUID], policy: str
) -> Mapping[UUID, Sequence[dict[str, Any]]]:
    """Let files go with the last persons of their orders; gives them by order, as the ledger has them."""
    shared = exists().where(
        col(CardItem.import_id) == col(FileDrop.import_id),
        col(CardItem.order_id) != col(FileDrop.order_id),
        col(HolderRecord.item_id) == col(CardItem.id),
    )
    found = _there(session, order_ids, ~shared, lock=True)
    for drops in found.values():
        file_erasing.let_go(session, drops, policy)
    return {order_id: file_erasing.targets_of(drops) for order_id, drops in found.items()}


def left_of(session: Session, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[FileDrop]]:
    """The dropped files of orders that are still there."""
    return _there(session, order_ids)


def _there(
    session: Session, order_ids: Sequence[UUID], *more: ColumnElement[bool], lock: bool = False
) -> dict[UUID, list[FileDrop]]:
    found: defaultdict[UUID, list[FileDrop]] = defaultdict(list)
    for start in range(0, len(order_ids), PART):
        query = tenancy.rows_of(SYSTEM, FileDrop).where(
            col(FileDrop.order_id).in_(order_ids[start : start + PART]),
            col(FileDrop.deleted_at).is_(None),
            *more,
        )
        query = query.order_by(col(FileDrop.id))
        for drop in session.exec(query.with_for_update() if lock else query):
            if drop.order_id is not None:
                found[drop.order_id].append(drop)
    return found
