"""Mail waiting to leave; without SMTP it is read here."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class OutboxMail(Table, table=True):
    """One mail. Links in it are secrets: the body is sealed."""

    __tablename__ = "outbox"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID | None = Field(default=None, foreign_key="accounts.id", index=True)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
