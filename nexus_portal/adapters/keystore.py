"""The key store: one data key per holder record, in a database of its own, apart from every backup.

Data keys are wrapped by their account's key, account keys by the master key. A record's key is active, erased
(a tombstone that names its erasure) or absent; once erased it is never minted again. Only keys of accounts
are ever kept in memory: a data key that was destroyed must not live on in a cache.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import NullType

from nexus_portal import settings
from nexus_portal.adapters import clock, sealing
from nexus_portal.adapters.account_keys import AccountKeys
from nexus_portal.adapters.keystore_db import ACTIVE, ERASED, data_keys, open_store, transaction
from nexus_portal.adapters.scrub import scrub
from nexus_portal.domain.hashchain import timestamp

CHUNK = 1000
Item = TypeVar("Item")


class KeyStore:
    """One key store, SQLite or PostgreSQL, by URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = open_store(url)
        self.accounts = AccountKeys(self.engine)

    def mint(self, account_id: UUID, record_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """A new 256-bit key for each record, by record.

        Raises:
            Conflict: one of them has a key or had one; none was minted.
        """
        fresh = {record_id: os.urandom(sealing.KEY_BYTES) for record_id in record_ids}
        with transaction(self.engine) as connection:
            account = self.accounts.newest(connection, account_id)
            now = timestamp(clock.now())
            rows = [
                {
                    "record_id": record_id,
                    "account_id": account_id,
                    "version": account.version,
                    "wrapped": account.wrap(record_id, key),
                    "state": ACTIVE,
                    "created_at": now,
                }
                for record_id, key in fresh.items()
            ]
            if rows:
                connection.execute(insert(data_keys), rows)
        return fresh

    def keys(self, record_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The keys of the records that have one; erased and unknown records are left out.

        Raises:
            Tampered: a wrapped key was changed or moved to another record.
        """
        # An account's id is the same in thousands of rows: it is made a UUID once.
        raw: Any = type_coerce(data_keys.c.account_id, NullType())
        columns = (data_keys.c.record_id, raw, data_keys.c.version, data_keys.c.wrapped)
        found: dict[UUID, bytes] = {}
        accounts: dict[Any, UUID] = {}
        with transaction(self.engine, writes=False) as connection:
            for chunk in chunks(record_ids):
                active = data_keys.c.record_id.in_(chunk) & (data_keys.c.state == ACTIVE)
                for record_id, told, version, wrapped in connection.execute(select(*columns).where(active)):
                    if told not in accounts:
                        accounts[told] = told if isinstance(told, UUID) else UUID(told)
                    account_key = self.accounts.get(connection, accounts[told], version)
                    found[record_id] = account_key.unwrap(record_id, wrapped)
        return found

    def destroy(self, record_ids: Sequence[UUID], erasure_id: UUID) -> int:
        """Destroy the records' keys for ever and leave tombstones; how many were active. Twice is as once.

        Raises:
            Unavailable: the keys are destroyed, but readers keep their old bytes in the log: call it again.
        """
        return self.destroy_each(dict.fromkeys(record_ids, erasure_id))

    def destroy_each(self, erasures: Mapping[UUID, UUID]) -> int:
        """The same for the records of several erasures, given by record, in one transaction.

        Raises:
            Unavailable: as in `destroy`.
        """
        now, destroyed = timestamp(clock.now()), 0
        with transaction(self.engine) as connection:
            for chunk in chunks(sorted(erasures.items())):
                tombstones = [{"record": record, "erasure": erasure} for record, erasure in chunk]
                destroyed += connection.execute(
                    _DESTROY, [{**each, "now": now} for each in tombstones]
                ).rowcount
                _bury(connection, chunk, now)
        scrub(self.engine, ["data_keys"])
        return destroyed

    def discard(self, record_ids: Sequence[UUID]) -> None:
        """Forget the keys of records that never became cards. Tombstones stay."""
        with transaction(self.engine) as connection:
            for chunk in chunks(record_ids):
                active = data_keys.c.record_id.in_(chunk) & (data_keys.c.state == ACTIVE)
                connection.execute(delete(data_keys).where(active))
        scrub(self.engine, ["data_keys"])

    def states(self, record_ids: Sequence[UUID]) -> dict[UUID, str]:
        """`active` or `erased` for the records that the store knows."""
        found: dict[UUID, str] = {}
        with transaction(self.engine, writes=False) as connection:
            for chunk in chunks(record_ids):
                query = select(data_keys.c.record_id, data_keys.c.state)
                rows = connection.execute(query.where(data_keys.c.record_id.in_(chunk)))
                found |= {row.record_id: row.state for row in rows}
        return found

    def active_after(self, record_id: UUID | None, settled: datetime) -> list[UUID]:
        """Up to 1,000 records after this one, by id, whose key is active and was minted before `settled`."""
        query = select(data_keys.c.record_id).where(
            data_keys.c.state == ACTIVE, data_keys.c.created_at < timestamp(settled)
        )
        if record_id is not None:
            query = query.where(data_keys.c.record_id > record_id)
        with transaction(self.engine, writes=False) as connection:
            return list(connection.execute(query.order_by(data_keys.c.record_id).limit(CHUNK)).scalars())

    def tombstones(self) -> int:
        """How many keys were destroyed for ever."""
        query = select(func.count()).select_from(data_keys).where(data_keys.c.state == ERASED)
        with transaction(self.engine, writes=False) as connection:
            return connection.execute(query).scalar_one()

    def search_key(self, account_id: UUID) -> bytes:
        """The key of the account's search tokens; it stays the same for as long as the account lives."""
        return self.accounts.search_key(account_id)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Parts small enough for the variables of one statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


_DESTROY = (
    update(data_keys)
    .where(data_keys.c.record_id == bindparam("record"), data_keys.c.state == ACTIVE)
    .values(wrapped=None, state=ERASED, erased_at=bindparam("now"), erasure_id=bindparam("erasure"))
)


def _bury(connection: Connection, erasures: Sequence[tuple[UUID, UUID]], now: str) -> None:
    # A record whose key is missing here, as after restoring, must not get a new one either.
    known = select(data_keys.c.record_id).where(data_keys.c.record_id.in_([record for record, _ in erasures]))
    there = set(connection.execute(known).scalars())
    rows = [
        {
            "record_id": record,
            "version": 0,
            "state": ERASED,
            "created_at": now,
            "erased_at": now,
            "erasure_id": erasure,
        }
        for record, erasure in erasures
        if record not in there
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(data_keys).on_conflict_do_nothing(), rows)


_current: KeyStore | None = None


def current() -> KeyStore:
    """The key store of this process."""
    url = settings.current().keystore_url
    if _current is None or _current.url != url:
        use(KeyStore(url))
    assert _current is not None  # noqa: S101 - for the type checker
    return _current


def use(store: KeyStore | None) -> None:
    """Make `store` the one of this process and close the one before it."""
    global _current  # noqa: PLW0603 - one per process
    if _current is not None and _current is not store:
        _current.dispose()
    _current = store


def prepare() -> None:
    """Make the master key and the key store of a new installation, or check those of an old one.

    Raises:
        SettingsError: they do not fit; the text says what to do.
    """
    sealing.ensure()
    current()


def mint(account_id: UUID, record_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """See `KeyStore.mint`."""
    return current().mint(account_id, record_ids)


def keys(record_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """See `KeyStore.keys`."""
    return current().keys(record_ids)


def destroy(record_ids: Sequence[UUID], erasure_id: UUID) -> int:
    """See `KeyStore.destroy`."""
    return current().destroy(record_ids, erasure_id)


def destroy_each(erasures: Mapping[UUID, UUID]) -> int:
    """See `KeyStore.destroy_each`."""
    return current().destroy_each(erasures)


def discard(record_ids: Sequence[UUID]) -> None:
    """See `KeyStore.discard`."""
    current().discard(record_ids)


def search_key(account_id: UUID) -> bytes:
    """See `KeyStore.search_key`."""
    return current().search_key(account_id)
