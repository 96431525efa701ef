"""Whether the audit log is as it was written: the chains walked, the signed checkpoints compared."""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

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
HASHED = ("id", "chain", "seq", "at", "actor_id", "actor_role", "action", "subject", "facts")


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
    return tuple(report(session, chain) for chain in chains)


def verify(session: Session, chain: str) -> Broken | None:
    """The first broken entry of a chain, or None when it is as it was written. Reads it in batches."""
    return walk(session, chain).broken


@dataclass(frozen=True, slots=True)
class Walk:
    """A chain that was walked from an entry up to another, and where it is broken."""

    first: int
    last: int
    broken: Broken | None


def walk(session: Session, chain: str, after: int = 0) -> Walk:
    """Walk a chain to its end: from the newest signed entry that is not behind `after`, else from its first.

    The chain may grow meanwhile: what is added after the walk began is no fault of it.
    """
    head = _head(session, chain)
    checkpoints = _checkpoints(session, chain)
    start = checkpoints.get(max((seq for seq in checkpoints if seq <= after), default=0))
    first = start.seq if start else 1
    query = select(AuditEvent).where(AuditEvent.chain == chain, col(AuditEvent.seq) >= first)
    previous, seq = (None, first - 1) if start else (GENESIS, 0)
    found = query.order_by(col(AuditEvent.seq)).execution_options(yield_per=BATCH)
    with closing(session.exec(found)) as events:
        for event in events:
            seq += 1
            why = _flaw(event, event.previous if previous is None else previous, seq, checkpoints.get(seq))
            if why is not None:
                return Walk(first, seq, Broken(chain, seq, why))
            previous = event.hash
    end = _End(seq, previous or GENESIS, max(checkpoints, default=0))
    return Walk(first, seq, _cut_off(session, chain, end, head))


def checkpoint(session: Session) -> int:
    """Sign where every chain ends, unless that was signed already; how many chains were."""
    query = select(AuditCheckpoint.chain, AuditCheckpoint.seq).order_by(col(AuditCheckpoint.seq))
    latest = dict(session.exec(query).all())
    heads = [head for head in session.exec(select(AuditHead)) if head.seq > latest.get(head.chain, 0)]
    session.add_all([signed(head.chain, head.seq, head.hash) for head in heads])
    return len(heads)


def documents(session: Session, chain: str, after: int) -> list[dict[str, Any]]:
    """Up to 2,000 entries behind a place in the chain, as they are hashed; each checkpoint after its entry.

    An entry's `hash` is SHA-256 over `previous`, a line feed and the canonical JSON of the fields of
    `HASHED`; a checkpoint's `signature` is Ed25519 over the canonical JSON of chain, seq, hash and at.
    """
    query = select(AuditEvent).where(AuditEvent.chain == chain, col(AuditEvent.seq) > after)
    found = session.exec(query.order_by(col(AuditEvent.seq)).limit(BATCH)).all()
    if not found:
        return []
    within = select(AuditCheckpoint).where(
        AuditCheckpoint.chain == chain,
        col(AuditCheckpoint.seq) > after,
        col(AuditCheckpoint.seq) <= found[-1].seq,
    )
    marks = {mark.seq: mark for mark in session.exec(within)}
    told: list[dict[str, Any]] = []
    for entry in found:
        told.append({"kind": "entry", **_content(entry), "previous": entry.previous, "hash": entry.hash})
        if mark := marks.get(entry.seq):
            told.append({"kind": "checkpoint", **_stated(mark), "signature": mark.signature})
    return told


def signed(chain: str, seq: int, end: str) -> AuditCheckpoint:
    """A signed statement that the chain ended at this entry with this hash."""
    mark = AuditCheckpoint(chain=chain, seq=seq, hash=end, at=clock.now(), signature="")
    mark.signature = signing.sign(_statement(mark))
    return mark


def _statement(mark: AuditCheckpoint) -> bytes:
    return canonical(_stated(mark))


def _stated(mark: AuditCheckpoint) -> dict[str, Any]:
    return {"chain": mark.chain, "seq": mark.seq, "hash": mark.hash, "at": mark.at}


def _chains(session: Session) -> list[str]:
    # A chain whose head was taken away still has entries or checkpoints.
    columns = (AuditHead.chain, AuditEvent.chain, AuditCheckpoint.chain)
    return sorted({chain for column in columns for chain in session.exec(select(column).distinct())})


def report(session: Session, chain: str) -> ChainReport:
    """Walk one chain."""
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
    return {name: getattr(event, name) for name in HASHED}


def _holds(mark: AuditCheckpoint, end: str) -> bool:
    return mark.hash == end and signing.verifies_here(_statement(mark), mark.signature)


@dataclass(frozen=True, slots=True)
class _End:
    """The last entry that a walk came to, and the last that was signed."""

    seq: int
    hash: str
    marked: int


def _cut_off(session: Session, chain: str, end: _End, before: tuple[int, str] | None) -> Broken | None:
    if end.marked > end.seq or (before is not None and before[0] > end.seq):
        return Broken(chain, end.seq + 1, Message("Entry {seq} is missing.", seq=end.seq + 1))
    head = _head(session, chain)
    if end.seq and (head is None or head[0] < end.seq or (head[0] == end.seq and head[1] != end.hash)):
        return Broken(chain, end.seq, Message("Entry {seq} is not where the chain ends.", seq=end.seq))
    return None


def _head(session: Session, chain: str) -> tuple[int, str] | None:
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == chain)
    return session.exec(query).one_or_none()


def _checkpoints(session: Session, chain: str) -> dict[int, AuditCheckpoint]:
    query = select(AuditCheckpoint).where(AuditCheckpoint.chain == chain)
    return {mark.seq: mark for mark in session.exec(query)}


def verify_lines(lines: Iterable[bytes]) -> Broken | None:
    """The first broken entry of an exported chain, by its JSON lines alone and this installation's key.

    Raises:
        ValueError: a line is no line of an export, or there is none.
    """
    chain, previous, seq = "", GENESIS, 0
    for line in lines:
        told = json.loads(line)
        if not isinstance(told, dict):
            raise ValueError  # noqa: TRY004 - what is wrong is the file
        told = cast("dict[str, Any]", told)
        chain = chain or str(told.get("chain", ""))
        why = _line_flaw(told, chain, previous, seq)
        if why is not None:
            return Broken(chain, seq + (told.get("kind") == "entry"), why)
        if told["kind"] == "entry":
            previous, seq = str(told["hash"]), seq + 1
    if not seq:
        raise ValueError
    return None


def _line_flaw(told: Mapping[str, Any], chain: str, previous: str, seq: int) -> Message | None:
    if told.get("kind") == "checkpoint":
        stated = {name: told.get(name) for name in ("chain", "seq", "hash", "at")}
        signed_here = signing.verifies_here(canonical(stated), str(told.get("signature", "")))
        if (told.get("chain"), told.get("seq"), told.get("hash")) != (
            chain,
            seq,
            previous,
        ) or not signed_here:
            return Message("Entry {seq} is not the one that was signed.", seq=seq)
        return None
    if told.get("kind") != "entry":
        raise ValueError
    here = seq + 1
    if (told.get("chain"), told.get("seq")) != (chain, here):
        return Message("Entry {seq} is missing.", seq=here)
    if told.get("previous") != previous:
        return Message("Entry {seq} does not follow from the one before it.", seq=here)
    if told.get("hash") != entry_hash(previous, {name: told.get(name) for name in HASHED}):
        return Message("Entry {seq} was changed after it was written.", seq=here)
    return None
