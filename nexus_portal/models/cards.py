"""The register of issued cards."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.domain.lifecycles import CardStatus
from nexus_portal.models.base import Table, UtcDateTime, new_id


class Card(Table, table=True):
    """An issued card. `uid` is the chip's bytes as read; `status_changed_at` moves with the status only."""

    __tablename__ = "cards"
    __table_args__ = (
        Index("ix_cards_account_status", "account_id", "status", "status_changed_at"),
        Index("ix_cards_status_changed", "status", "status_changed_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    item_id: UUID = Field(foreign_key="card_items.id", unique=True)
    number: str = Field(max_length=20, unique=True)
    uid: bytes | None = None
    valid_until: date | None = None
    status: str = Field(default=CardStatus.ISSUED, max_length=20)
    status_changed_at: datetime = Field(sa_type=UtcDateTime)
    block_reason: str = Field(default="", max_length=20)
    warned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its people were told that it is deleted soon; a change of status takes it back."""
    created_at: datetime = Field(sa_type=UtcDateTime)
