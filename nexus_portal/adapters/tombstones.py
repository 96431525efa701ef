"""Keys that must stay destroyed: found in the key store, or buried there after it was brought back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from nexus_portal.adapters.keystore import CHUNK, KeyStore, chunks
from nexus_portal.adapters.keystore_db import ACTIVE, ERASED, data_keys, transaction
from nexus_portal.adapters.scrub import scrub


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record's key was destroyed by this erasure; `at` as the key store writes times."""

    record_id: UUID
    erasure_id: UUID | None
    at: str


def found(store: KeyStore) -> Iterator[Sequence[Tombstone]]:
    """All tombstones of a key store, in parts."""
    after: UUID | None = None
    columns = (data_keys.c.record_id, data_keys.c.erasure_id, data_keys.c.erased_at)
    while True:
        query = select(*columns).where(data_keys.c.state == ERASED).order_by(data_keys.c.record_id)
        if after is not None:
            query = query.where(data_keys.c.record_id > after)
        with transaction(store.engine, writes=False) as connection:
            rows = connection.execute(query.limit(CHUNK)).all()
        if not rows:
            return
        yield [Tombstone(row.record_id, row.erasure_id, row.erased_at or "") for row in rows]
        after = rows[-1].record_id


def bury(store: KeyStore, stones: Sequence[Tombstone]) -> int:
    """Destroy the keys of these records for ever, and leave tombstones; how many keys were still active.

    Raises:
        Unavailable: the keys are destroyed, but readers keep their old bytes in the log: call it again.
    """
    active = data_keys.c.record_id == bindparam("record"), data_keys.c.state == ACTIVE
    end = update(data_keys).where(*active)
    end = end.values(wrapped=None, state=ERASED, erased_at=bindparam("at"), erasure_id=bindparam("erasure"))
    dialect = postgresql if store.engine.dialect.name == "postgresql" else sqlite
    make = dialect.insert(data_keys).on_conflict_do_nothing()
    destroyed = 0
    for part in chunks(stones):
        with transaction(store.engine) as connection:
            ids = [stone.record_id for stone in part]
            living = data_keys.c.record_id.in_(ids) & (data_keys.c.state == ACTIVE)
            destroyed += len(connection.execute(select(data_keys.c.record_id).where(living)).all())
            said = [{"record": s.record_id, "at": s.at, "erasure": s.erasure_id} for s in part]
            connection.execute(end, said)
            connection.execute(make, [_row(stone) for stone in part])
    if stones:
        scrub(store.engine, ["data_keys"])
    return destroyed


def _row(stone: Tombstone) -> dict[str, object]:
    return {
        "record_id": stone.record_id,
        "version": 0,
        "state": ERASED,
        "created_at": stone.at,
        "erased_at": stone.at,
        "erasure_id": stone.erasure_id,
    }
