"""Appending to the chains of the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from nexus_portal.domain.hashchain import GENESIS, entry_hash
from nexus_portal.models.audit import AuditEvent, AuditHead
from nexus_portal.models.base import new_id
from nexus_portal.services.audit_checks import signed

SIGN_EVERY = 256
"""Entries between two checkpoints that are signed by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of an entry before it has its place in a chain."""

    chain: str
    at: datetime
    actor_id: UUID | None
    actor_role: str
    action: str
    subject: str
    facts: dict[str, Any]


_COLUMNS = tuple(field.name for field in fields(Entry))


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Put the entries at the end of their chains. Locks each head until the transaction ends."""
    by_chain = attrgetter("chain")
    for chain, group in groupby(sorted(entries, key=by_chain), key=by_chain):
        _append_to(session, chain, list(group))


def _append_to(session: Session, chain: str, entries: list[Entry]) -> None:
    seq, previous = _locked_head(session, chain)
    rows: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, seq + 1):
        columns = {"id": new_id(), "seq": number, **{name: getattr(entry, name) for name in _COLUMNS}}
        rows.append({**columns, "previous": previous, "hash": entry_hash(previous, columns)})
        previous = rows[-1]["hash"]
    session.connection().execute(insert(AuditEvent), rows)
    end = seq + len(rows)
    session.connection().execute(
        update(AuditHead).where(col(AuditHead.chain) == chain).values(seq=end, hash=previous)
    )
    if end // SIGN_EVERY > seq // SIGN_EVERY:
        session.add(signed(chain, end, previous))


def _locked_head(session: Session, chain: str) -> tuple[int, str]:
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == chain).with_for_update()
    head = session.exec(query).one_or_none()
    if head is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        first = dialect.insert(AuditHead).values(chain=chain, seq=0, hash=GENESIS)
        session.connection().execute(first.on_conflict_do_nothing())
        head = session.exec(query).one()
    return head
