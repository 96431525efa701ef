"""Imports of spreadsheets: what came of a file, never what was in it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id


class ImportState(StrEnum):
    """Where an import is."""

    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class ImportKind(StrEnum):
    """What a file is to a draft."""

    ROWS = "rows"
    """Its rows."""
    MENDED = "mended"
    """Its rows to mend, mended in a spreadsheet program."""
    PHOTOS = "photos"
    """Photos for rows that lack one."""


class Import(Table, table=True):
    """Files on their way into a draft order. Column headers are kept, cells are not.

    While it is `reading` its files lie sealed on the disk, and a worker reads them under a claim.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_account_fingerprint", "account_id", "fingerprint"),
        Index(
            "ix_imports_reading",
            "id",
            sqlite_where=text("state = 'reading'"),
            postgresql_where=text("state = 'reading'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    user_id: UUID = Field(foreign_key="users.id")
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    layout_id: UUID = Field(foreign_key="layouts.id")
    fingerprint: bytes = Field(default=b"", max_length=32)
    """A hash, under the account's own key, of the files and of how their columns were mapped."""
    state: str = Field(default=ImportState.READING, max_length=20)
    total: int = 0
    done: int = 0
    used_columns: list[str] = Field(default_factory=list, sa_type=JSON)
    dropped_columns: list[str] = Field(default_factory=list, sa_type=JSON)
    notes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Messages as `{msgid, params}` about the file as a whole."""
    kind: str = Field(default=ImportKind.ROWS, max_length=20)
    again: int = 0
    """So many rows were read before: those that are no longer in the draft were taken away on purpose."""
    files: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_type=JSON)
    """`spreadsheet` and `photos` as `{name, size, key}`, the key sealed; empty once they are destroyed."""
    mapping: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """Column index as text → field key."""
    photos: int = 0
    """Photos that will be looked at, and how many are."""
    photos_done: int = 0
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """What became of mended rows: `mended`, `wrong`, `new`, `same`, `gone`."""
    claim: str = Field(default="", max_length=32)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ColumnMapping(Table, table=True):
    """How an account mapped the columns of such a file the last time. Headers as a keyed hash, no cells."""

    __tablename__ = "column_mappings"

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)
    layout_name: str = Field(max_length=120, primary_key=True)
    headers: bytes = Field(max_length=32, primary_key=True)
    mapping: dict[str, str] = Field(sa_type=JSON)
    """Column index as text → field key."""
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Inspection(Table, table=True):
    """The headers of a file about to be imported, kept for an hour so that a person can map its columns."""

    __tablename__ = "inspections"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    user_id: UUID = Field(foreign_key="users.id", index=True)
    layout_id: UUID = Field(foreign_key="layouts.id")
    headers: list[str] = Field(sa_type=JSON)
    suggestion: dict[str, str] = Field(sa_type=JSON)
    """Column index as text → field key."""
    remembered: bool = False
    """The account mapped such columns before, and this is how."""
    rows: int = 0
    notes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
