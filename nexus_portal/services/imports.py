"""Importing files into a draft: they are taken in at once, and a worker puts their rows there part by part.

Each part is one transaction that also counts it, so that what is counted is what is there. Reading that ends
early goes on behind the last part; the same files sent again do so too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotFound, TooMany
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import, ImportKind, ImportState
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    draft_orders,
    draft_photos,
    draft_rows,
    import_inspections,
    import_progress,
    import_queue,
    layouts,
    order_details,
    tenancy,
    vault,
)
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.idempotency import once
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case

_ACTIONS = {
    ImportKind.ROWS: "import:read",
    ImportKind.MENDED: "import:mended",
    ImportKind.PHOTOS: "import:photos_read",
}
MOST_WAITING = 5
"""Imports of one account that wait or are read at a time: their files lie on the disk meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An import and its draft's number. `to_read` says that its files were taken in, to be read."""

    import_id: UUID
    order: str
    to_read: bool


@dataclass(frozen=True, slots=True)
class Held:
    """An import and the claim under which a worker reads it."""

    import_id: UUID
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All of an import that is no personal data. `draft` is the number of the draft that it goes into."""

    layout_id: UUID
    total: int
    digest: str
    kind: ImportKind = ImportKind.ROWS
    draft: str = ""
    headers: tuple[str, ...] = ()
    mapping: Mapping[int, str] = field(default_factory=dict[int, str])
    confirmed: bool = False
    """A person has looked the mapping over."""
    notes: tuple[Message, ...] = ()
    photos: int = 0
    with_photos: bool = False


@use_case(Permission.ORDERS_CREATE)
def begin(
    session: Session, actor: Actor, *, outline: Outline, files: Mapping[str, SealedFile], key: str
) -> Begun:
    """Begin a draft for the rows to come, or find the one that the same files began before.

    Raises:
        NotFound: the actor's account has no such layout or draft.
        NotAllowed: the draft is a colleague's.
        TooMany: many files of the account wait to be read.
    """
    fresh: list[UUID] = []

    def make() -> str:
        source, to_read = _begin(session, actor, outline, files)
        fresh.extend([source.id] if to_read else [])
        return str(source.id)

    import_id = UUID(once(session, actor, key and f"import {key}", make))
    source = tenancy.get(session, actor, Import, import_id)
    order = import_progress.row(session, source).order
    return Begun(import_id=import_id, order=order, to_read=import_id in fresh)


@use_case(Permission.ORDERS_CREATE)
def target(session: Session, actor: Actor, *, number: str) -> tuple[UUID, tuple[LayoutRow, ...]]:
    """The actor's own draft that files are sent for: its id and its layouts.

    Raises:
        NotFound: no such draft in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: the order is on its way already.
    """
    order = draft_orders.editable(session, actor, number)
    return order.id, tuple(draft_orders.layouts_of(session, actor, order).values())


@use_case(Permission.ORDERS_CREATE)
def take_rows(
    session: Session,
    actor: Actor,
    *,
    held: Held,
    start: int,
    rows: Sequence[NewRow],
    photos: int = 0,
) -> int:
    """Put the rows behind the first `start` into the draft; gives how many are there by now.

    Rows that were read before get the photo that they lack, if it came. A part that is there is passed over.

    Raises:
        NotFound: the draft was thrown away meanwhile.
        Conflict: it was ordered meanwhile, or another worker reads on.
    """
    source, order = reading(session, actor, held)
    if start != source.done:
        return source.done
    layout = layout_of(session, actor, source)
    before = rows[: max(0, source.again - start)]
    complete = _there(session, actor, order, source, before)
    draft_photos.complete(session, actor, layout, complete)
    items = draft_rows.add(session, actor, order, layout, rows[len(before) :])
    for item in items:
        item.import_id = source.id
    session.add_all(items)
    return advance(session, source, rows=len(rows), photos=photos)


@use_case(Permission.ORDERS_CREATE)
def finish(session: Session, actor: Actor, *, held: Held) -> None:
    """All rows are there: the draft may be ordered, the files go."""
    source, order = reading(session, actor, held)
    source.state, source.done = ImportState.DONE, source.total
    import_queue.forget_files(session, source)
    _touch(session, source)
    draft_orders.record(
        session,
        actor,
        _ACTIONS[ImportKind(source.kind)],
        order,
        rows=source.total,
        columns_dropped=len(source.dropped_columns),
        **source.counts,
    )
    db.announce(session, News(order.account_id, "orders", order_details.order_number(order.serial)))


def advance(session: Session, source: Import, *, rows: int, photos: int) -> int:
    """Count a part in the transaction that stores it, and hold the claim for the next one."""
    source.done = min(source.total, source.done + rows)
    source.photos_done = min(source.photos, source.photos_done + photos)
    source.claimed_until, source.attempts = clock.now() + import_queue.LEASE, 0
    _touch(session, source)
    return source.done


def reading(session: Session, actor: Actor, held: Held) -> tuple[Import, Order]:
    """An import that this claim may go on with, and its draft, both held until the transaction ends.

    Raises:
        NotFound: the draft was thrown away.
        Conflict: it was ordered, or another worker reads on.
    """
    source = tenancy.get(session, actor, Import, held.import_id)
    if source.order_id is None:
        raise NotFound
    # The order first, as everybody else does who changes both.
    order = draft_orders.editable_by_id(session, actor, source.order_id)
    tenancy.hold(session, source)
    if source.state != ImportState.READING or source.claim != held.claim:
        raise Conflict
    return source, order


def layout_of(session: Session, actor: Actor, source: Import) -> LayoutRow:
    """The layout version that an import was begun in, though a newer one may be on offer."""
    query = tenancy.rows_of(actor, Layout).where(col(Layout.id) == source.layout_id)
    layout = tenancy.one(session, query)
    return layouts.offered(layout, layouts.price_of(session, actor, layout))


def _begin(
    session: Session, actor: Actor, outline: Outline, files: Mapping[str, SealedFile]
) -> tuple[Import, bool]:
    target = draft_orders.editable(session, actor, outline.draft) if outline.draft else None
    layout = _layout_for(session, actor, outline, target)
    fingerprint = _fingerprint(actor, outline)
    earlier = _earlier(session, actor, fingerprint)
    if earlier is not None:
        return earlier, _go_on(session, earlier, outline, files)
    _refuse_too_many(session, actor)
    order = target or draft_orders.begin(session, actor, layout)
    source = Import(
        account_id=order.account_id,
        user_id=draft_orders.own_user(actor),
        order_id=order.id,
        layout_id=UUID(layout.id),
        kind=outline.kind,
        fingerprint=fingerprint,
        total=outline.total,
        used_columns=[outline.headers[column] for column in outline.mapping],
        dropped_columns=[h for at, h in enumerate(outline.headers) if at not in outline.mapping and h],
        mapping={str(column): key for column, key in outline.mapping.items()},
        notes=import_inspections.stored(outline.notes),
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    _take_in(source, outline, files)
    if outline.confirmed:
        import_inspections.remember(session, actor, layout, outline.headers, outline.mapping)
    if target is None:
        draft_orders.record(
            session, actor, "draft:begun", order, cards=outline.total, fields=source.used_columns
        )
    _touch(session, source)
    session.flush()
    return source, True


def _layout_for(session: Session, actor: Actor, outline: Outline, target: Order | None) -> LayoutRow:
    if target is None:
        return layouts.orderable(session, actor, outline.layout_id)
    return _in_draft(session, actor, target, outline.layout_id)


def _in_draft(session: Session, actor: Actor, order: Order, layout_id: UUID) -> LayoutRow:
    """The layout of rows for a draft: one that it has already, in its version, or another on offer."""
    there = draft_orders.layouts_of(session, actor, order)
    return there.get(layout_id) or layouts.orderable(session, actor, layout_id)


def _fingerprint(actor: Actor, outline: Outline) -> bytes:
    # The same list is known wherever it is sent to: nobody's card is ordered twice by a second draft.
    draft = "" if outline.kind is ImportKind.ROWS else outline.draft
    where = f"{outline.kind} {draft} {outline.digest}"
    return vault.number_token(draft_orders.own_account(actor), f"file {where}")


def _go_on(session: Session, earlier: Import, outline: Outline, files: Mapping[str, SealedFile]) -> bool:
    """Whether the same files, sent again, bring anything: what is missing, or the photos."""
    done = earlier.state == ImportState.DONE
    late = outline.with_photos and "photos" not in earlier.files
    if not (earlier.state == ImportState.FAILED or late):
        return False
    import_queue.forget_files(session, earlier)
    if late:
        earlier.again, earlier.done = (earlier.total if done else earlier.done), 0
    earlier.state, earlier.claim, earlier.claimed_until = ImportState.READING, "", None
    earlier.notes = import_inspections.stored(outline.notes)
    earlier.created_at = clock.now()
    _take_in(earlier, outline, files)
    _touch(session, earlier)
    return True


def _take_in(source: Import, outline: Outline, files: Mapping[str, SealedFile]) -> None:
    source.files = {name: file.to_json() for name, file in files.items()}
    source.photos, source.photos_done, source.attempts = outline.photos, 0, 0


def _refuse_too_many(session: Session, actor: Actor) -> None:
    query = tenancy.rows_of(actor, Import).where(Import.state == ImportState.READING)
    if len(session.exec(query.limit(MOST_WAITING)).all()) == MOST_WAITING:
        raise TooMany(Message("Many files are being read just now. Try again in a minute."))


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


def _there(
    session: Session, actor: Actor, order: Order, source: Import, rows: Sequence[NewRow]
) -> list[tuple[CardItem, NewRow]]:
    """Rows of this import that are in the draft, each with what the file says of it now."""
    by_number = {row.source_row: row for row in rows}
    if not by_number:
        return []
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id,
        CardItem.import_id == source.id,
        col(CardItem.stage).in_(draft_orders.LIVE),
        col(CardItem.source_row).in_(by_number),
    )
    return [(item, by_number[item.source_row]) for item in session.exec(query)]


def _touch(session: Session, source: Import) -> None:
    source.changed_at = clock.now()
    session.add(source)
    db.announce(session, News(source.account_id, "imports", str(source.id)))
