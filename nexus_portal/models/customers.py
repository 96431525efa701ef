"""Becoming a customer, being one, and ending it. What applicants write is sealed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.domain.applications import ApplicationState
from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


class Application(Table, table=True):
    """An application for an account. All that was written lies in `sealed`, under a key of its own.

    The key is the bureau's, in the key store; destroying it makes every copy unreadable.
    """

    __tablename__ = "applications"
    __table_args__ = (Index("ix_applications_state", "state", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    reference: str = Field(max_length=20, unique=True)
    bureau_id: UUID = Field(foreign_key="accounts.id")
    account_id: UUID | None = Field(default=None, foreign_key="accounts.id", index=True)
    """The account that it became."""
    state: str = Field(default=ApplicationState.WAITING, max_length=20)
    language: str = Field(default="en", max_length=5)
    organisation_token: str = Field(max_length=64, index=True)
    """A keyed hash of the organisation number: the same organisation is recognised, and no number kept."""
    sealed: bytes
    answer_hash: str = Field(default="", max_length=64, index=True)
    """Of the secret in the link by which the applicant answers, while it works."""
    answer_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    version: int = 1


class AccountArticle(Table, table=True):
    """An article that is offered to one account, at its own price in öre, or at the list's.

    An account without such rows is offered every article at the price of the list.
    """

    __tablename__ = "account_articles"

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)
    article_id: UUID = Field(foreign_key="articles.id", primary_key=True)
    price: int | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ClosingChoice(StrEnum):
    """What becomes of the data of an account that is closed: the customer chooses."""

    HAND_OVER = "hand_over"
    DELETE = "delete"


class ClosingState(StrEnum):
    """How far the closing of an account has come; a crash resumes from here."""

    ASKED = "asked"
    """By the bureau; the customer has yet to choose and to confirm."""
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    SHUT = "shut"
    """Sessions, invitations and people have ended."""
    DECIDED = "decided"
    """Every person that was left is in the ledger."""
    ERASED = "erased"
    CLOSED = "closed"


class AccountClosing(Table, table=True):
    """The end of an account: asked for by the bureau, confirmed by the customer."""

    __tablename__ = "account_closings"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    state: str = Field(default=ClosingState.ASKED, max_length=20, index=True)
    status_before: str = Field(max_length=20)
    reason: str = Field(max_length=400)
    asked_by: UUID = Field(foreign_key="users.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    choice: str = Field(default="", max_length=20)
    package_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the customer took all data away."""
    confirmed_by: UUID | None = Field(default=None, foreign_key="users.id")
    confirmed_role: str = Field(default="", max_length=40)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    forecast: JsonObject = Field(default_factory=dict, sa_type=JSON)
    """What went, as the dry run said at the moment of confirming: counts only."""
    erasure_id: UUID | None = None
    """The ledger row whose certificate stands for the whole closing."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
