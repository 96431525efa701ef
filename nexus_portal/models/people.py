"""People who sign in, and their place in accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime, new_id


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
    own_role_id: UUID | None = Field(default=None, foreign_key="own_roles.id")
    """The account's own role, when `role` is `own`."""
    granted_by: UUID | None = None
    granted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the person has this role; since `created_at` when nothing is said."""
    sees_protected: bool = False
    """Named to see persons whose identity is protected, beside whatever the role allows."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OwnRole(Table, table=True):
    """A role that an account put together itself, from the permissions that its people can have at all."""

    __tablename__ = "own_roles"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    name: str = Field(max_length=60)
    permissions: JsonObject = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(Table, table=True):
    """A single-use link to a role in an account; the database holds the hash of its secret."""

    __tablename__ = "invitations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    role: str = Field(max_length=40)
    own_role_id: UUID | None = Field(default=None, foreign_key="own_roles.id")
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


class Passkey(Table, table=True):
    """A public key of an authenticator that can sign in by itself; nothing here is secret."""

    __tablename__ = "passkeys"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    credential_id: str = Field(max_length=1400, unique=True)
    """URL-safe base64, as browsers say it."""
    public_key: bytes
    sign_count: int = 0
    transports: str = Field(default="", max_length=80)
    name: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PasswordReset(Table, table=True):
    """A single-use link to a new password; the database holds the hash of its secret."""

    __tablename__ = "password_resets"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FactorReset(Table, table=True):
    """A second factor that two people of the bureau take away, because nobody in the account can."""

    __tablename__ = "factor_resets"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    membership_id: UUID = Field(foreign_key="memberships.id")
    reason: str = Field(max_length=300)
    asked_by: UUID
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccessReview(Table, table=True):
    """Who could do what on the day when an admin confirmed it: kept as it was shown."""

    __tablename__ = "access_reviews"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    confirmed_by: UUID
    confirmed_name: str = Field(max_length=120)
    confirmed_at: datetime = Field(sa_type=UtcDateTime)
    people: int
    content: JsonObject = Field(sa_type=JSON)
    digest: str = Field(max_length=64)
    """SHA-256 of the content in canonical JSON; the audit log has it too."""
