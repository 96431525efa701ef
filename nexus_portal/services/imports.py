"""Importing a spreadsheet: its headers are looked at first, then its rows come into a draft part by part.

Each part is one transaction. What was read stays when the rest does not come; the same file sent again goes
on where it stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import, ImportState, Inspection
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    draft_orders,
    draft_photos,
    draft_rows,
    import_progress,
    layouts,
    order_details,
    sessions,
    tenancy,
    vault,
)
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.idempotency import once
from nexus_portal.services.use_case import use_case

INSPECTION_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """The headers of a file and what each seems to hold: column → field key. `rows` counts its rows."""

    id: str
    layout_id: str
    headers: tuple[str, ...]
    suggestion: Mapping[int, str]
    rows: int
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An import that may be read now, or need not be: then another request reads it, or it is done."""

    import_id: UUID
    order: str
    to_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All of an import that is no personal data."""

    layout_id: UUID
    total: int
    used: tuple[str, ...]
    dropped: tuple[str, ...]
    notes: tuple[Message, ...]
    digest: str
    with_photos: bool = False


@use_case(Permission.ORDERS_CREATE)
def keep_inspection(
    session: Session,
    actor: Actor,
    *,
    layout_id: UUID,
    headers: Sequence[str],
    suggestion: Mapping[int, str],
    rows: int,
    notes: Sequence[Message],
) -> InspectionRow:
    """Keep the headers of a file for an hour, in place of the actor's earlier ones."""
    layout = layouts.orderable(session, actor, layout_id)
    mine = col(Inspection.user_id) == actor.user_id
    session.exec(delete(Inspection).where(tenancy.within(actor, Inspection.account_id), mine))
    kept = Inspection(
        account_id=draft_orders.own_account(actor),
        user_id=draft_orders.own_user(actor),
        layout_id=UUID(layout.id),
        headers=list(headers),
        suggestion={str(column): key for column, key in suggestion.items()},
        rows=rows,
        notes=_stored(notes),
        created_at=clock.now(),
    )
    session.add(kept)
    return _inspection(kept)


@use_case(Permission.ORDERS_CREATE, reads=True)
def inspection(session: Session, actor: Actor) -> InspectionRow | None:
    """The headers of the file that the actor chose last, within the hour."""
    query = tenancy.rows_of(actor, Inspection).where(
        Inspection.user_id == actor.user_id,
        col(Inspection.created_at) > clock.now() - INSPECTION_LIFETIME,
    )
    found = session.exec(query.order_by(col(Inspection.id).desc()).limit(1)).first()
    return _inspection(found) if found else None


def forget_inspections() -> None:
    """Delete the headers of files that were chosen more than an hour ago, and never read in."""
    with sessions.system() as session:
        session.exec(delete(Inspection).where(col(Inspection.created_at) < clock.now() - INSPECTION_LIFETIME))


@use_case(Permission.ORDERS_CREATE)
def begin(session: Session, actor: Actor, *, outline: Outline, key: str) -> Begun:
    """Begin a draft for the rows to come, or find the one that the same files began before.

    Raises:
        NotFound: the actor's account has no such layout.
    """
    fresh: list[UUID] = []

    def make() -> str:
        import_id, to_read = _begin(session, actor, outline)
        fresh.extend([import_id] if to_read else [])
        return str(import_id)

    import_id = UUID(once(session, actor, key and f"import {key}", make))
    source = tenancy.get(session, actor, Import, import_id)
    order = import_progress.row(session, source).order
    return Begun(import_id=import_id, order=order, to_read=import_id in fresh)


@use_case(Permission.ORDERS_CREATE)
def take_rows(session: Session, actor: Actor, *, import_id: UUID, rows: Sequence[NewRow]) -> int:
    """Put a part of the rows into the draft; those that are there get the photo that they lack, if it came.

    Gives how many rows are read.

    Raises:
        NotFound: the draft was thrown away meanwhile.
        Conflict: it was ordered meanwhile.
    """
    source, order = _reading(session, actor, import_id)
    layout = draft_orders.layout_of(session, actor, order)
    there = _there(session, actor, order, [row.source_row for row in rows if row.source_row])
    draft_rows.add(session, actor, order, layout, [row for row in rows if row.source_row not in there])
    again = [(there[row.source_row], row) for row in rows if row.source_row in there]
    draft_photos.complete(session, actor, layout, again)
    source.done = min(source.total, source.done + len(rows))
    _touch(session, source)
    return source.done


