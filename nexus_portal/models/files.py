"""The file drop and who may reach it. Names and checksums are ciphertext: files are named after persons."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from nexus_portal.domain.file_drops import FileState
from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


class CredentialKind(StrEnum):
    """How a credential proves itself."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a kind, not a secret


class FileCredential(Table, table=True):
    """A machine of a customer that may reach its files. It holds a public key, or the hash of a password."""

    __tablename__ = "file_credentials"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    kind: str = Field(max_length=20)
    name: str = Field(max_length=80)
    login: str = Field(max_length=40, unique=True)
    public_key: str = Field(default="", max_length=2000)
    """Algorithm and key as OpenSSH writes them, without the comment, which often names a person."""
    fingerprint: str = Field(default="", max_length=60)
    password_hash: str | None = Field(default=None, max_length=300)
    password_shown: bytes | None = None
    """The password, sealed, for the ten minutes in which whoever made it can see it."""
    created_by: UUID = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_from: str = Field(default="", max_length=64)
    revoked_by: UUID | None = Field(default=None, foreign_key="users.id")
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FileSpace(Table, table=True):
    """Held while an account's files are given room, so that many who write never pass its quota together."""

    __tablename__ = "file_spaces"

    account_id: UUID = Field(foreign_key="accounts.id", primary_key=True)


class FileDrop(Table, table=True):
    """One file of a customer. Its bytes, name and checksum are sealed under a key of its own."""

    __tablename__ = "file_drops"
    __table_args__ = (
        Index("ux_file_drops_name", "account_id", "owner_id", "name_token", unique=True),
        Index("ix_file_drops_owner", "account_id", "owner_id", "state", "id"),
        Index("ix_file_drops_account_folder", "account_id", "folder", "id"),
        Index("ix_file_drops_account_state", "account_id", "state", "id"),
        Index(
            "ix_file_drops_settling",
            "settles_at",
            sqlite_where=text("state = 'receiving'"),
            postgresql_where=text("state = 'receiving'"),
        ),
        Index(
            "ix_file_drops_received",
            "received_at",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index(
            "ix_file_drops_delete_on",
            "delete_on",
            sqlite_where=text("delete_on IS NOT NULL"),
            postgresql_where=text("delete_on IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    folder: str = Field(max_length=20)
    state: str = Field(default=FileState.RECEIVING, max_length=20)
    sealed_name: bytes | None = None
    name_token: bytes | None = Field(default=None, max_length=32)
    """Keyed hash of folder and name; none once the file is gone, or while another takes its name."""
    sealed_digest: bytes | None = None
    """SHA-256 of the bytes, sealed: of a short file it would tell what it holds."""
    digest_token: bytes | None = Field(default=None, max_length=32)
    """Keyed hash of the same, by which the same file is known again, whatever it is called."""
    blob: str = Field(max_length=40)
    size: int = Field(default=0, sa_type=BigInteger)
    reserved: int = Field(default=0, sa_type=BigInteger)
    """Room that counts against the quota: at least the size, more while somebody writes."""
    whole: bool = False
    """Its sender closed it. A connection that broke leaves it open, to be gone on with."""
    settles_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it counts as received, unless somebody writes to it before; none while it is not whole."""
    replaced_by: UUID | None = Field(default=None, index=True)
    """The file that takes its name: this one goes when that one is whole."""
    credential_id: UUID | None = Field(default=None, foreign_key="file_credentials.id")
    user_id: UUID | None = Field(default=None, foreign_key="users.id")
    """Who sent it by the page."""
    owner_id: UUID | None = Field(default=None, foreign_key="users.id")
    """Whose it is: who sent it, or made the credential it came by; of answers, who sent the list."""
    note: JsonObject | None = Field(default=None, sa_type=JSON)
    """Why it was refused, as `{msgid, params}`; nothing of what it holds."""
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    import_id: UUID | None = Field(default=None, foreign_key="imports.id")
    rows: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    processed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delete_on: date | None = None
    version: int = 1
    """Goes up with each change, so that nobody settles or takes what was written to meanwhile."""
