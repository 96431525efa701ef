"""The data processing agreement: which versions are offered, and who accepted which for a customer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class AgreementOffer(Table, table=True):
    """A version that this portal offers, since when. Its text is a file of that version."""

    __tablename__ = "agreement_offers"

    version: str = Field(primary_key=True, max_length=20)
    required_from: date
    offered_at: datetime = Field(sa_type=UtcDateTime)


class AgreementAcceptance(Table, table=True):
    """Somebody accepted a version for their account. Never changed, never removed: triggers see to it."""

    __tablename__ = "agreement_acceptances"
    __table_args__ = (UniqueConstraint("account_id", "version"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    version: str = Field(max_length=20)
    language: str = Field(max_length=2)
    text_digest: str = Field(max_length=64)
    """SHA-256 of the Markdown in that language, as it was read."""
    accepted_by: UUID = Field(foreign_key="users.id")
    accepted_role: str = Field(default="", max_length=40)
    accepted_at: datetime = Field(sa_type=UtcDateTime)
    paper: bytes
    """The PDF exactly as it was accepted."""
    paper_digest: str = Field(max_length=64)
    """SHA-256 of the PDF; the audit log has it too."""
