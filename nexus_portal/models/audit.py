"""The audit log: append-only, each entry hashed onto the one before it in its chain."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id

REFUSED = text("action IN ('second_factor:refused', 'sign_in:refused')")
"""Failed attempts to sign in, word for word as their index has it: SQLite compares the text."""


class AuditEvent(Table, table=True):
    """What happened, by whom, to what. `facts` names fields and counts, never values of persons.

    `chain` is the account's id, or `installation` for what belongs to no account.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ux_audit_events_chain", "chain", "seq", unique=True),
        Index("ix_audit_events_action", "chain", "action", "seq"),
        Index("ix_audit_events_actor", "chain", "actor_id", "seq"),
        Index("ix_audit_events_subject", "chain", "subject", "seq"),
        Index("ix_audit_events_at", "chain", "at", "seq"),
        Index("ix_audit_events_refused", "subject", "at", sqlite_where=REFUSED, postgresql_where=REFUSED),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    chain: str = Field(max_length=36)
    seq: int
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: UUID | None = None
    actor_role: str = Field(default="", max_length=40)
    action: str = Field(max_length=60)
    subject: str = Field(default="", max_length=80)
    facts: JsonObject = Field(default_factory=dict, sa_type=JSON)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditHead(Table, table=True):
    """The end of each chain: locked while an entry is added."""

    __tablename__ = "audit_heads"

    chain: str = Field(primary_key=True, max_length=36)
    seq: int
    hash: str = Field(max_length=64)


class AuditCheckpoint(Table, table=True):
    """A signed statement of where a chain ended, so that a cut-off tail shows."""

    __tablename__ = "audit_checkpoints"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    chain: str = Field(max_length=36, index=True)
    seq: int
    hash: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    signature: str = Field(max_length=128)


class AuditVerification(Table, table=True):
    """A walk along a chain: by whom, from where up to which entry, and what came of it.

    People's own stay as they are; of the portal's own there is one a chain, which moves on.
    """

    __tablename__ = "audit_verifications"
    __table_args__ = (Index("ix_audit_verifications_chain", "chain", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    chain: str = Field(max_length=36)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: UUID | None = None
    actor_role: str = Field(default="", max_length=40)
    first_seq: int
    seq: int
    broken_at: int = 0
    """The first entry that is not as it was written; 0: none."""
    why: JsonObject | None = Field(default=None, sa_type=JSON)
    """`{msgid, params}` of what is wrong there."""
