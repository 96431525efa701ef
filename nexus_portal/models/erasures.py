"""The ledger of erasures: written before anything is destroyed, kept for ever. No personal data."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


class ErasureState(StrEnum):
    """How far an erasure has come; a crash resumes at the state in the ledger."""

    DECIDED = "decided"
    KEYS_DESTROYED = "keys_destroyed"
    BYTES_DELETED = "bytes_deleted"
    DONE = "done"


class Erasure(Table, table=True):
    """One decision to erase. `targets` names the records and blobs to destroy, for resuming and replaying."""

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("account_id", "certificate_serial"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    order_number: str = Field(default="", max_length=20)
    state: str = Field(default=ErasureState.DECIDED, max_length=20, index=True)
    policy: str = Field(max_length=40)
    """`request` of a person, `retention` or `blocked` by a rule, `superseded` by a correction.

    `file` by a person, `file_rule` by a rule of days and `file_replaced` by another file of the same name:
    these took files of the file drop.
    """
    kinds: list[str] | None = Field(default=None, sa_type=JSON)
    """The kinds of data that go while the others stay; none: everything of the records goes."""
    decided_by: UUID | None = None
    decided_role: str = Field(default="", max_length=40)
    decided_at: datetime = Field(sa_type=UtcDateTime)
    keys_destroyed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bytes_deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    persons_held: int = 0
    """Of how many persons the order held data when it was decided; 0 where nobody counted."""
    persons: int = 0
    photos: int = 0
    tokens: int = 0
    files: int = 0
    """Files of the file drop; each is a target with a key of its own."""
    targets: list[dict[str, Any]] = Field(sa_type=JSON)
    certificate_serial: int | None = None
    """Number of the certificate among its account's, which are chained to each other."""
    certificate: JsonObject | None = Field(default=None, sa_type=JSON)
