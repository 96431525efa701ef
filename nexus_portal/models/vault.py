"""The vault: ciphertext of persons. The keys to it lie in another store (`adapters/keystore.py`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from nexus_portal.domain.lifecycles import PhotoState
from nexus_portal.models.base import JSON, Table, UtcDateTime, new_id

PROTECTED = "protection > 0"


class HolderRecord(Table, table=True):
    """The personal data of one card item: field key → base64 of nonce and AES-256-GCM ciphertext."""

    __tablename__ = "holder_records"
    __table_args__ = (
        # What is due is a stretch of this index for each set of kinds, however much is kept longer.
        Index("ix_holder_records_account_kinds_delivered", "account_id", "kinds", "delivered_at"),
        # Those who are protected are few.
        Index(
            "ix_holder_records_protected",
            "account_id",
            sqlite_where=text(PROTECTED),
            postgresql_where=text(PROTECTED),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    item_id: UUID = Field(foreign_key="card_items.id", unique=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    fields: dict[str, str] = Field(sa_type=JSON)
    kinds: int = 0
    """The kinds of data that are held, as `domain.retention` numbers them; a photo is one."""
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the card was delivered, or destroyed instead: from then on retention counts."""
    protection: int = 0
    """A `domain.protection.Protection`: whether the identity of the person is protected."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Photo(Table, table=True):
    """A holder's photo: two encrypted blobs, original and crop, kept and purged together."""

    __tablename__ = "photos"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    record_id: UUID = Field(foreign_key="holder_records.id", unique=True)
    original_blob: str = Field(max_length=40)
    crop_blob: str = Field(max_length=40)
    width: int
    height: int
    cut: dict[str, float] | None = Field(default=None, sa_type=JSON)
    """Where the crop lies in the original: `x`, `y`, `width`, `height` as parts of it, `turn` in degrees."""
    findings: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of what a check found wanting, such as `blurred`."""
    state: str = Field(default=PhotoState.PENDING, max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime)


class SearchToken(Table, table=True):
    """HMAC of a name part or normalised personal number under a key of the account; goes with the record."""

    __tablename__ = "search_tokens"
    __table_args__ = (Index("ix_search_tokens_lookup", "account_id", "kind", "token"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    record_id: UUID = Field(foreign_key="holder_records.id", index=True)
    kind: str = Field(max_length=20)
    token: bytes = Field(max_length=32)
