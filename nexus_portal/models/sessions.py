"""Sessions, the browser tabs bound to them, and what throttles guessing."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import JSON, JsonObject, Table, UtcDateTime


class SessionLevel(StrEnum):
    """How far a session has come."""

    ANONYMOUS = "anonymous"
    PASSWORD = "password"  # noqa: S105 - a level, not a secret
    ENROLLING = "enrolling"
    FULL = "full"


class BrowserSession(Table, table=True):
    """One browser, signed in or anonymous. The cookie's value is known to it alone: this is its SHA-256."""

    __tablename__ = "sessions"

    id_hash: str = Field(primary_key=True, max_length=64)
    level: str = Field(default=SessionLevel.ANONYMOUS, max_length=20)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    membership_id: UUID | None = Field(default=None, foreign_key="memberships.id")
    invitation_id: UUID | None = Field(default=None, foreign_key="invitations.id")
    language: str = Field(default="en", max_length=5)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    renewed_as: str = Field(default="", max_length=64)
    """The same session under its next id, where it ended only to go on; empty where it ended for good."""
    stepped_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    address: str = Field(default="", max_length=64)
    agent: str = Field(default="", max_length=200)
    challenge: bytes | None = None
    """What a passkey is to sign next, good once."""
    challenge_for: str = Field(default="", max_length=20)
    challenge_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    flash: JsonObject | None = Field(default=None, sa_type=JSON)
    """What the next page should say once: a problem code and the typed address, never a secret."""


class TabToken(Table, table=True):
    """A Reflex client token and the only session that may use it."""

    __tablename__ = "tab_tokens"

    token: str = Field(primary_key=True, max_length=36)
    session_hash: str = Field(max_length=64, index=True)
    bound_at: datetime = Field(sa_type=UtcDateTime)


class ThrottleHit(Table, table=True):
    """One counted attempt against a limit, for as long as the limit looks back."""

    __tablename__ = "throttle_hits"

    id: int | None = Field(default=None, primary_key=True)
    bucket: str = Field(max_length=160, index=True)
    at: float = Field(index=True)


class Idempotency(Table, table=True):
    """What a form with this key made, so that sending it twice makes it once."""

    __tablename__ = "idempotency"

    key: str = Field(primary_key=True, max_length=120)
    result: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
