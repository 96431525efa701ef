"""The proof that every record opens and no erased one does: all of them are tried, part by part."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import func
from sqlalchemy import select as rows_of_columns
from sqlmodel import col, select

from nexus_portal.adapters import blobs, db, keystore, tombstones
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound, Tampered
from nexus_portal.models.files import FileDrop
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import ledger_buried, ledger_replay, vault_applications, vault_files
from nexus_portal.services.vault_cipher import Box
from nexus_portal.services.vault_photos import CROP, ORIGINAL

CHUNK = 500
Step = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How many records opened whole, which did not, and which are here although they were erased."""

    opened: int = 0
    broken: tuple[UUID, ...] = ()
    readable_again: tuple[UUID, ...] = ()


def prove(step: Step = lambda _what, _done, _total: None) -> Proof:
    """Open every field and photo of every record that has a key, and look for each that was erased.

    Raises:
        Tampered: the ledger does not hold together.
        Unavailable: a store does not answer.
    """
    opened, broken, done = 0, list[UUID](), 0
    with db.current().transaction(SYSTEM, writes=False) as session:
        total = session.exec(select(func.count()).select_from(HolderRecord)).one()
    for proven in (_prove_files(step), _prove_applications(step)):
        opened, broken = opened + proven[0], broken + proven[1]
    for part in _parts():
        found = _opens(part)
        opened += sum(found.values())
        broken += [record_id for record_id, whole in found.items() if not whole]
        done += len(part)
        step("opening records", done, total)
    return Proof(opened=opened, broken=tuple(broken), readable_again=tuple(_readable_again()))


def _prove_files(step: Step) -> tuple[int, list[UUID]]:
    """Open every dropped file that has a key; how many opened, and which did not."""
    opened, broken, after = 0, list[UUID](), None
    while True:
        with db.current().transaction(SYSTEM, writes=False) as session:
            part = vault_files.living_after(session, after)
            rows = session.exec(select(FileDrop).where(col(FileDrop.id).in_(part))).all()
        if not part:
            return opened, broken
        keys = keystore.keys(part)
        for drop in rows:
            if drop.id in keys:
                whole = vault_files.whole(drop, keys[drop.id])
                opened += whole
                broken += [] if whole else [drop.id]
        step("opening files", opened, 0)
        after = part[-1]


def _prove_applications(step: Step) -> tuple[int, list[UUID]]:
    """Open what every applicant wrote, where it has a key; how many opened, and which did not."""
    opened, broken, after = 0, list[UUID](), None
    while True:
        with db.current().transaction(SYSTEM, writes=False) as session:
            part = vault_applications.part_after(session, after)
        if not part:
            return opened, broken
        keys = _keys([row.id for row in part])
        for row in part:
            if row.id in keys:
                whole = vault_applications.whole(row, keys[row.id])
                opened += whole
                broken += [] if whole else [row.id]
        step("opening applications", opened, 0)
        after = part[-1].id


def _parts() -> Iterator[Sequence[Any]]:
    columns: tuple[Any, ...] = (
        HolderRecord.id,
        HolderRecord.account_id,
        col(HolderRecord.fields),
        Photo.original_blob,
        Photo.crop_blob,
    )
    every: Any = rows_of_columns(*columns).outerjoin(Photo, col(Photo.record_id) == col(HolderRecord.id))
    after: UUID | None = None
    while True:
        query = every if after is None else every.where(col(HolderRecord.id) > after)
        with db.current().transaction(SYSTEM, writes=False) as session:
            part = query.order_by(col(HolderRecord.id)).limit(CHUNK)
            rows: Sequence[Any] = session.connection().execute(part).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def _opens(part: Sequence[Any]) -> dict[UUID, bool]:
    """Whether the records that have a key open whole; the others are not told here."""
    keys = _keys([row.id for row in part])
    return {row.id: _whole(row, keys[row.id]) for row in part if row.id in keys}


def _keys(ids: Sequence[UUID]) -> dict[UUID, bytes]:
    try:
        return keystore.keys(ids)
    except Tampered:
        return _one_by_one(ids)


def _one_by_one(ids: Sequence[UUID]) -> dict[UUID, bytes]:
    keys: dict[UUID, bytes] = {}
    for record_id in ids:
        try:
            keys |= keystore.keys([record_id])
        except Tampered:
            keys[record_id] = bytes(32)  # opens nothing, and is told as broken
    return keys


def _whole(row: Any, key: bytes) -> bool:
    box = Box.of(row.account_id, row.id, key)
    sealed = {name: base64.b64decode(value) for name, value in row.fields.items()}
    try:
        for name, value in sealed.items():
            box.reveal(name, value)
        if row.original_blob:
            box.reveal(ORIGINAL, blobs.get(row.original_blob))
            box.reveal(CROP, blobs.get(row.crop_blob))
    except (InvalidTag, ValueError):
        return False
    except NotFound:
        return True  # the file is missing, which is counted apart
    return True


def _readable_again() -> Iterator[UUID]:
    """Erased records that have a key or a row, by the ledger and by the tombstones."""
    for decision in ledger_replay.decisions().values():
        if decision.done:
            yield from _there(decision.records)
            if any(blobs.exists(name) for name in decision.files):
                yield decision.records[0]
    for part in tombstones.found(keystore.current()):
        yield from _rows([stone.record_id for stone in part], done_only=True)


def _there(records: Sequence[UUID]) -> set[UUID]:
    return {*keystore.keys(records), *_rows(records, done_only=False)}


def _rows(records: Sequence[UUID], *, done_only: bool) -> set[UUID]:
    with db.current().transaction(SYSTEM, writes=False) as session:
        found = set[UUID]()
        for start in range(0, len(records), CHUNK):
            some = col(HolderRecord.id).in_(records[start : start + CHUNK])
            found |= set(session.exec(select(HolderRecord.id).where(some)))
            found |= vault_files.named_among(session, records[start : start + CHUNK])
            found |= vault_applications.kept_among(session, records[start : start + CHUNK])
        # What is being erased just now has its tombstones first.
        return found - ledger_buried.waiting(session) if done_only else found
