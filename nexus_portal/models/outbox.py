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
    """Empty for a mail to a card holder, whose address lies in the vault under `holder_record_id`, or to an
    applicant."""
    holder_record_id: UUID | None = Field(default=None, index=True)
    application_id: UUID | None = Field(default=None, index=True)
    """Of a mail to an applicant, whose address lies sealed in the application."""
    subject: str = Field(max_length=200)
    body: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(default="", max_length=40)
    language: str = Field(default="en", max_length=5)
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it is tried again, after the mail server did not take it."""
    refusal: str = Field(default="", max_length=200)
    """What the mail server said last."""
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
