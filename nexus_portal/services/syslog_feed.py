"""The audit log on its way to a syslog server: chain by chain, entry by entry, after the commit.

How far each chain has got is kept in the database: what happens while the server is away follows later, and
nothing comes twice. Only a worker that dies between sending and noting it repeats its last part; receivers
tell by chain and seq, which each message carries.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db, syslog
from nexus_portal.adapters.syslog import Line
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Unavailable
from nexus_portal.domain.hashchain import canonical
from nexus_portal.models.audit import AuditEvent, AuditHead
from nexus_portal.models.base import new_id
from nexus_portal.models.privacy import Sweep

NAME = "syslog"
PART = 500
CLAIM = timedelta(minutes=2)
"""For so long a worker has the work to itself; longer than any part takes."""


def forward() -> int:
    """Send what is new, one worker at a time; how many entries that was. None without a server."""
    if not settings.current().syslog_url:
        return 0
    mine, sent = new_id().hex, 0
    if not _claim(mine):
        return 0
    try:
        while part := _next():
            syslog.send(_line(entry) for entry in part)
            sent += len(part)
            if not _note(mine, part):
                return sent
        _finish(mine, error="")
    except Unavailable:
        _finish(mine, error="The syslog server does not answer.")
        raise
    return sent


def trouble() -> str:
    """What is wrong with the feed since it was tried last; nothing while it is well."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        row = session.get(Sweep, NAME)
        return str(row.outcome.get("error", "")) if row else ""


def _claim(mine: str) -> bool:
    now = clock.now()
    with db.current().transaction(SYSTEM) as session:
        if session.get(Sweep, NAME) is None:
            session.add(Sweep(name=NAME))
            session.flush()
        free = or_(col(Sweep.claimed_until).is_(None), col(Sweep.claimed_until) < now)
        taken = session.exec(
            update(Sweep)
            .where(col(Sweep.name) == NAME, free)
            .values(claimed_by=mine, claimed_until=now + CLAIM)
            .execution_options(synchronize_session=False)
        )
        return taken.rowcount == 1


def _next() -> Sequence[AuditEvent]:
    """The next entries of one chain that is further than what was sent of it."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        done = _done(session.get_one(Sweep, NAME))
        for head in session.exec(select(AuditHead).order_by(AuditHead.chain)):
            after = done.get(head.chain, 0)
            if head.seq > after and (found := _entries(session, head.chain, after)):
                return found
    return ()


def _entries(session: Session, chain: str, after: int) -> Sequence[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.chain == chain, col(AuditEvent.seq) > after)
    return session.exec(query.order_by(col(AuditEvent.seq)).limit(PART)).all()


def _note(mine: str, part: Sequence[AuditEvent]) -> bool:
    """Keep how far a chain has got, and the claim; False when another worker has it by now."""
    with db.current().transaction(SYSTEM) as session:
        row = _own(session, mine)
        if row is None:
            return False
        done = {**_done(row), part[-1].chain: part[-1].seq}
        row.outcome, row.claimed_until = {"sent": done, "error": ""}, clock.now() + CLAIM
        session.add(row)
    return True


def _finish(mine: str, *, error: str) -> None:
    with db.current().transaction(SYSTEM) as session:
        row = _own(session, mine)
        if row is not None:
            row.outcome = {**row.outcome, "error": error}
            row.claimed_until, row.finished_at = None, clock.now()
            session.add(row)


def _own(session: Session, mine: str) -> Sweep | None:
    query = select(Sweep).where(Sweep.name == NAME, Sweep.claimed_by == mine)
    return session.exec(query.with_for_update()).one_or_none()


def _done(row: Sweep) -> dict[str, int]:
    sent: Any = row.outcome.get("sent", {})
    return {str(chain): int(seq) for chain, seq in sent.items()}


def _line(entry: AuditEvent) -> Line:
    facts = {
        "chain": entry.chain,
        "seq": str(entry.seq),
        "actor": str(entry.actor_id or ""),
        "role": entry.actor_role,
        "subject": entry.subject,
        "hash": entry.hash,
    }
    return Line(at=entry.at, kind=entry.action, facts=facts, text=canonical(entry.facts).decode())
