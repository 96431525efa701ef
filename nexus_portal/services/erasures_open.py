"""Decisions to erase that are not carried out yet."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.services import tenancy


def records_named(session: Session, actor: Actor, order_ids: Collection[UUID]) -> set[UUID]:
    """The records of these orders that such a decision takes: nothing else decides over them again."""
    query = tenancy.rows_of(actor, Erasure).where(
        col(Erasure.order_id).in_(order_ids), Erasure.state != ErasureState.DONE
    )
    return {UUID(target["record"]) for erasure in session.exec(query) for target in erasure.targets}
