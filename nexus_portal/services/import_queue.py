"""Which import is read by whom: claimed by one statement, held by a lease, gone on with after a crash.

A worker that dies leaves its import claimed until the lease ends; another then goes on behind the last row
that was committed. The files lie sealed on the disk meanwhile, and are destroyed when they have been read,
when reading failed, when the draft is thrown away, and after a day in any case.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db, sealed_files
from nexus_portal.adapters.events import News
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Unavailable
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.services import acting
from nexus_portal.services.sessions import system

AT_ONCE = 20
LEASE = timedelta(minutes=2)
"""A part of an import takes seconds, and each part renews it."""
ATTEMPTS = 5
"""Times that reading may end without a row of progress: the next one would end so too."""
KEPT = timedelta(hours=24)
STRAY = timedelta(hours=2)
"""A file that no import knows is one that is arriving, unless it is older than any upload."""

_bells: list[Callable[[], object]] = []


@dataclass(frozen=True, slots=True)
class Claim:
    """An import that this worker may read until its lease ends, on behalf of the person who sent it."""

    import_id: UUID
    token: str
    actor: Actor | None
    """None if they may not order any more."""
    exhausted: bool


def listen(bell: Callable[[], object]) -> Callable[[], None]:
    """Call `bell` whenever files have come in here, in the thread that took them; gives what ends that."""
    _bells.append(bell)
    return lambda: _bells.remove(bell)


def ring() -> None:
    """Wake whoever reads: there is something to read."""
    for bell in tuple(_bells):
        with suppress(RuntimeError):  # its event loop has just ended
            bell()


def due() -> list[UUID]:
    """Imports that nobody reads, the oldest first."""
    query = select(Import.id).where(*_free()).order_by(col(Import.id)).limit(AT_ONCE)
    with system(writes=False) as session:
        return list(session.exec(query))


def claim(import_id: UUID) -> Claim | None:
    """Take an import to be read; nothing where another worker was faster."""
    token = secrets.token_hex(16)
    with system() as session:
        taken = session.exec(
            update(Import)
            .where(col(Import.id) == import_id, *_free())
            .values(claim=token, claimed_until=clock.now() + LEASE, attempts=Import.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return None
        source = session.get_one(Import, import_id)
        sender = acting.member(session, source.account_id, source.user_id, Permission.ORDERS_CREATE)
        return Claim(import_id, token, sender, source.attempts > ATTEMPTS)


def release(claimed: Claim) -> None:
    """Give an import back unread, because the portal stops: the next worker goes on at once."""
    with system() as session:
        session.exec(_of(claimed).values(claim="", claimed_until=None, attempts=Import.attempts - 1))


def end(claimed: Claim) -> None:
    """Nobody will read on: what came stays in the draft, the files go. Nothing if another took it over."""
    with system() as session:
        ended = session.exec(_of(claimed).values(state=ImportState.FAILED, changed_at=clock.now()))
        source = session.get(Import, claimed.import_id) if ended.rowcount else None
        if source is not None:
            forget_files(session, source)
            db.announce(session, News(source.account_id, "imports", str(source.id)))


def forget_files(session: Session, source: Import) -> None:
    """Destroy an import's files once this is committed, and their keys with it."""
    names = [SealedFile.from_json(stored).name for stored in source.files.values()]
    source.files = {}
    session.add(source)
    if names:
        db.after_commit(session, partial(destroy, names))


def forget_of_order(session: Session, order_id: UUID) -> None:
    """Destroy the files of all imports into an order that is thrown away."""
    for source in session.exec(select(Import).where(Import.order_id == order_id)):
        forget_files(session, source)


def destroy(names: list[str]) -> None:
    """Destroy files; what the disk refuses now, the sweep does later."""
    with suppress(Unavailable):
        sealed_files.destroy(names)


def files_of(source: Import) -> Mapping[str, SealedFile]:
    """The files of an import by what they hold."""
    return {name: SealedFile.from_json(stored) for name, stored in source.files.items()}


def sweep() -> None:
    """End what has waited for a day, and destroy files that no import knows."""
    with system() as session:
        query = select(Import).where(
            Import.state == ImportState.READING, col(Import.created_at) < clock.now() - KEPT
        )
        for source in session.exec(query.with_for_update()):
            source.state, source.claim = ImportState.FAILED, ""
            forget_files(session, source)
    with system(writes=False) as session:
        reading = session.exec(select(Import).where(Import.state == ImportState.READING)).all()
    known = {file.name for source in reading for file in files_of(source).values()}
    destroy([name for name in sealed_files.older_than(clock.now() - STRAY) if name not in known])


def _free() -> tuple[Any, Any]:
    free = col(Import.claimed_until).is_(None) | (col(Import.claimed_until) < clock.now())
    return col(Import.state) == ImportState.READING, free


def _of(claimed: Claim) -> Update:
    mine = (col(Import.id) == claimed.import_id, col(Import.claim) == claimed.token)
    still = col(Import.state) == ImportState.READING
    return update(Import).where(*mine, still).execution_options(synchronize_session="fetch")
