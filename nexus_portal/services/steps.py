"""A step of signing in or enrolling: the session gets further, each time under a new id."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.errors import NotSignedIn
from nexus_portal.domain.text import Message
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import sessions
from nexus_portal.services.sessions import Visit


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a request comes from."""

    address: str = ""
    agent: str = ""
    known: str = field(default="", repr=False)
    """The token of a browser that somebody has signed in with before; see `known_browsers`."""


NOWHERE = Browser()


@dataclass(frozen=True, slots=True)
class Step:
    """What a step led to: the new session's id, known to the browser only, and how far it has come."""

    sid: str
    level: SessionLevel
    language: str
    notice: Message | None = None
    known: str = field(default="", repr=False)
    """A token by which this browser is known from now on, after both factors."""
    recovered: bool = False
    """A recovery code stood in for the authenticator, which may be lost."""


def live(session: Session, visit: Visit) -> BrowserSession:
    """The visit's session, held until the transaction ends.

    Raises:
        NotSignedIn: it has ended since the request began.
    """
    query = select(BrowserSession).where(
        BrowserSession.id_hash == visit.id_hash,
        col(BrowserSession.ended_at).is_(None),
        col(BrowserSession.expires_at) > clock.now(),
    )
    row = session.exec(query.with_for_update()).one_or_none()
    if row is None:
        raise NotSignedIn
    return row


def renew(
    session: Session,
    row: BrowserSession,
    level: SessionLevel,
    *,
    user_id: UUID | None = None,
    membership_id: UUID | None = None,
    browser: Browser | None = None,
) -> str:
    """End a session and open one of this level in its place; what its tabs held is not handed on."""
    full = level is SessionLevel.FULL
    return sessions.start(
        session,
        level=level,
        replaces=row.id_hash,
        user_id=user_id,
        membership_id=membership_id,
        invitation_id=None if full else row.invitation_id,
        language=row.language,
        address=browser.address if browser else row.address,
        agent=browser.agent if browser else row.agent,
        stepped_up=full,
    )
