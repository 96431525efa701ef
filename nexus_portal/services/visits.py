"""Who a session stands for, read in one statement: it is asked before every event and every request."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, select
from sqlmodel import Session, col

from nexus_portal.domain.account_status import may_sign_in
from nexus_portal.domain.actor import ANONYMOUS, Actor, Scope
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import Membership, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import grants

ALWAYS = frozenset({Permission.PUBLIC, Permission.SIGNED_IN})
PROTECTED = frozenset({Permission.PERSONS_PROTECTED})
NOBODYS = frozenset[Permission]()


@dataclass(frozen=True, slots=True)
class Visit:
    """A live session and the actor it stands for."""

    actor: Actor
    level: SessionLevel
    id_hash: str
    user_id: UUID | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A session's row, whether it lives or not, and when its person was last there."""

    row: Row[Any]

    @property
    def seen_at(self) -> datetime:
        """When its person last did something."""
        return self.row.seen_at

    def lives(self, since: datetime, now: datetime) -> bool:
        """True until it has ended, expired, or been idle from before `since`."""
        return self.row.ended_at is None and self.row.expires_at > now and self.row.seen_at > since


def read(session: Session, id_hash: str) -> Seen | None:
    """The session with this hash, with its person, membership and account."""
    row = session.connection().execute(_READ, {"wanted": id_hash}).one_or_none()
    return None if row is None else Seen(row)


def read_many(session: Session, id_hashes: Collection[str]) -> Sequence[Seen]:
    """The sessions with these hashes, as `read` gives each."""
    found = session.connection().execute(_READ_MANY, {"wanted": list(id_hashes)})
    return [Seen(row) for row in found]


def visit(session: Session, seen: Seen) -> Visit | None:
    """What the session allows; nothing when its membership or its account has ended."""
    row = seen.row
    level = SessionLevel(row.level)
    if level is SessionLevel.FULL:
        actor = _member(session, row)
    else:
        actor = Actor(session_id=row.id_hash, language=row.language, permissions=ANONYMOUS.permissions)
    return None if actor is None else Visit(actor, level, row.id_hash, row.user_id, row.expires_at)


def _member(session: Session, row: Row[Any]) -> Actor | None:
    if not row.active or not may_sign_in(row.status):
        return None
    held = grants.granted(session, row.role, row.own_role_id)
    return Actor(
        scope=Scope.BUREAU if row.kind == AccountKind.BUREAU else Scope.ACCOUNT,
        user_id=row.member_id,
        account_id=row.account_id,
        account_number=row.number,
        account_name=row.account_name,
        role=held.role,
        role_name=held.name,
        name=row.person,
        language=row.spoken,
        session_id=row.id_hash,
        stepped_up_at=row.stepped_up_at,
        permissions=held.permissions | ALWAYS | (PROTECTED if row.sees_protected else NOBODYS),
    )


def _statement(wanted: ColumnElement[bool]) -> Select[Any]:
    own = BrowserSession
    return (
        select(
            *(col(column) for column in (own.id_hash, own.level, own.user_id, own.language, own.seen_at)),
            *(col(column) for column in (own.expires_at, own.ended_at, own.stepped_up_at)),
            *(col(column) for column in (Membership.active, Membership.role, Membership.own_role_id)),
            col(Membership.sees_protected),
            col(User.id).label("member_id"),
            col(User.name).label("person"),
            col(User.language).label("spoken"),
            col(Account.id).label("account_id"),
            col(Account.name).label("account_name"),
            col(Account.number),
            col(Account.kind),
            col(Account.status),
        )
        .outerjoin(Membership, col(Membership.id) == col(own.membership_id))
        .outerjoin(User, col(User.id) == col(Membership.user_id))
        .outerjoin(Account, col(Account.id) == col(Membership.account_id))
        .where(wanted)
    )


_READ = _statement(col(BrowserSession.id_hash) == bindparam("wanted"))
_READ_MANY = _statement(col(BrowserSession.id_hash).in_(bindparam("wanted", expanding=True)))
