"""The audit log: what happened, by whom, to what; written in the transaction of the change itself.

Entries name fields and counts, never values of persons. They are appended just before the commit, chain by
chain in one order: a chain is locked for a moment only, and two transactions never wait in a circle.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db, ending
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.people import User
from nexus_portal.services import audit_chain
from nexus_portal.services.audit_checks import Broken, ChainReport, check, checkpoint, verify
from nexus_portal.services.use_case import use_case

__all__ = [
    "INSTALLATION",
    "AuditRow",
    "Broken",
    "ChainReport",
    "check",
    "checkpoint",
    "events",
    "record",
    "record_apart",
    "verify",
]

INSTALLATION = "installation"
_PENDING = "nexus.audit"
Fact = str | int | list[str]


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject: str = "",
    account_id: UUID | None = None,
    **facts: Fact,
) -> None:
    """Add an entry to the chain of the account, else the actor's, else the portal's, if this is committed.

    `action` is past tense, such as `order:submitted`; `subject` a public number or id; `facts` are fields
    and counts.
    """
    entry = _entry(actor, action, subject, account_id, facts)
    if session.in_nested_transaction():
        # A savepoint may still be taken back alone; the entry goes with it.
        audit_chain.append(session, [entry])
    else:
        session.info.setdefault(_PENDING, []).append(entry)


def record_apart(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject: str = "",
    account_id: UUID | None = None,
    **facts: Fact,
) -> None:
    """Add an entry in a transaction of its own after this one, even if this one is refused."""
    entry = _entry(actor, action, subject, account_id, facts)

    def write() -> None:
        with db.current().transaction(SYSTEM) as own:
            audit_chain.append(own, [entry])

    ending.after_end(session, write)


def _entry(
    actor: Actor, action: str, subject: str, account_id: UUID | None, facts: dict[str, Any]
) -> audit_chain.Entry:
    return audit_chain.Entry(
        chain=str(account_id or actor.account_id or INSTALLATION),
        at=clock.now(),
        actor_id=actor.user_id,
        actor_role=actor.role.value if actor.role else "",
        action=action,
        subject=subject,
        facts=facts,
    )


@event.listens_for(Session, "before_commit")
def _append(session: Any) -> None:
    if not session.in_nested_transaction():
        audit_chain.append(session, session.info.pop(_PENDING, []))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Any, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(_PENDING, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry as the account's people see it."""

    seq: int
    at: datetime
    actor_name: str
    actor_role: str
    action: str
    subject: str
    facts: dict[str, Any]
    hash: str


@use_case(Permission.AUDIT_READ, reads=True)
def events(
    session: Session, actor: Actor, *, before_seq: int | None = None, limit: int = 50
) -> tuple[AuditRow, ...]:
    """The newest entries of the actor's own chain, or those before `before_seq`; at most 200."""
    query = (
        select(AuditEvent, User.name)
        .outerjoin(User, col(User.id) == col(AuditEvent.actor_id))
        .where(AuditEvent.chain == str(actor.account_id or INSTALLATION))
    )
    if before_seq is not None:
        query = query.where(col(AuditEvent.seq) < before_seq)
    rows = session.exec(query.order_by(col(AuditEvent.seq).desc()).limit(max(1, min(limit, 200))))
    return tuple(_row(entry, name) for entry, name in rows)


def _row(entry: AuditEvent, name: str | None) -> AuditRow:
    return AuditRow(
        seq=entry.seq,
        at=entry.at,
        actor_name=name or "",
        actor_role=entry.actor_role,
        action=entry.action,
        subject=entry.subject,
        facts=entry.facts,
        hash=entry.hash,
    )
