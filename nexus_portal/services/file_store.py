"""The files of an account, as a machine of the customer sees them: three folders, names, bytes.

Each sees those of the person behind it (`file_scope`); others may have files of the same names. What is
listed here holds persons, names of files included: `files:use` stands apart from `files:read`. A connection
calls these for each act, so that a credential that was revoked reaches nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select as rows_of_columns
from sqlmodel import Session, col, func, select

from nexus_portal.adapters import clock, db, drop_files
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.file_drops import FileState, Folder, checked_name
from nexus_portal.domain.numbers import file_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.privacy import AccessAct
from nexus_portal.services import accesses, file_erasing, file_scope, file_settling, tenancy, vault_files
from nexus_portal.services.erasure_steps import carry_out_or_leave
from nexus_portal.services.use_case import use_case

TOPIC = "files"
_LISTED: tuple[Any, ...] = (
    FileDrop.id,
    FileDrop.sealed_name,
    FileDrop.size,
    FileDrop.state,
    FileDrop.blob,
    FileDrop.written_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file as it is listed; of one on its way, the size is what has reached the disk."""

    id: UUID
    folder: Folder
    name: str = field(repr=False)
    size: int
    state: FileState
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What opens the bytes of one file, for the one who was let in."""

    id: UUID
    blob: str
    size: int
    key: bytes = field(repr=False)


def portal_in(account_id: UUID, owner_id: UUID | None) -> Actor:
    """The portal at work among the files of one person of an account, such as when it writes results."""
    held = frozenset({Permission.FILES_READ, Permission.FILES_USE})
    return Actor(
        scope=Scope.ACCOUNT, account_id=account_id, name="Nexus Portal", files_of=owner_id, permissions=held
    )


@use_case(Permission.FILES_USE, reads=True)
def list_folder(session: Session, actor: Actor, *, folder: Folder) -> tuple[Entry, ...]:
    """The files of a folder that are the actor's, by name."""
    account_id = tenancy.own_account(actor)
    query = rows_of_columns(*_LISTED).where(
        col(FileDrop.account_id) == account_id,
        file_scope.of(file_scope.owner(actor)),
        col(FileDrop.folder) == folder,
        col(FileDrop.name_token).is_not(None),
    )
    # Columns alone: making objects of ten thousand rows would cost more than opening their names.
    rows: Sequence[Any] = session.connection().execute(query).all()
    sealed = {row.id: row.sealed_name for row in rows if row.sealed_name is not None}
    names = vault_files.names_in(session, account_id, sealed)
    entries = [
        Entry(
            id=row.id,
            folder=folder,
            name=names[row.id],
            size=_size(row.state, row.blob, row.size),
            state=FileState(row.state),
            written_at=row.written_at,
        )
        for row in rows
        if row.id in names
    ]
    return tuple(sorted(entries, key=lambda entry: entry.name))


@use_case(Permission.FILES_USE, reads=True)
def stat(session: Session, actor: Actor, *, folder: Folder, name: str) -> Entry:
    """One file.

    Raises:
        NotFound: there is none of that name in the folder.
        Invalid: no file can have that name.
    """
    drop = find(session, actor, folder, name)
    size = _size(drop.state, drop.blob, drop.size)
    return Entry(
        id=drop.id,
        folder=folder,
        name=checked_name(name),
        size=size,
        state=FileState(drop.state),
        written_at=drop.written_at,
    )


@use_case(Permission.FILES_USE)
def open_read(session: Session, actor: Actor, *, folder: Folder, name: str) -> Opened:
    """Open a file to read it; the access log says so.

    Raises:
        NotFound: there is none of that name in the folder.
    """
    return opened(session, actor, find(session, actor, folder, name))


def opened(session: Session, actor: Actor, drop: FileDrop) -> Opened:
    """The same for a file that the caller has found already."""
    accesses.record_counts(
        session, actor, AccessAct.FILE, drop.account_id, {code_of(drop.id): drop.rows}, purpose=actor.name
    )
    size = _size(drop.state, drop.blob, drop.size)
    return Opened(id=drop.id, blob=drop.blob, size=size, key=vault_files.key_of(drop))


