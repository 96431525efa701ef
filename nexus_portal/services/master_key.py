"""Replacing the master key: everything that it has sealed is sealed by the new one, then the old one goes.

Whoever serves meanwhile opens what either has sealed, and seals by the new one. A value that somebody sealed
by the old key just before the exchange may be committed later: what is there is looked at until nothing of
the old key is found twice, a while apart.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from nexus_portal.adapters import crash_points, db, keystore, master_rotation, sealed_files, sealing
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Tampered, Unavailable
from nexus_portal.models.files import FileCredential
from nexus_portal.models.imports import Import
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import audit, file_credentials, new_factors, outbox, renewal, second_factor

SETTLED_SECONDS = 20
"""Longer than a transaction takes that sealed something by the former key."""
MOST_ROUNDS = 20
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The name of the new master key, and how many values were sealed anew."""

    master_key: str
    renewed: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that the master key seals: for which purposes, and to which places it may be bound."""

    table: Any
    column: str
    places: Callable[[Session, Any], Sequence[tuple[str, str]]]


def rotate(
    *, settled: float = SETTLED_SECONDS, tell: Callable[[int], object] = lambda _count: None
) -> Replaced:
    """Replace the master key, or carry on where it was cut off. The portal may serve meanwhile.

    Raises:
        Tampered: a value opens under neither key; the former one stays.
        Unavailable: values under the former key do not end; it stays. Call it again.
    """
    master_rotation.exchange()
    renewed, clean = 0, 0
    for _ in range(MOST_ROUNDS):
        count = _renew()
        renewed += count
        tell(renewed)
        clean = 0 if count else clean + 1
        if clean == 2:  # noqa: PLR2004 - twice, a while apart
            break
        time.sleep(settled if clean else 0)
    else:
        raise Unavailable
    with db.current().transaction(SYSTEM) as session:
        audit.record(session, SYSTEM, "keys:master_replaced", subject=sealing.fingerprint(), values=renewed)
    master_rotation.end()
    return Replaced(master_key=sealing.fingerprint(), renewed=renewed)


def _renew() -> int:
    count = master_rotation.renew_key_store(keystore.current())
    count += master_rotation.renew_signing_key()
    count += sum(_renew_column(sealed) for sealed in SEALED) + _renew_imports()
    crash_points.reached("master:database")
    return count


def _renew_column(sealed: Sealed) -> int:
    count = 0
    for part in _pages(sealed.table, lambda row: bool(getattr(row, sealed.column))):
        with db.current().transaction(SYSTEM) as session:
            count += sum(_renew_value(session, sealed, row) for row in part)
    return count


def _renew_value(session: Session, sealed: Sealed, row: Any) -> int:
    before: bytes = getattr(row, sealed.column)
    fresh = _opened_anew(sealed, before, sealed.places(session, row))
    if fresh is None:
        return 0
    own = col(sealed.table.id) == row.id
    # Somebody may have sealed another value meanwhile: theirs stays.
    same = col(getattr(sealed.table, sealed.column)) == before
    changed = update(sealed.table).where(own, same).values({sealed.column: fresh})
    return int(session.connection().execute(changed).rowcount)


def _opened_anew(sealed: Sealed, before: bytes, places: Sequence[tuple[str, str]]) -> bytes | None:
    for purpose, place in places:
        try:
            return sealing.renewed(purpose, before, place)
        except Tampered:
            continue
    if sealed.column == "totp_pending":
        return None  # its session has ended, and with it what was begun there
    raise Tampered


def _renew_imports() -> int:
    count = 0
    for part in _pages(Import, lambda row: bool(row.files)):
        for found in part:
            with db.current().transaction(SYSTEM) as session:
                source = session.exec(select(Import).where(Import.id == found.id).with_for_update()).one()
                files = {name: SealedFile.from_json(stored) for name, stored in source.files.items()}
                fresh = {name: sealed_files.renewed(file) for name, file in files.items()}
                changed = {name: file.to_json() for name, file in fresh.items() if file is not None}
                if changed:
                    source.files = {**source.files, **changed}
                    session.add(source)
                    count += len(changed)
    return count


def _pages(table: Any, wanted: Callable[[Any], bool]) -> Iterator[Sequence[Any]]:
    after: UUID | None = None
    while True:
        query = select(table).order_by(col(table.id)).limit(CHUNK)
        with db.current().transaction(SYSTEM, writes=False) as session:
            rows = session.exec(query if after is None else query.where(col(table.id) > after)).all()
        if not rows:
            return
        yield [row for row in rows if wanted(row)]
        after = rows[-1].id


def _own_id(purpose: str) -> Callable[[Session, Any], Sequence[tuple[str, str]]]:
    return lambda _session, row: ((purpose, str(row.id)),)


def _pending_places(session: Session, row: Any) -> Sequence[tuple[str, str]]:
    """Of a first authenticator, or of one that a session of theirs asked for in place of another."""
    sessions = session.exec(select(BrowserSession.id_hash).where(BrowserSession.user_id == row.id))
    renewals = ((renewal.PURPOSE, renewal.place(row.id, id_hash)) for id_hash in sessions)
    return (second_factor.PURPOSE, str(row.id)), *renewals


SEALED = (
    Sealed(User, "totp_secret", _own_id(second_factor.PURPOSE)),
    Sealed(User, "totp_pending", _pending_places),
    Sealed(User, "recovery_pending", _own_id(new_factors.PURPOSE)),
    Sealed(FileCredential, "password_shown", _own_id(file_credentials.PURPOSE)),
    Sealed(OutboxMail, "body", _own_id(outbox.PURPOSE)),
)
