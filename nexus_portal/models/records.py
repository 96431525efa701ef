"""Records of processing, those who process for the bureau, and personal data breaches. No persons."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


class SubProcessor(Table, table=True):
    """A company that processes personal data for the bureau: what for, in which country, since when.

    It belongs to the installation; one that has ended stays, for earlier records name it.
    """

    __tablename__ = "sub_processors"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=120)
    service: str = Field(max_length=200)
    country: str = Field(max_length=80)
    since: date
    ended_on: date | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ProcessingRecord(Table, table=True):
    """A version of an account's record of processing that somebody kept, as it was generated then."""

    __tablename__ = "processing_records"
    __table_args__ = (Index("ux_processing_records_account_version", "account_id", "version", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    version: int
    document: JsonObject = Field(sa_type=JSON)
    digest: str = Field(max_length=64)
    """SHA-256 over the canonical JSON of what it says, without the time at which it was generated."""
    kept_by: UUID = Field(foreign_key="users.id")
    kept_at: datetime = Field(sa_type=UtcDateTime)


class Breach(Table, table=True):
    """A personal data breach as it is handled: of one account, or with the bureau's own account of all.

    `notes` name no persons. The 72 hours to tell the authority count from `discovered_at`.
    """

    __tablename__ = "breaches"
    __table_args__ = (
        Index("ux_breaches_account_number", "account_id", "number", unique=True),
        Index("ix_breaches_account_closed", "account_id", "closed_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    number: int
    title: str = Field(max_length=120)
    notes: str = Field(default="", max_length=4000)
    wanted: JsonObject = Field(default_factory=dict, sa_type=JSON)
    """What was asked of the logs: a session, somebody, a period, an address."""
    discovered_at: datetime = Field(sa_type=UtcDateTime)
    opened_by: UUID = Field(foreign_key="users.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    reported_to: str = Field(default="", max_length=120)
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
