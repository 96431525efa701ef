"""When a file counts as received: whole, and renamed into place or left alone for a while. Never half."""

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db, drop_files
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound, PortalError, Tampered
from nexus_portal.domain.file_drops import FileState, Folder, is_unfinished
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.services import audit, file_erasing, tenancy, vault_files
from nexus_portal.services.erasure_steps import carry_out_or_leave

log = logging.getLogger(__name__)

AT_ONCE = 200
DAMAGED = Message("The file was damaged on the disk of the server. Send it again.")
ABANDONED = timedelta(days=7)
"""What nobody has gone on with for so long goes by itself."""


def expect(session: Session, drop: FileDrop, name: str, *, quiet: bool) -> None:
    """Have a whole file count as received: at once, or when nobody has written to it for the quiet time.

    Under a name for files on their way it waits to be renamed.
    """
    if drop.folder == Folder.INBOX and is_unfinished(name):
        drop.settles_at = None
        return
    wait = timedelta(seconds=settings.current().transfer.quiet_seconds if quiet else 0)
    drop.settles_at = clock.now() + wait
    if not wait:
        db.after_commit(session, partial(_settle_now, drop.id))


def _settle_now(drop_id: UUID) -> None:
    settle(drop_id)


def settle_due() -> int:
    """Settle what has been left alone for long enough; how many files count as received now."""
    due = (
        select(FileDrop.id)
        .where(FileDrop.state == FileState.RECEIVING, col(FileDrop.settles_at) <= clock.now())
        .order_by(col(FileDrop.settles_at))
        .limit(AT_ONCE)
    )
    with db.current().transaction(SYSTEM, writes=False) as session:
        waiting = session.exec(due).all()
    return sum(settle(drop_id) for drop_id in waiting)


def settle(drop_id: UUID) -> bool:
    """Let one file that is due count as received; False where somebody wrote to it meanwhile."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        seen = session.get(FileDrop, drop_id)
    if seen is None or not _due(seen):
        return False
    try:
        key = vault_files.key_of(seen)
        # Read outside of any transaction: a long file takes seconds.
        size, digest = seen.size, None
        if seen.sealed_digest is None:
            size, digest = drop_files.digest(seen.blob, seen.id, key)
    except (NotFound, Tampered):
        return _damaged(seen)
    if size != seen.size:
        return _damaged(seen)
    with db.current().transaction(SYSTEM) as session:
        drop = session.exec(select(FileDrop).where(FileDrop.id == drop_id).with_for_update()).one()
        if drop.version != seen.version or not _due(drop):
            return False
        if digest is not None:
            vault_files.sign_file(drop, key, digest)
        drop_files.shut(drop.blob)
        _receive(session, drop)
    return True


def _damaged(seen: FileDrop) -> bool:
    """What a broken disk left of a file is refused, and says so: its sender has it still."""
    log.error("file %s does not open", seen.id)
    with db.current().transaction(SYSTEM) as session:
        drop = session.exec(select(FileDrop).where(FileDrop.id == seen.id).with_for_update()).one()
        if drop.version == seen.version:
            drop.state, drop.settles_at, drop.version = FileState.REFUSED, None, drop.version + 1
            drop.note = {"msgid": DAMAGED.msgid, "params": {}}
            session.add(drop)
            db.announce(session, News(drop.account_id, "files"))
    return False


def _due(drop: FileDrop) -> bool:
    waits = drop.settles_at is not None and drop.settles_at <= clock.now()
    return drop.state == FileState.RECEIVING and drop.whole and waits


def _receive(session: Session, drop: FileDrop) -> None:
    drop.state, drop.received_at, drop.settles_at = FileState.RECEIVED, clock.now(), None
    drop.version += 1
    session.add(drop)
    audit.record(
        session, SYSTEM, "file:received", subject=str(drop.id), account_id=drop.account_id, size=drop.size
    )
    replace_older(session, SYSTEM, drop)
    db.announce(session, News(drop.account_id, "files"))


def replace_older(session: Session, actor: Actor, drop: FileDrop) -> None:
    """Erase the files whose name this one has taken, now that it is whole. A hold keeps them."""
    query = tenancy.rows_of(actor, FileDrop).where(
        FileDrop.replaced_by == drop.id, col(FileDrop.deleted_at).is_(None)
    )
    older = session.exec(query.with_for_update()).all()
    if not older:
        return
    try:
        erasure = file_erasing.decide(session, actor, older, file_erasing.REPLACED)
    except PortalError:
        return
    db.after_commit(session, partial(carry_out_or_leave, erasure.id))


def expire_abandoned() -> int:
    """Erase what was begun and not gone on with for a week; how many files that was."""
    old = tenancy.rows_of(SYSTEM, FileDrop).where(
        FileDrop.state == FileState.RECEIVING,
        col(FileDrop.settles_at).is_(None),
        col(FileDrop.written_at) < clock.now() - ABANDONED,
    )
    with db.current().transaction(SYSTEM) as session:
        found = session.exec(old.order_by(col(FileDrop.account_id)).limit(AT_ONCE).with_for_update()).all()
        gone = 0
        for drop in found:
            try:
                erasure = file_erasing.decide(session, SYSTEM, [drop], file_erasing.BY_RULE)
            except PortalError:
                continue
            gone += 1
            db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    return gone
