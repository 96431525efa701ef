"""Decisions to erase that are not carried out yet."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.models.erasures import Erasure, ErasureState


def records_named(session: Session, order_ids: Collection[UUID]) -> set[UUID]:
    """The records of these orders that such a decision takes: nothing else decides over them again."""
    query = select(Erasure).where(col(Erasure.order_id).in_(order_ids), Erasure.state != ErasureState.DONE)
    return {UUID(target["record"]) for erasure in session.exec(query) for target in erasure.targets}
