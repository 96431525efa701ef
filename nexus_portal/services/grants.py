"""What a role means: a built-in one by the code, an account's own by the database, read each time.

People and forms name a role by one text: `orderer`, or `own:` and the id of the account's own role.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain import roles
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import GRANTABLE, Permission, Role, granted_by
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import Membership, OwnRole, User

PREFIX = f"{Role.OWN}:"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role with its permissions; `name` is that of an own role."""

    role: Role
    permissions: AbstractSet[Permission]
    own_role_id: UUID | None = None
    name: str = ""

    @property
    def reference(self) -> str:
        """The text that names it in forms and in the log."""
        return reference(self.role, self.own_role_id)

    def logged(self, fact: str) -> dict[str, str]:
        """What the log says of it: the reference, and what an own role was called on that day."""
        return {fact: self.reference, **({f"{fact}_name": self.name} if self.name else {})}


def reference(role: str, own_role_id: UUID | None) -> str:
    """`orderer`, or `own:` and an id."""
    return f"{PREFIX}{own_role_id}" if role == Role.OWN else str(role)


def held(session: Session, membership: Membership) -> Grant:
    """The role that somebody has now. An own role that was removed allows nothing."""
    return granted(session, membership.role, membership.own_role_id)


def granted(session: Session, role: str, own_role_id: UUID | None) -> Grant:
    """The same by the columns of a membership or an invitation."""
    if role != Role.OWN:
        known = Role(role)
        return Grant(known, granted_by(known))
    own = session.get(OwnRole, own_role_id) if own_role_id else None
    return of_own(own) if own is not None else Grant(Role.OWN, frozenset())


def shown(session: Session, role: str, own_role_id: UUID | None) -> str:
    """What people read: the key of a built-in role, or the name of an own one."""
    return granted(session, role, own_role_id).name or role


def chosen(session: Session, account: Account, typed: str) -> Grant:
    """The role that a form names, if people of this account can have it.

    Raises:
        Invalid: there is no such role in this account.
    """
    if not typed.startswith(PREFIX):
        role = roles.checked(typed, bureau=account.kind == AccountKind.BUREAU)
        return Grant(role, granted_by(role))
    own = next((row for row in own_roles(session, account.id) if str(row.id) == typed[len(PREFIX) :]), None)
    if own is None:
        raise Invalid(Message("Choose one of the roles in the list."))
    return of_own(own)


def own_roles(session: Session, account_id: UUID) -> list[OwnRole]:
    """The account's own roles, by name."""
    query = select(OwnRole).where(OwnRole.account_id == account_id, col(OwnRole.removed_at).is_(None))
    return sorted(session.exec(query), key=lambda row: row.name.casefold())


def of_own(own: OwnRole) -> Grant:
    """What an own role allows; never more than a customer's role can."""
    listed: list[str] = own.permissions.get("permissions", []) if own.removed_at is None else []
    return Grant(Role.OWN, frozenset(p for p in GRANTABLE if p.value in listed), own.id, own.name)


def keep_a_manager(session: Session, account_id: UUID) -> None:
    """Refuse what was just changed if nobody is left who can sign in and manage the team.

    Raises:
        Invalid: this was the last one. The change goes back with the transaction.
    """
    session.flush()
    query = (
        select(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            Membership.account_id == account_id,
            col(Membership.active),
            col(User.totp_secret).is_not(None),
        )
    )
    if not any(Permission.TEAM_MANAGE in held(session, row).permissions for row in session.exec(query)):
        raise Invalid(Message("This is the last admin who can sign in. Make somebody else admin first."))
