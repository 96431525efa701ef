"""Records that the key store calls erased although no ledger names them: it was lost, or is an older one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, db, keystore, ledger_file, tombstones
from nexus_portal.adapters.tombstones import Tombstone
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.numbers import order_number
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import tenancy, vault_files
from nexus_portal.services.erasure_steps import SUPERSEDED
from nexus_portal.services.vault import chunks

REPLAYED = "replayed"
"""Policy of an erasure of which only the tombstones of its keys are known."""


def erase_buried() -> int:
    """Decide anew the erasures of which only tombstones are left, for `resume_all`; how many records."""
    return sum(_decide(part) + _forget_files(part) for part in tombstones.found(keystore.current()))


def note_buried(named: Collection[UUID]) -> int:
    """Write the tombstones of records that the ledger does not name into it; how many those were."""
    count = 0
    for part in tombstones.found(keystore.current()):
        entries = [
            {
                "kind": ledger_file.BURIED,
                "record": stone.record_id,
                "erasure": stone.erasure_id,
                "at": stone.at,
            }
            for stone in part
            if stone.record_id not in named
        ]
        ledger_file.append(entries)
        count += len(entries)
    return count


def _decide(stones: Sequence[Tombstone]) -> int:
    with db.current().transaction(SYSTEM) as session:
        gone = waiting(session)
        by_record = {stone.record_id: stone for stone in stones if stone.record_id not in gone}
        rows = _records(session, list(by_record))
        for order_id in {row.order_id for row in rows}:
            theirs = [row for row in rows if row.order_id == order_id]
            session.add(_erasure(session, order_id, theirs, by_record[theirs[0].id]))
    return len(rows)


def _forget_files(stones: Sequence[Tombstone]) -> int:
    """Dropped files need no order to close: their rows say that they are gone, and their bytes go."""
    with db.current().transaction(SYSTEM) as session:
        ids = vault_files.named_among(session, [stone.record_id for stone in stones])
        names = vault_files.forget(session, list(ids))
    blobs.delete(names)
    return len(ids)


def waiting(session: Session) -> set[UUID]:
    """The records of erasures that were decided and are not done: those take them along."""
    query = tenancy.rows_of(SYSTEM, Erasure).where(col(Erasure.done_at).is_(None))
    return {UUID(target["record"]) for erasure in session.exec(query) for target in erasure.targets}


def _records(session: Session, ids: Sequence[UUID]) -> list[Any]:
    columns = (HolderRecord.id, HolderRecord.order_id, Photo.original_blob, Photo.crop_blob)
    found: list[Any] = []
    for part in chunks(ids):
        query = select(*columns).outerjoin(Photo, col(Photo.record_id) == col(HolderRecord.id))
        found += session.connection().execute(query.where(col(HolderRecord.id).in_(part))).all()
    return found


def _erasure(session: Session, order_id: UUID, rows: Sequence[Any], stone: Tombstone) -> Erasure:
    order = tenancy.get(session, SYSTEM, Order, order_id, lock=True)
    held = session.exec(
        select(func.count()).select_from(HolderRecord).where(HolderRecord.order_id == order_id)
    ).one()
    whole = held == len(rows)
    erasure = Erasure(
        account_id=order.account_id,
        order_id=order.id,
        order_number=order_number(order.serial),
        # While others of the order are readable, the order keeps its state.
        policy=REPLAYED if whole else SUPERSEDED,
        decided_at=datetime.fromisoformat(stone.at),
        persons=len(rows),
        photos=sum(bool(row.original_blob) for row in rows),
        targets=[
            {"record": str(row.id), "files": [row.original_blob, row.crop_blob] if row.original_blob else []}
            for row in rows
        ],
    )
    if whole:
        order.erasure_id = erasure.id
        session.add(order)
    return erasure
