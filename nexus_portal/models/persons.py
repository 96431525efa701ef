"""What persons ask of an account, and who sees those whose identity is protected. No persons are in it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id
from nexus_portal.models.privacy import ProposalState


class PersonRequest(Table, table=True):
    """A person asked for a right; who it was stands in the customer's own files, under `case_number`."""

    __tablename__ = "person_requests"
    __table_args__ = (
        UniqueConstraint("account_id", "serial"),
        Index("ix_person_requests_account_answered", "account_id", "answered_on", "due_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    serial: int
    """Number among its account's, from 1."""
    kind: str = Field(max_length=20)
    case_number: str = Field(default="", max_length=40)
    received_on: date
    due_on: date
    extended: bool = False
    """Two months more were taken, which the person has been told."""
    recorded_by: UUID = Field(foreign_key="users.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(default="", max_length=20)
    answered_on: date | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="users.id")
    told_on: date | None = None
    """When the privacy officers were told by mail that it is overdue."""


class ProtectionKind(StrEnum):
    """What two people decide over protected identity."""

    HANDLER = "handler"
    """Somebody is to see protected persons."""
    UNMARK = "unmark"
    """The person on a card item is not to be protected any more."""


class ProtectionProposal(Table, table=True):
    """A decision over protected identity that waits for a second person, or what became of it."""

    __tablename__ = "protection_proposals"
    __table_args__ = (Index("ix_protection_proposals_account_state", "account_id", "state"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    kind: str = Field(max_length=20)
    membership_id: UUID | None = Field(default=None, foreign_key="memberships.id")
    item_id: UUID | None = None
    """No foreign key: the card item may be thrown away before somebody decides."""
    state: str = Field(default=ProposalState.OPEN, max_length=20)
    proposed_by: UUID = Field(foreign_key="users.id")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
