"""Browser sessions: who a cookie belongs to, looked up in the database each time.

These functions run before there is an actor, so they carry no permission: doors call them by `system()`.
"""

import hashlib
import secrets
from collections.abc import Collection, Generator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.people import Membership
from nexus_portal.models.sessions import BrowserSession, SessionLevel, TabToken
from nexus_portal.services import visits
from nexus_portal.services.visits import Visit

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
ANONYMOUS_LIFETIME = timedelta(hours=2)
SID_LENGTH = 43
"""32 random bytes in URL-safe base64."""
TOUCH_EVERY = timedelta(seconds=60)
TABS_KEPT = timedelta(days=1)
STRANGERS_KEPT = timedelta(days=7)
KEPT = timedelta(days=30)
"""How long the row of an ended session stays: its owner can see where from somebody tried to get in."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """The time until a session ends: idle, and absolutely."""

    idle: timedelta
    absolute: timedelta


class Binding(StrEnum):
    """What came of binding a tab to a session."""

    SAME = "same"
    FRESH = "fresh"
    TAKEN_OVER = "taken_over"
    """The token belonged to a session that has ended: its state must be wiped before it is used."""
    REFUSED = "refused"


@contextmanager
def system(*, writes: bool = True) -> Generator[Session]:
    """A transaction of the portal itself, for what happens before anybody is known."""
    with db.current().transaction(SYSTEM, writes=writes) as session:
        yield session


def hash_of(sid: str) -> str:
    """What the database knows of a session id."""
    return hashlib.sha256(sid.encode()).hexdigest()


def start(  # noqa: PLR0913 - the columns of a session that somebody decides, each by name
    session: Session,
    *,
    level: SessionLevel = SessionLevel.ANONYMOUS,
    replaces: str | None = None,
    user_id: UUID | None = None,
    membership_id: UUID | None = None,
    invitation_id: UUID | None = None,
    language: str = "en",
    address: str = "",
    agent: str = "",
    stepped_up: bool = False,
) -> str:
    """Open a session and give its id, known only to the browser; the session it `replaces` ends with it."""
    now = clock.now()
    sid = secrets.token_urlsafe(32)
    if replaces is not None:
        end(session, replaces)
    lifetime = ABSOLUTE if level is SessionLevel.FULL else ANONYMOUS_LIFETIME
    session.add(
        BrowserSession(
            id_hash=hash_of(sid),
            level=level,
            user_id=user_id,
            membership_id=membership_id,
            invitation_id=invitation_id,
            language=language,
            address=address,
            agent=agent[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
            stepped_up_at=now if stepped_up else None,
        )
    )
    session.flush()
    return sid


def rotate(session: Session, old_hash: str, *, stepped_up: bool) -> str:
    """The same session under a new id: after a step-up or a change of password. Its absolute end stays."""
    old = session.get_one(BrowserSession, old_hash)
    sid = start(
        session,
        level=SessionLevel(old.level),
        replaces=old_hash,
        user_id=old.user_id,
        membership_id=old.membership_id,
        language=old.language,
        address=old.address,
        agent=old.agent,
        stepped_up=stepped_up,
    )
    renewed = session.get_one(BrowserSession, hash_of(sid))
    renewed.expires_at = old.expires_at
    session.add(renewed)
    session.exec(
        update(BrowserSession)
        .where(col(BrowserSession.id_hash) == old_hash)
        .values(renewed_as=renewed.id_hash)
    )
    _follow_tabs(session, old_hash, renewed.id_hash)
    return sid


def end(session: Session, id_hash: str) -> None:
    """End one session now; its tabs stop at their next event."""
    session.exec(
        update(BrowserSession)
        .where(
            col(BrowserSession.id_hash) == id_hash,
            col(BrowserSession.ended_at).is_(None),
        )
        .values(ended_at=clock.now())
    )


def end_all_of(session: Session, user_id: UUID, *, but: str | None = None) -> None:
    """End every session of a person, except the one given."""
    session.exec(
        update(BrowserSession)
        .where(
            col(BrowserSession.user_id) == user_id,
            col(BrowserSession.ended_at).is_(None),
            col(BrowserSession.id_hash) != (but or ""),
        )
        .values(ended_at=clock.now())
    )
    for account_id in session.exec(select(Membership.account_id).where(Membership.user_id == user_id)):
        db.announce(session, News(account_id, "session"))


def step_up(session: Session, id_hash: str) -> None:
    """Note that a second factor was just given in this session."""
    session.exec(
        update(BrowserSession).where(col(BrowserSession.id_hash) == id_hash).values(stepped_up_at=clock.now())
    )


def permissions_of(id_hash: str) -> AbstractSet[Permission] | None:
    """What the person behind a session may do now; nothing when it has ended. Keeps none from idling out."""
    now = clock.now()
    with system(writes=False) as session:
        seen = visits.read(session, id_hash)
        visit = visits.visit(session, seen) if seen is not None and seen.lives(now - IDLE, now) else None
    return None if visit is None else visit.actor.permissions


def visits_of(id_hashes: Collection[str]) -> Mapping[str, Visit]:
    """Who stands behind these sessions now, of those that live; keeps none from idling out."""
    now = clock.now()
    with system(writes=False) as session:
        living = [seen for seen in visits.read_many(session, id_hashes) if seen.lives(now - IDLE, now)]
        found = [visits.visit(session, seen) for seen in living]
    return {visit.id_hash: visit for visit in found if visit is not None}


def goes_on_as(id_hash: str) -> str:
    """The hash by which a session is known now: each step-up in any of its tabs gives it another.

    For what runs longer than a request. Whether the session lives still is another question.
    """
    with system(writes=False) as session:
        while renewed := session.exec(
            select(BrowserSession.renewed_as).where(BrowserSession.id_hash == id_hash)
        ).one_or_none():
            id_hash = renewed
    return id_hash


def resolve(sid: str, *, active: bool = True) -> Visit | None:
    """Who the cookie belongs to now, or nothing: ended, expired, idle and unknown look the same.

    Keeps an `active` session from idling out.
    """
    if len(sid) != SID_LENGTH:
        return None
    now = clock.now()
    with system(writes=False) as session:
        seen = visits.read(session, hash_of(sid))
        if seen is None or not seen.lives(now - IDLE, now):
            return None
        visit = visits.visit(session, seen)
    if visit is not None and active and seen.seen_at + TOUCH_EVERY <= now:
        _touch(visit.id_hash)
    return visit


def bind_tab(token: str, id_hash: str) -> Binding:
    """Bind a tab's client token to a session; a token of another live session is refused."""
    with system(writes=False) as session:
        bound = session.get(TabToken, token)
        if bound is not None and bound.session_hash == id_hash:
            return Binding.SAME
    with system() as session:
        bound = session.get(TabToken, token)
        if bound is None:
            session.add(TabToken(token=token, session_hash=id_hash, bound_at=clock.now()))
            return Binding.FRESH
        if bound.session_hash == id_hash:
            return Binding.SAME
        if _is_live(session, bound.session_hash) or not _take_over(session, bound, id_hash):
            return Binding.REFUSED
        return Binding.TAKEN_OVER


