"""Sending a file: begun, given room, ended. `file_uploads` puts its bytes between these steps."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from nexus_portal import settings
from nexus_portal.adapters import blobs, clock, db, drop_files
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NoRoom, NotAllowed, NotFound
from nexus_portal.domain.file_drops import REWRITABLE, FileState, Folder, checked_name
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.files import FileDrop, FileSpace
from nexus_portal.services import file_scope, file_settling, file_store, tenancy, vault_files
from nexus_portal.services.file_store import Opened
from nexus_portal.services.use_case import use_case

MOST_FILES = 20_000
"""Of one account at the same time."""
MEGABYTE = 1_000_000


class Begin(StrEnum):
    """How a file is begun."""

    ANEW = "anew"
    """From nothing; a file of that name goes once the new one is whole."""
    ONLY_NEW = "only_new"
    """From nothing, and only if no file has that name."""
    ON = "on"
    """Where an earlier sending ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a sending ended: after so many bytes, closed by its sender or cut; their SHA-256 if it is known."""

    size: int
    whole: bool
    digest: bytes | None = None


@use_case(Permission.FILES_USE)
def begin(session: Session, actor: Actor, *, folder: Folder, name: str, how: Begin) -> Opened:
    """Begin a file in inbox, or go on with one.

    Raises:
        Invalid: no file can have that name, or files are not sent to that folder.
        NotFound: there is none to go on with.
        Conflict: there is one although there should not be, or the portal has taken it in already.
        NoRoom: the account has too many files.
    """
    if folder is not Folder.INBOX:
        raise Invalid(Message("Files are sent to inbox. The other folders are filled by the portal."))
    return _begin(session, actor, folder, name, how)


@use_case(Permission.FILES_USE)
def begin_own(session: Session, actor: Actor, *, folder: Folder, name: str) -> Opened:
    """Begin a file that the portal itself writes, in any folder, in place of one of that name.

    Raises:
        NotAllowed: a machine or a person of the customer asks for it.
    """
    if actor.user_id is not None or actor.credential_id is not None:
        raise NotAllowed
    return _begin(session, actor, folder, name, Begin.ANEW)


def _begin(session: Session, actor: Actor, folder: Folder, name: str, how: Begin) -> Opened:
    proper = checked_name(name)
    try:
        drop = file_store.find(session, actor, folder, proper, lock=True)
    except NotFound:
        if how is Begin.ON:
            raise
        return _fresh(session, actor, folder, proper, None)
    if how is Begin.ONLY_NEW:
        raise Conflict(Message("There is a file of that name already."))
    if how is Begin.ON:
        return _go_on(session, actor, drop)
    if drop.state == FileState.RECEIVING:
        return _again(session, actor, drop)
    return _fresh(session, actor, folder, proper, drop)


@use_case(Permission.FILES_USE)
def make_room(session: Session, actor: Actor, *, opened: Opened, size: int) -> None:
    """Set room aside for a file to become this large; several who ask at once never pass the quota together.

    Raises:
        NoRoom: the account's quota is used up.
        NotFound: the file was removed meanwhile.
        Conflict: somebody else began it anew meanwhile.
    """
    account_id = tenancy.own_account(actor)
    _alone(session, account_id)
    drop = _still(session, actor, opened)
    _, taken = file_store.room_taken(session, account_id, but=drop.id)
    quota = settings.current().transfer.quota_mb * MEGABYTE
    if taken + size > quota:
        raise NoRoom(
            Message(
                "The room for files is used up: {used} of {quota} MB. Remove files that were processed.",
                used=round(taken / MEGABYTE),
                quota=quota // MEGABYTE,
            )
        )
    drop.reserved = max(drop.reserved, size)
    file_store.touched(drop)
    session.add(drop)


@use_case(Permission.FILES_USE)
def end(session: Session, actor: Actor, *, opened: Opened, ended: Ended, at_once: bool = False) -> None:
    """Note how a sending ended. A whole file counts as received after the quiet time, or at once if told so.

    Raises:
        NotFound: the file was removed meanwhile.
        Conflict: somebody else began it anew meanwhile.
    """
    drop = _still(session, actor, opened)
    drop.size = drop.reserved = ended.size
    drop.whole, drop.settles_at = ended.whole, None
    drop.sealed_digest = drop.digest_token = None
    file_store.touched(drop)
    if ended.digest is not None:
        vault_files.sign_file(drop, opened.key, ended.digest)
    if ended.whole:
        [name] = vault_files.names(session, [drop]).values()
        file_settling.expect(session, drop, name, quiet=not at_once)
    file_store.changed(session, drop)


def give_back_room() -> None:
    """Give back the room that was set aside for sendings whose process was killed: nobody sends any more."""
    with db.current().transaction(SYSTEM) as session:
        query = tenancy.rows_of(SYSTEM, FileDrop).where(FileDrop.state == FileState.RECEIVING)
        for drop in session.exec(query.with_for_update()):
            drop.reserved = drop.size = drop_files.stored_size(drop.blob)
            session.add(drop)


def _fresh(session: Session, actor: Actor, folder: Folder, name: str, before: FileDrop | None) -> Opened:
    account_id = tenancy.own_account(actor)
    _alone(session, account_id)
    files, _ = file_store.room_taken(session, account_id)
    if files >= MOST_FILES:
        raise NoRoom(Message("There are {most} files already. Remove some first.", most=MOST_FILES))
    now = clock.now()
    drop = FileDrop(
        id=new_id(),
        account_id=account_id,
        folder=folder,
        blob=uuid4().hex,
        credential_id=actor.credential_id,
        user_id=actor.user_id,
        owner_id=file_scope.owner(actor),
        created_at=now,
        written_at=now,
    )
    if before is not None:
        file_store.give_up_name(session, before, drop)
    key = vault_files.mint(session, drop)
    vault_files.name_file(drop, key, folder, name)
    file_store.changed(session, drop)
    return Opened(id=drop.id, blob=drop.blob, size=0, key=key)


def _again(session: Session, actor: Actor, drop: FileDrop) -> Opened:
    """Under another blob, so that whoever still writes to the old one writes into nothing."""
    _put_aside(session, drop)
    drop.size = drop.reserved = 0
    drop.credential_id, drop.user_id = actor.credential_id, actor.user_id
    return _opened(session, drop, 0)


def _go_on(session: Session, actor: Actor, drop: FileDrop) -> Opened:
    if drop.state not in REWRITABLE:
        raise Conflict(Message("The portal has taken this file in already. Send it under another name."))
    size = drop.size
    if drop.state == FileState.RECEIVING:
        size = drop_files.stored_size(drop.blob)
    else:
        before = drop.blob
        _put_aside(session, drop)
        drop_files.reopen(before, drop.blob)
    drop.credential_id, drop.user_id = actor.credential_id, actor.user_id
    return _opened(session, drop, size)


def _put_aside(session: Session, drop: FileDrop) -> None:
    db.after_commit(session, partial(blobs.delete, [drop.blob]))
    drop.blob = uuid4().hex


def _opened(session: Session, drop: FileDrop, size: int) -> Opened:
    drop.state, drop.whole, drop.settles_at = FileState.RECEIVING, False, None
    drop.sealed_digest = drop.digest_token = drop.received_at = drop.note = None
    file_store.touched(drop)
    file_store.changed(session, drop)
    return Opened(id=drop.id, blob=drop.blob, size=size, key=vault_files.key_of(drop))


def _still(session: Session, actor: Actor, opened: Opened) -> FileDrop:
    drop = tenancy.one(session, file_scope.rows(actor).where(FileDrop.id == opened.id), lock=True)
    if drop.deleted_at is not None:
        raise NotFound(Message("The file was removed while it was sent."))
    if drop.blob != opened.blob or drop.state != FileState.RECEIVING:
        raise Conflict(Message("Somebody else sends a file of that name."))
    return drop


def _alone(session: Session, account_id: UUID) -> None:
    """Nobody else gets room in this account until the commit."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    make = dialect.insert(FileSpace).values(account_id=account_id).on_conflict_do_nothing()
    session.connection().execute(make)
    session.get_one(FileSpace, account_id, with_for_update=True)
