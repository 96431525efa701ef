"""The files of an account as its people see them, newest first; names only for those who may use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import catalogue
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.file_drops import GONE, FileState, Folder
from nexus_portal.domain.numbers import file_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.files import FileCredential, FileDrop
from nexus_portal.models.imports import Import
from nexus_portal.models.orders import Order
from nexus_portal.services import file_marks, file_scope, related, tenancy, vault_files
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

NEWEST_FIRST: Keyset[FileDrop] = Keyset(
    columns=(col(FileDrop.id),), key=lambda row: (row.id,), read=(UUID,), descending=True
)
THERE = tuple(state for state in FileState if state not in GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What narrows the list: a folder and a state, empty for all that are there."""

    folder: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file. `name` is empty for those who may not know it; times and days are ISO, empty where none.

    `rows` of the list are in the order, `read` of them so far; `said` is why it waits or what came of it.
    """

    id: str
    code: str
    name: str = field(repr=False)
    folder: str
    state: str
    size: int
    checksum: str
    rows: int
    read: int
    order: str
    received_at: str
    by: str
    said: str
    goes_on: str


@dataclass(frozen=True, slots=True)
class Filled:
    """How many files are there, the bytes that they take, and how many are safe to delete."""

    files: int
    size: int
    used: int


@use_case(Permission.FILES_READ, reads=True)
def files(session: Session, actor: Actor, *, wanted: Wanted | None = None, cursor: str = "") -> Page[FileRow]:
    """The files that the actor may know of, 50 a page; those that are gone only by their state."""
    wanted = wanted or Wanted()
    query = file_scope.rows(actor)
    if wanted.folder in set(Folder):
        query = query.where(FileDrop.folder == wanted.folder)
    page = NEWEST_FIRST.page(session, _branches(query, wanted.state), cursor)
    return page.of(_rows(session, actor, page.rows))


@use_case(Permission.FILES_READ, reads=True)
def filled(session: Session, actor: Actor) -> Filled:
    """How much of that there is."""
    query = (
        select(FileDrop.state, func.count(), func.sum(FileDrop.size))
        .where(
            tenancy.within(actor, FileDrop.account_id),
            file_scope.in_sight(actor),
            col(FileDrop.state).in_(THERE),
        )
        .group_by(col(FileDrop.state))
    )
    found = {state: (count, int(size or 0)) for state, count, size in session.exec(query)}
    used = found.get(FileState.PROCESSED, (0, 0))[0]
    return Filled(sum(count for count, _ in found.values()), sum(size for _, size in found.values()), used)


def _branches(query: SelectOfScalar[FileDrop], state: str) -> list[SelectOfScalar[FileDrop]]:
    """Each state by its own index, and merged."""
    wanted = [state] if state in set(FileState) else THERE
    return [query.where(FileDrop.state == each) for each in wanted]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows of a page have in common, read once for all of them."""

    language: str
    names: Mapping[UUID, str] = field(repr=False)
    checksums: Mapping[UUID, str]
    orders: Mapping[UUID, Order]
    imports: Mapping[UUID, Import]
    senders: Mapping[UUID, str]


def _rows(session: Session, actor: Actor, drops: Sequence[FileDrop]) -> list[FileRow]:
    # The checksum of a short file tells what it holds.
    uses = actor.may(Permission.FILES_USE)
    known = _Known(
        language=actor.language,
        names=vault_files.names(session, drops) if uses else {},
        checksums=vault_files.digests(session, drops) if uses else {},
        orders=related.by_id(session, actor, Order, (each.order_id for each in drops)),
        imports=related.by_id(session, actor, Import, (each.import_id for each in drops)),
        senders=_senders(session, actor, drops),
    )
    return [_row(drop, known) for drop in drops]


def _row(drop: FileDrop, known: _Known) -> FileRow:
    order = known.orders.get(drop.order_id) if drop.order_id else None
    source = known.imports.get(drop.import_id) if drop.import_id else None
    said = file_marks.said(drop)
    return FileRow(
        id=str(drop.id),
        code=file_code(drop.id),
        name=known.names.get(drop.id, ""),
        folder=drop.folder,
        state=drop.state,
        size=drop.size,
        checksum=known.checksums.get(drop.id, ""),
        rows=drop.rows,
        read=min(drop.rows, source.done) if source else 0,
        order=order_number(order.serial) if order else "",
        received_at=(drop.received_at or drop.written_at).isoformat(),
        by=known.senders.get(drop.credential_id or drop.user_id or drop.id, ""),
        said=catalogue.render(said, known.language) if said else "",
        goes_on=drop.delete_on.isoformat() if drop.delete_on else "",
    )


def _senders(session: Session, actor: Actor, drops: Sequence[FileDrop]) -> dict[UUID, str]:
    """By which credential or by whom files came."""
    ids = {each.credential_id for each in drops if each.credential_id}
    credentials = related.by_id(session, actor, FileCredential, ids)
    people = colleagues(session, actor, {each.user_id for each in drops if each.user_id})
    return {each.id: each.name for each in credentials.values()} | people