def sweep() -> int:
    """Delete sessions that ended long ago, the bindings of their tabs after a day; gives how many went."""
    nobodys = col(BrowserSession.user_id).is_(None)
    with system() as session:
        session.exec(delete(TabToken).where(col(TabToken.session_hash).in_(_over(TABS_KEPT))))
        gone = _over(KEPT).union(_over(STRANGERS_KEPT).where(nobodys))
        return session.exec(delete(BrowserSession).where(col(BrowserSession.id_hash).in_(gone))).rowcount


def remaining(id_hash: str) -> Remaining | None:
    """How long a session lives on if nothing is done in it, and at most; asking is doing nothing."""
    with system(writes=False) as session:
        row = session.get(BrowserSession, id_hash)
        if row is None:
            return None
        now = clock.now()
        return Remaining(row.seen_at + IDLE - now, row.expires_at - now)


def _over(since: timedelta) -> SelectOfScalar[str]:
    past = clock.now() - since
    return select(BrowserSession.id_hash).where(
        (col(BrowserSession.ended_at) < past) | (col(BrowserSession.expires_at) < past)
    )


def _take_over(session: Session, bound: TabToken, id_hash: str) -> bool:
    # Of two sessions that ask for the same tab at once, one gets it.
    as_seen = update(TabToken).where(
        col(TabToken.token) == bound.token, col(TabToken.session_hash) == bound.session_hash
    )
    taken = session.exec(
        as_seen.values(session_hash=id_hash, bound_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    return taken.rowcount == 1


def _is_live(session: Session, id_hash: str) -> bool:
    now = clock.now()
    seen = visits.read(session, id_hash)
    return seen is not None and seen.lives(now - IDLE, now)


def _follow_tabs(session: Session, old_hash: str, new_hash: str) -> None:
    # A renewed session is the same person at the same place: the open tabs keep their state.
    session.exec(update(TabToken).where(col(TabToken.session_hash) == old_hash).values(session_hash=new_hash))


def _touch(id_hash: str) -> None:
    with system() as session:
        session.exec(
            update(BrowserSession).where(col(BrowserSession.id_hash) == id_hash).values(seen_at=clock.now())
        )
