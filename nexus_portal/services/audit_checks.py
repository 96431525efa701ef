"""Whether the audit log is as it was written: the chains walked, the signed checkpoints compared."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, signing
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.hashchain import GENESIS, canonical, entry_hash
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.audit import AuditCheckpoint, AuditEvent, AuditHead
from nexus_portal.services.use_case import use_case

BATCH = 2000
_HASHED = ("id", "chain", "seq", "at", "actor_id", "actor_role", "action", "subject", "facts")


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry of a chain that is not as it was written, and why."""

    chain: str
    seq: int
    why: Message


@dataclass(frozen=True, slots=True)
class ChainReport:
    """One chain: how many entries it has, and where it is broken."""

    chain: str
    entries: int
    broken: Broken | None


@use_case(Permission.AUDIT_READ, reads=True)
def check(session: Session, actor: Actor) -> tuple[ChainReport, ...]:
    """The actor's own chain, or every chain for the portal itself, walked from first entry to last."""
    chains = _chains(session) if actor.scope is Scope.SYSTEM else [str(actor.account_id)]
    return tuple(_report(session, chain) for chain in chains)


def verify(session: Session, chain: str) -> Broken | None:
    """The first broken entry of a chain, or None when it is as it was written. Reads it in batches."""
    checkpoints = _checkpoints(session, chain)
    query = select(AuditEvent).where(AuditEvent.chain == chain).order_by(col(AuditEvent.seq))
    previous, seq = GENESIS, 0
    with closing(session.exec(query.execution_options(yield_per=BATCH))) as events:
        for event in events:
            seq += 1
            why = _flaw(event, previous, seq, checkpoints.get(event.seq))
            if why is not None:
                return Broken(chain, seq, why)
            previous = event.hash
    return _cut_off(session, chain, seq, previous, max(checkpoints, default=0))


def checkpoint(session: Session) -> int:
    """Sign where every chain ends, unless that was signed already; how many chains were."""
    query = select(AuditCheckpoint.chain, AuditCheckpoint.seq).order_by(col(AuditCheckpoint.seq))
    latest = dict(session.exec(query).all())
    heads = [head for head in session.exec(select(AuditHead)) if head.seq > latest.get(head.chain, 0)]
    session.add_all([signed(head.chain, head.seq, head.hash) for head in heads])
    return len(heads)


def signed(chain: str, seq: int, end: str) -> AuditCheckpoint:
    """A signed statement that the chain ended at this entry with this hash."""
    mark = AuditCheckpoint(chain=chain, seq=seq, hash=end, at=clock.now(), signature="")
    mark.signature = signing.sign(_statement(mark))
    return mark


def _statement(mark: AuditCheckpoint) -> bytes:
    return canonical({"chain": mark.chain, "seq": mark.seq, "hash": mark.hash, "at": mark.at})


def _chains(session: Session) -> list[str]:
    # A chain whose head was taken away still has entries or checkpoints.
    columns = (AuditHead.chain, AuditEvent.chain, AuditCheckpoint.chain)
    return sorted({chain for column in columns for chain in session.exec(select(column).distinct())})


def _report(session: Session, chain: str) -> ChainReport:
    count = select(func.count()).select_from(AuditEvent).where(AuditEvent.chain == chain)
    return ChainReport(chain, session.exec(count).one(), verify(session, chain))


def _flaw(event: AuditEvent, previous: str, seq: int, mark: AuditCheckpoint | None) -> Message | None:
    if event.seq != seq:
        return Message("Entry {seq} is missing.", seq=seq)
    if event.previous != previous:
        return Message("Entry {seq} does not follow from the one before it.", seq=seq)
    if event.hash != entry_hash(previous, _content(event)):
        return Message("Entry {seq} was changed after it was written.", seq=seq)
    if mark is not None and not _holds(mark, event.hash):
        return Message("Entry {seq} is not the one that was signed.", seq=seq)
    return None


def _content(event: AuditEvent) -> Mapping[str, Any]:
    return {name: getattr(event, name) for name in _HASHED}


def _holds(mark: AuditCheckpoint, end: str) -> bool:
    return mark.hash == end and signing.verifies_here(_statement(mark), mark.signature)


def _cut_off(session: Session, chain: str, seq: int, end: str, marked: int) -> Broken | None:
    head = session.get(AuditHead, chain)
    if marked > seq or (head is not None and head.seq > seq):
        return Broken(chain, seq + 1, Message("Entry {seq} is missing.", seq=seq + 1))
    if seq and (head is None or head.seq != seq or head.hash != end):
        return Broken(chain, seq, Message("Entry {seq} is not where the chain ends.", seq=seq))
    return None


def _checkpoints(session: Session, chain: str) -> dict[int, AuditCheckpoint]:
    query = select(AuditCheckpoint).where(AuditCheckpoint.chain == chain)
    return {mark.seq: mark for mark in session.exec(query)}
