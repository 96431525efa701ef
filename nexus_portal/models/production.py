"""Batches: card items produced together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.domain.lifecycles import BatchState
from nexus_portal.models.base import Table, UtcDateTime, new_id


class Batch(Table, table=True):
    """One article, layout and encoding made in one go; issued = good + rejected + samples + returned."""

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_state_id", "state", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    number: str = Field(max_length=20, unique=True)
    layout_id: UUID = Field(foreign_key="layouts.id")
    state: str = Field(default=BatchState.OPEN, max_length=20)
    cards: int = 0
    issued: int = 0
    good: int = 0
    rejected: int = 0
    samples: int = 0
    returned: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