@use_case(Permission.FILES_USE)
def rename(
    session: Session, actor: Actor, *, folder: Folder, name: str, to_folder: Folder, to_name: str
) -> None:
    """Give a file another name, or move one that is whole into the archive.

    One that arrived under a name for files on their way counts as received with its proper name, at once. A
    file that has the new name already goes once this one is whole.

    Raises:
        NotFound: there is none of that name in the folder.
        Invalid: no file can have the new name, or nothing is moved there.
    """
    new_name = checked_name(to_name)
    drop = find(session, actor, folder, name, lock=True)
    if (to_folder, new_name) == (folder, checked_name(name)):
        return
    if to_folder is not folder and to_folder is not Folder.ARCHIVE:
        raise Invalid(Message("Files are sent to inbox, and moved to archive only."))
    if to_folder is Folder.ARCHIVE and drop.state == FileState.RECEIVING:
        raise Conflict(Message("The file is still on its way. It can be moved once it has arrived."))
    _make_way(session, actor, drop, to_folder, new_name)
    vault_files.name_file(drop, vault_files.key_of(drop), to_folder, new_name)
    if drop.state == FileState.RECEIVING and drop.whole:
        file_settling.expect(session, drop, new_name, quiet=False)
    changed(session, drop)


@use_case(Permission.FILES_USE)
def remove(session: Session, actor: Actor, *, folder: Folder, name: str) -> UUID:
    """Erase a file: its key, its name, its bytes; gives the erasure, which ends with a certificate.

    Raises:
        NotFound: there is none of that name in the folder.
        NotYet: a hold stands on the account.
    """
    drop = find(session, actor, folder, name, lock=True)
    erasure = file_erasing.decide(session, actor, [drop], file_erasing.BY_REQUEST)
    db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    return erasure.id


def find(session: Session, actor: Actor, folder: Folder, name: str, *, lock: bool = False) -> FileDrop:
    """The file of that name in a folder, among those that are the actor's.

    Raises:
        NotFound: there is none.
        Invalid: no file can have that name.
    """
    token = vault_files.name_token(tenancy.own_account(actor), folder, checked_name(name))
    query = file_scope.rows(actor).where(FileDrop.name_token == token, file_scope.of(file_scope.owner(actor)))
    try:
        return tenancy.one(session, query, lock=lock)
    except NotFound:
        raise NotFound(Message("There is no such file.")) from None


def _make_way(session: Session, actor: Actor, drop: FileDrop, folder: Folder, name: str) -> None:
    """Take the name from whichever file has it: that one stays until the new one is whole."""
    try:
        before = find(session, actor, folder, name, lock=True)
    except NotFound:
        return
    give_up_name(session, before, drop)
    if drop.state != FileState.RECEIVING:
        file_settling.replace_older(session, actor, drop)


def give_up_name(session: Session, before: FileDrop, after: FileDrop) -> None:
    """Leave a file without its name, which another takes."""
    before.name_token, before.replaced_by, before.settles_at = None, after.id, None
    changed(session, before)
    session.flush()  # the name is unique: the old one goes before the new one comes


def changed(session: Session, drop: FileDrop) -> None:
    """Note that a file is another than it was, and tell the pages that show it."""
    drop.version += 1
    session.add(drop)
    db.announce(session, News(drop.account_id, TOPIC))


def code_of(drop_id: UUID) -> str:
    """The number of a file for people and logs, since its name may hold a person's."""
    return file_code(drop_id)


def room_taken(session: Session, account_id: UUID, *, but: UUID | None = None) -> tuple[int, int]:
    """How many files of an account there are, and the room that they take; one may be left out."""
    query = select(func.count(), func.coalesce(func.sum(FileDrop.reserved), 0)).where(
        FileDrop.account_id == account_id, col(FileDrop.deleted_at).is_(None)
    )
    if but is not None:
        query = query.where(FileDrop.id != but)
    files, room = session.exec(query).one()
    return files, int(room)


def touched(drop: FileDrop) -> None:
    """Note that somebody wrote to a file just now."""
    drop.written_at = clock.now()


def _size(state: str, blob: str, size: int) -> int:
    return drop_files.stored_size(blob) if state == FileState.RECEIVING else size
