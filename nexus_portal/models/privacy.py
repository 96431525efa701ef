"""What a customer decides over personal data, what stops it, who looked, which copies left. No persons."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


class RetentionRule(Table, table=True):
    """How long an account keeps one kind of data, where that differs from what its account says for all."""

    __tablename__ = "retention_rules"

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)
    kind: str = Field(max_length=20, primary_key=True)
    """A `domain.fields.RetentionClass`."""
    policy: str = Field(max_length=20)
    """A `RetentionPolicy`."""
    days: int = 0
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ProposalState(StrEnum):
    """What became of a proposed change of retention."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RetentionProposal(Table, table=True):
    """A change of retention that waits for a second person."""

    __tablename__ = "retention_proposals"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    rules: JsonObject = Field(sa_type=JSON)
    """Kind → `{policy, days}` for all kinds, `default` among them, as it would be."""
    forecast: JsonObject = Field(sa_type=JSON)
    """What the dry run said when it was proposed: counts only."""
    state: str = Field(default=ProposalState.OPEN, max_length=20)
    proposed_by: UUID = Field(foreign_key="users.id")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Sweep(Table, table=True):
    """Work that one worker at a time does by itself: who has it, until when, what came of it last."""

    __tablename__ = "sweeps"

    name: str = Field(primary_key=True, max_length=40)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_by: str = Field(default="", max_length=64)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: JsonObject = Field(default_factory=dict, sa_type=JSON)


class Hold(Table, table=True):
    """A reasoned stop on erasing: of one card item's person, of an order, or with neither of the account."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_account_lifted", "account_id", "lifted_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    item_id: UUID | None = Field(default=None, foreign_key="card_items.id", index=True)
    reason: str = Field(max_length=400)
    owner_id: UUID = Field(foreign_key="users.id")
    placed_by: UUID = Field(foreign_key="users.id")
    placed_at: datetime = Field(sa_type=UtcDateTime)
    review_on: date
    lift_asked_by: UUID | None = Field(default=None, foreign_key="users.id")
    lift_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lift_reason: str = Field(default="", max_length=400)
    lifted_by: UUID | None = Field(default=None, foreign_key="users.id")
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ErasureAppointment(Table, table=True):
    """Somebody decided that what could not be erased of an order yet goes as soon as it can."""

    __tablename__ = "erasure_appointments"

    order_id: UUID = Field(foreign_key="orders.id", primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    items: list[str] | None = Field(default=None, sa_type=JSON)
    """Ids of the card items that go; none: all of the order."""
    asked_by: UUID = Field(foreign_key="users.id")
    asked_role: str = Field(default="", max_length=40)
    asked_at: datetime = Field(sa_type=UtcDateTime)


class CopyKind(StrEnum):
    """How persons left the portal in a form that it cannot erase."""

    EXPORT = "export"
    MENDING = "mending"
    PRINT = "print"
    PACKAGE = "package"


class DataCopy(Table, table=True):
    """Persons of an order were taken away: certificates of erasure name it."""

    __tablename__ = "data_copies"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_role: str = Field(default="", max_length=40)
    persons: int = 0


class AccessAct(StrEnum):
    """What somebody did that let them see persons."""

    REVEALED = "revealed"
    SEARCHED = "searched"
    PHOTO = "photo"
    EXPORTED = "exported"
    PRINTED = "printed"
    PACKAGED = "packaged"
    FILE = "file"
    """The bytes of a dropped file were read: who is in it, the portal does not know."""


class Access(Table, table=True):
    """Somebody saw persons, or looked for them: a row per act, and per person where it was one.

    Unlike the audit log it may be forgotten after a time, so the audit log keeps its own entry.
    """

    __tablename__ = "accesses"
    __table_args__ = (
        Index("ix_accesses_account", "account_id", "at", "id"),
        Index("ix_accesses_account_act", "account_id", "act", "at", "id"),
        Index("ix_accesses_account_actor", "account_id", "actor_id", "at", "id"),
        Index("ix_accesses_account_item", "account_id", "item_id", "at", "id"),
        Index("ix_accesses_account_subject", "account_id", "subject", "at", "id"),
        Index("ix_accesses_account_session", "account_id", "session_ref", "at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    """Whose persons they are, whoever looked."""
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: UUID | None = None
    actor_role: str = Field(default="", max_length=40)
    session_ref: str = Field(default="", max_length=16)
    """The beginning of the session's hash: which session it was, and no way into it."""
    act: str = Field(max_length=20)
    purpose: str = Field(default="", max_length=80)
    subject: str = Field(default="", max_length=80)
    """A public number: of an order, a card item or a card."""
    item_id: UUID | None = None
    """The card item whose person it was; no foreign key, for the log outlives it."""
    persons: int = 0
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    """Keys of the fields that were shown, never values."""
