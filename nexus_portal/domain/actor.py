"""Who is asking: resolved once per request or event by a door, and handed to every use case."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from nexus_portal.domain.permissions import Permission, Role

STEP_UP_LIFETIME = timedelta(minutes=5)


class Scope(StrEnum):
    """Whose rows a transaction may see; PostgreSQL's row-level security reads it too."""

    NOTHING = "nothing"
    ACCOUNT = "account"
    BUREAU = "bureau"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A caller with the permissions of one membership, or nobody (`ANONYMOUS`), or the system itself."""

    scope: Scope = Scope.NOTHING
    user_id: UUID | None = None
    account_id: UUID | None = None
    account_number: str = ""
    account_name: str = ""
    role: Role | None = None
    role_name: str = ""
    """The name of the account's own role, when `role` is `own`."""
    name: str = ""
    language: str = "en"
    session_id: str = ""
    """Hash of the session id, never the id itself."""
    credential_id: UUID | None = None
    """By which credential of the file server a machine of the account acts; people have none."""
    files_of: UUID | None = None
    """Among whose files a machine works: those of the person who made its credential."""
    stepped_up_at: datetime | None = None
    permissions: AbstractSet[Permission] = frozenset({Permission.PUBLIC})

    def may(self, permission: Permission) -> bool:
        """True when this caller holds the permission."""
        return permission in self.permissions

    def stepped_up(self, now: datetime) -> bool:
        """True when a second factor was given within the last five minutes."""
        return self.stepped_up_at is not None and timedelta(0) <= now - self.stepped_up_at <= STEP_UP_LIFETIME

    @property
    def is_bureau(self) -> bool:
        """True for staff of the bureau."""
        return self.scope is Scope.BUREAU

    @property
    def signed_in(self) -> bool:
        """True after both factors."""
        return Permission.SIGNED_IN in self.permissions


ANONYMOUS = Actor()
SYSTEM = Actor(scope=Scope.SYSTEM, name="Nexus Portal", permissions=frozenset(Permission))
