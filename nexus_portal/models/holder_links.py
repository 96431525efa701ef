"""Links by which card holders enter their own data. Who they lead to stands in the vault, not here."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class HolderLink(Table, table=True):
    """One way in for one card item's holder. The secret is kept as a hash; it ends when it is used."""

    __tablename__ = "holder_links"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    item_id: UUID = Field(foreign_key="card_items.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    language: str = Field(default="sv", max_length=5)
    created_by: UUID = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Withdrawn, or replaced by a newer link, before it was used."""
    reason: str = Field(default="", max_length=400)
    """Why the orderer returned what was sent before; the holder reads it on opening the link."""
