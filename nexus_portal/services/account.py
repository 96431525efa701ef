"""One's own account page: who one is here, and the sessions that are open in one's name."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db, devices
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound, NotSignedIn
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.people import User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import audit, second_factor, sessions
from nexus_portal.services.use_case import use_case

REFERENCE = 16
"""Characters of a session's hash that name it to its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One open session. Times are ISO 8601."""

    reference: str
    device: str
    address: str
    since: str
    seen_at: str
    idle_at: str
    """When it ends if nothing is done in it any more."""
    ends_at: str
    """When it ends whatever is done."""
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the account page shows."""

    name: str
    email: str
    role: str
    account: str
    account_number: str
    codes_left: int
    sessions: tuple[SessionRow, ...]


@use_case(Permission.SIGNED_IN, reads=True)
def own(session: Session, actor: Actor) -> Own:
    """The actor's profile and open sessions, this one first."""
    user = session.get_one(User, _user_id(actor))
    return Own(
        name=user.name,
        email=user.email,
        role=actor.role_name or actor.role or "",
        account=actor.account_name,
        account_number=actor.account_number,
        codes_left=second_factor.codes_left(session, user.id),
        sessions=tuple(_row(row, actor) for row in _open_sessions(session, actor)),
    )


@use_case(Permission.SIGNED_IN)
def end_session(session: Session, actor: Actor, *, reference: str) -> None:
    """End one of the actor's sessions; its tabs stop at once.

    Raises:
        NotFound: the actor has no such session, or it has ended.
    """
    ending = [row for row in _open_sessions(session, actor) if row.id_hash[:REFERENCE] == reference]
    if not ending:
        raise NotFound(Message("That session has ended already."))
    for row in ending:
        sessions.end(session, row.id_hash)
    _tell(session, actor)
    audit.record(session, actor, "session:ended")


@use_case(Permission.SIGNED_IN)
def end_sessions(session: Session, actor: Actor, *, keep_this: bool) -> None:
    """End all of the actor's sessions: the others only, or everywhere, this one too."""
    sessions.end_all_of(session, _user_id(actor), but=actor.session_id if keep_this else None)
    _tell(session, actor)
    audit.record(session, actor, "session:others_ended" if keep_this else "session:all_ended")


def _user_id(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotSignedIn
    return actor.user_id


def _open_sessions(session: Session, actor: Actor) -> list[BrowserSession]:
    now = clock.now()
    query = select(BrowserSession).where(
        BrowserSession.user_id == _user_id(actor),
        BrowserSession.level == SessionLevel.FULL,
        col(BrowserSession.ended_at).is_(None),
        col(BrowserSession.expires_at) > now,
        col(BrowserSession.seen_at) > now - sessions.IDLE,
    )
    rows = session.exec(query.order_by(col(BrowserSession.seen_at).desc())).all()
    return sorted(rows, key=lambda row: row.id_hash != actor.session_id)


def _tell(session: Session, actor: Actor) -> None:
    if actor.account_id is not None:
        db.announce(session, News(actor.account_id, "session"))


def _row(row: BrowserSession, actor: Actor) -> SessionRow:
    return SessionRow(
        reference=row.id_hash[:REFERENCE],
        device=devices.named(row.agent),
        address=row.address,
        since=row.created_at.isoformat(),
        seen_at=row.seen_at.isoformat(),
        idle_at=min(row.seen_at + sessions.IDLE, row.expires_at).isoformat(),
        ends_at=row.expires_at.isoformat(),
        is_this=row.id_hash == actor.session_id,
    )
