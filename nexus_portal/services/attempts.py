"""Attempts to sign in as somebody that failed: shown to them, and told by mail when their password is known.

The audit log says when and what. Where from stands in the row of the session that tried, never in the log,
and goes with that row (`sessions.sweep`). What a limit turned away was not tried, so it is not listed either.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, devices, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotSignedIn, TooMany
from nexus_portal.domain.text import Message
from nexus_portal.models.audit import REFUSED, AuditEvent
from nexus_portal.models.people import User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import audit, outbox
from nexus_portal.services.sessions import Visit, system

SHOWN = 20
SHOWN_FOR = timedelta(days=30)
SUSPICIOUS = 5
"""So many wrong codes within a day, each behind a right password, are told by mail."""
NOTICE = Limit.of("wrong-codes-notice", "1/day")


class Factor(StrEnum):
    """What was wrong."""

    PASSWORD = "sign_in:refused"  # noqa: S105 - what the audit log calls it
    CODE = "second_factor:refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt that failed. `at` is ISO 8601; network and device are empty once they are forgotten."""

    key: str
    at: str
    factor: str
    network: str
    device: str


def note(session: Session, factor: Factor, *, user_id: UUID | None, session_hash: str) -> None:
    """Write down a failed attempt on this person, or on nobody that exists."""
    if user_id is None:
        audit.record(session, SYSTEM, factor.value)
    else:
        audit.record(session, SYSTEM, factor.value, subject=str(user_id), tried_in=session_hash)


def count(session: Session, user_id: UUID, *, since: datetime, factor: Factor | None = None) -> int:
    """How many failed after that moment."""
    query = select(func.count()).where(
        REFUSED, AuditEvent.subject == str(user_id), col(AuditEvent.at) > since
    )
    if factor is not None:
        query = query.where(AuditEvent.action == factor.value)
    return session.exec(query).one()


def recent(visit: Visit) -> tuple[AttemptRow, ...]:
    """The newest failed attempts on the visit's own person, of the last 30 days.

    They stand in the portal's own chain, which row-level security shows to no account: so the portal itself
    looks, for the person of the session alone.

    Raises:
        NotSignedIn: the second factor was not given in this session.
    """
    if visit.level is not SessionLevel.FULL or visit.user_id is None:
        raise NotSignedIn
    with system(writes=False) as session:
        query = select(AuditEvent).where(
            REFUSED,
            AuditEvent.subject == str(visit.user_id),
            col(AuditEvent.at) > clock.now() - SHOWN_FOR,
        )
        entries = session.exec(query.order_by(col(AuditEvent.at).desc()).limit(SHOWN)).all()
        tried_in = [entry.facts.get("tried_in", "") for entry in entries]
        rows = session.exec(select(BrowserSession).where(col(BrowserSession.id_hash).in_(tried_in)))
        known = {row.id_hash: row for row in rows}
        return tuple(_row(entry, known.get(where)) for entry, where in zip(entries, tried_in, strict=True))


def warn(user_id: UUID) -> None:
    """Tell the person, once a day, that their password is known to somebody who has no second factor."""
    with system(writes=False) as session:
        day_ago = clock.now() - timedelta(days=1)
        if count(session, user_id, since=day_ago, factor=Factor.CODE) < SUSPICIOUS:
            return
    try:
        throttle.take(NOTICE, str(user_id))
    except TooMany:
        return
    with system() as session:
        user = session.get_one(User, user_id)
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=Message("Wrong codes were typed in your name"),
            body=Message(
                "Somebody gave your right password and then {count} wrong codes. They did not get in. "
                "If it was not you, your password is known to somebody: sign in and change it on your "
                "account page.",
                count=SUSPICIOUS,
            ),
        )
        audit.record(session, SYSTEM, "second_factor:warned", subject=str(user_id))


def network_of(address: str) -> str:
    """The network that an address lies in, such as `192.0.2.0/24`: enough to recognise, not one machine."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    length = 24 if found.version == 4 else 48  # noqa: PLR2004 - versions of the protocol
    return str(ipaddress.ip_network((found, length), strict=False))


def _row(entry: AuditEvent, tried_in: BrowserSession | None) -> AttemptRow:
    return AttemptRow(
        key=str(entry.id),
        at=entry.at.isoformat(),
        factor="password" if entry.action == Factor.PASSWORD else "code",
        network=network_of(tried_in.address) if tried_in else "",
        device=devices.named(tried_in.agent) if tried_in else "",
    )
