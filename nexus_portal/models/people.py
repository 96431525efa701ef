"""People who sign in, and their place in accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class User(Table, table=True):
    """A person who signs in. The TOTP secret is sealed; the password is an argon2id hash."""

    __tablename__ = "users"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=120)
    language: str = Field(default="en", max_length=5)
    password_hash: str | None = Field(default=None, max_length=300)
    totp_secret: bytes | None = None
    totp_pending: bytes | None = None
    totp_last_step: int = 0
    recovery_pending: bytes | None = None
    """Sealed recovery codes not yet shown to have been kept; enrolment is over when it is empty."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_sign_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(Table, table=True):
    """One person's role in one account."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "account_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    role: str = Field(max_length=40)
    active: bool = True
    granted_by: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Invitation(Table, table=True):
    """A single-use link to a role in an account; the database holds the hash of its secret."""

    __tablename__ = "invitations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    role: str = Field(max_length=40)
    token_hash: str = Field(max_length=64, unique=True)
    invited_by: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(Table, table=True):
    """One of ten codes that replace a lost authenticator once; hashed."""

    __tablename__ = "recovery_codes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    code_hash: str = Field(max_length=64, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