@use_case(Permission.ORDERS_CREATE)
def finish(session: Session, actor: Actor, *, import_id: UUID) -> None:
    """All rows are there: the draft may be ordered."""
    source, order = _reading(session, actor, import_id)
    source.state, source.done = ImportState.DONE, source.total
    _touch(session, source)
    draft_orders.record(
        session, actor, "import:read", order, rows=source.total, columns_dropped=len(source.dropped_columns)
    )
    db.announce(session, News(order.account_id, "orders", order_details.order_number(order.serial)))


@use_case(Permission.ORDERS_CREATE)
def give_up(session: Session, actor: Actor, *, import_id: UUID) -> None:
    """Reading stopped in the middle: the draft keeps what came, and says so."""
    source, _ = _reading(session, actor, import_id)
    source.state = ImportState.FAILED
    _touch(session, source)


def _begin(session: Session, actor: Actor, outline: Outline) -> tuple[UUID, bool]:
    layout = layouts.orderable(session, actor, outline.layout_id)
    account_id = draft_orders.own_account(actor)
    fingerprint = vault.number_token(account_id, f"file {outline.digest}")
    earlier = _earlier(session, actor, fingerprint)
    if earlier is not None:
        done = earlier.state == ImportState.DONE
        to_read = import_progress.interrupted(earlier) or (done and outline.with_photos)
        if to_read:
            earlier.state, earlier.done, earlier.notes = ImportState.READING, 0, _stored(outline.notes)
            _touch(session, earlier)
        return earlier.id, to_read
    order = draft_orders.begin(session, actor, layout)
    source = Import(
        account_id=account_id,
        user_id=draft_orders.own_user(actor),
        order_id=order.id,
        layout_id=UUID(layout.id),
        fingerprint=fingerprint,
        total=outline.total,
        used_columns=list(outline.used),
        dropped_columns=list(outline.dropped),
        notes=_stored(outline.notes),
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    draft_orders.record(session, actor, "draft:begun", order, cards=outline.total, fields=list(outline.used))
    _touch(session, source)
    session.flush()
    return source.id, True


def _earlier(session: Session, actor: Actor, fingerprint: bytes) -> Import | None:
    """The actor's import of the same spreadsheet whose draft is still one: that is gone on with."""
    query = (
        tenancy.rows_of(actor, Import)
        .join(Order, col(Order.id) == col(Import.order_id))
        .where(
            Import.fingerprint == fingerprint,
            Import.user_id == actor.user_id,
            col(Order.fulfilment).in_(EDITABLE),
        )
        .order_by(col(Import.id).desc())
        .limit(1)
        .with_for_update(of=Import)
    )
    return session.exec(query).first()


def _reading(session: Session, actor: Actor, import_id: UUID) -> tuple[Import, Order]:
    source = tenancy.get(session, actor, Import, import_id, lock=True)
    if source.order_id is None:
        raise NotFound
    order = draft_orders.editable_by_id(session, actor, source.order_id)
    if source.state != ImportState.READING:
        raise Conflict
    return source, order


def _there(session: Session, actor: Actor, order: Order, rows: Sequence[int]) -> dict[int | None, CardItem]:
    found: dict[int | None, CardItem] = {}
    for chunk in vault.chunks(rows):
        query = tenancy.rows_of(actor, CardItem).where(
            CardItem.order_id == order.id, col(CardItem.source_row).in_(chunk)
        )
        found |= {item.source_row: item for item in session.exec(query)}
    return found


def _touch(session: Session, source: Import) -> None:
    source.changed_at = clock.now()
    session.add(source)
    db.announce(session, News(source.account_id, "imports", str(source.id)))


def _stored(notes: Sequence[Message]) -> list[dict[str, Any]]:
    return [{"msgid": note.msgid, "params": dict(note.params)} for note in notes]


def _inspection(kept: Inspection) -> InspectionRow:
    return InspectionRow(
        str(kept.id),
        str(kept.layout_id),
        tuple(kept.headers),
        {int(column): key for column, key in kept.suggestion.items()},
        kept.rows,
        tuple(Message(note["msgid"], **note["params"]) for note in kept.notes),
    )
