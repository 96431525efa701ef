"""The audit log as its readers narrow it and take it away: customers their own chain, the bureau two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters.dates import ZONE
from nexus_portal.domain import audit_words
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.audit import AuditCheckpoint, AuditEvent
from nexus_portal.models.people import Membership, User
from nexus_portal.services import audit, audit_checks
from nexus_portal.services.history_choices import Choice
from nexus_portal.services.keyset import Keyset, Page, whole
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import perform, use_case

NEWEST_FIRST: Keyset[AuditEvent] = Keyset(
    columns=(col(AuditEvent.seq),), key=lambda row: (row.seq,), read=(whole,), descending=True
)
SKEW = 10_000
"""Entries have their time from before the commit and their place from the commit: so far these may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What narrows the log, as the page's address has it. `chain`: `installation`, else the actor's own."""

    chain: str = ""
    group: str = ""
    who: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of an entry, as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry. `who` is a colleague's name, empty for the portal and for staff of the bureau."""

    seq: int
    at: str
    who: str
    role: str
    action: str
    subject: str
    facts: tuple[Fact, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that was walked: its length, where it is broken (0: nowhere) and why, its last signature."""

    entries: int
    broken_at: int
    why: Message | None
    signed_seq: int
    signed_at: str


@use_case(Permission.AUDIT_READ, reads=True)
def entries(session: Session, actor: Actor, *, wanted: Wanted, cursor: str = "") -> Page[EntryRow]:
    """One page of a chain, the newest first, 50 a page."""
    chain = chain_of(actor, wanted)
    query = _narrowed(session, select(AuditEvent).where(AuditEvent.chain == chain), chain, wanted)
    branches = [query]
    if wanted.group:
        # Each action by its own index: a rare one would else be looked for among all.
        branches = [query.where(AuditEvent.action == each) for each in audit_words.actions_of(wanted.group)]
    page = NEWEST_FIRST.page(session, branches, cursor)
    names = _names(session, actor, {row.actor_id for row in page.rows if row.actor_id is not None})
    return page.of([_row(row, names) for row in page.rows])


@use_case(Permission.AUDIT_READ, reads=True)
def people(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """The people of the actor's own account, those who left included, to narrow the log by."""
    query = (
        select(User.id, User.name)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.account_id == actor.account_id)
    )
    return tuple(Choice(user_id.hex, name) for user_id, name in session.exec(query.order_by(User.name)))


@use_case(Permission.AUDIT_READ, reads=True)
def verified(session: Session, actor: Actor, *, wanted: Wanted) -> Verified:
    """Walk the chain from its first entry: whether it is as it was written, and where it was signed last."""
    chain = chain_of(actor, wanted)
    report = audit_checks.report(session, chain)
    query = select(AuditCheckpoint).where(AuditCheckpoint.chain == chain)
    mark = session.exec(query.order_by(col(AuditCheckpoint.seq).desc()).limit(1)).first()
    broken = report.broken
    return Verified(
        entries=report.entries,
        broken_at=broken.seq if broken else 0,
        why=broken.why if broken else None,
        signed_seq=mark.seq if mark else 0,
        signed_at=mark.at.isoformat() if mark else "",
    )


@use_case(Permission.AUDIT_READ)
def begin(session: Session, actor: Actor, *, wanted: Wanted) -> None:
    """Write down that a chain is taken away."""
    chain_of(actor, wanted)
    narrowed = [each.name for each in fields(wanted) if getattr(wanted, each.name)]
    audit.record(session, actor, "audit:exported", filters=narrowed)


def documents(actor: Actor, *, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The whole chain from its first entry as it is hashed, each signed checkpoint after its entry.

    Every part is read anew with the permission, so that a long chain holds no transaction open.
    """
    after = 0
    while True:
        found = perform(part, actor, wanted=wanted, after=after)
        yield from found
        if not found:
            return
        after = max(each["seq"] for each in found)


@use_case(Permission.AUDIT_READ, reads=True)
def part(session: Session, actor: Actor, *, wanted: Wanted, after: int) -> list[dict[str, Any]]:
    """Up to 2,000 entries of a chain behind a place in it, with the checkpoints that sign them."""
    return audit_checks.documents(session, chain_of(actor, wanted), after)


def chain_of(actor: Actor, wanted: Wanted) -> str:
    """The chain that is wanted, of those that the actor may read."""
    if wanted.chain == audit.INSTALLATION:
        if actor.scope not in {Scope.BUREAU, Scope.SYSTEM}:
            raise NotAllowed
        return audit.INSTALLATION
    if actor.scope is Scope.SYSTEM and wanted.chain:
        return wanted.chain
    return str(actor.account_id or audit.INSTALLATION)


def _narrowed(
    session: Session, query: SelectOfScalar[AuditEvent], chain: str, wanted: Wanted
) -> SelectOfScalar[AuditEvent]:
    if wanted.who:
        query = query.where(AuditEvent.actor_id == _id(wanted.who))
    if wanted.subject.strip():
        query = query.where(AuditEvent.subject == wanted.subject.strip())
    since, until = _day(wanted.since), _day(wanted.until)
    if since:
        query = query.where(col(AuditEvent.at) >= since)
        first = _first(session, chain, since)
        query = query.where(col(AuditEvent.seq) >= first - SKEW) if first else query
    if until:
        end = until + timedelta(days=1)
        query = query.where(col(AuditEvent.at) < end)
        first = _first(session, chain, end)
        query = query.where(col(AuditEvent.seq) < first + SKEW) if first else query
    return query


def _first(session: Session, chain: str, moment: datetime) -> int | None:
    """The place of the first entry from a moment on."""
    query = select(AuditEvent.seq).where(AuditEvent.chain == chain, col(AuditEvent.at) >= moment)
    return session.exec(query.order_by(col(AuditEvent.at), col(AuditEvent.seq)).limit(1)).first()


def _names(session: Session, actor: Actor, user_ids: set[UUID]) -> dict[UUID, str]:
    if actor.scope is not Scope.BUREAU:
        return colleagues(session, actor, user_ids)
    # The bureau's admin knows the bureau's own people by name, and those of customers not.
    query = (
        select(User.id, User.name)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.account_id == actor.account_id, col(User.id).in_(user_ids))
    )
    return dict(session.exec(query).all()) if user_ids else {}


def _row(entry: AuditEvent, names: Mapping[UUID, str]) -> EntryRow:
    return EntryRow(
        seq=entry.seq,
        at=entry.at.isoformat(),
        who=names.get(entry.actor_id, "") if entry.actor_id else "",
        role=entry.actor_role,
        action=entry.action,
        subject=entry.subject,
        facts=tuple(Fact(name, _text(value)) for name, value in sorted(entry.facts.items())),
        hash=entry.hash,
    )


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType] - JSON is of any type


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody: what the address asks for is not there


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time.min, ZONE) if text else None
    except ValueError:
        return None
