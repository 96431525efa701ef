import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from nexus_portal import settings
from nexus_portal.adapters import keystore, keystore_db, scrub, sealing, tombstones
from nexus_portal.adapters.keystore_db import data_keys
from nexus_portal.domain.errors import Conflict, Tampered, Unavailable
from nexus_portal.models.base import new_id
from nexus_portal.settings import SettingsError
from tests.world import Clock

ACCOUNT = UUID(int=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[keystore.KeyStore]:
    """An empty key store of each kind."""
    if request.param == "postgresql":
        monkeypatch.setenv("NEXUS_KEYSTORE_URL", request.getfixturevalue("postgresql_keys"))
        settings.current.cache_clear()
    yield keystore.current()
    keystore.use(None)


def ids(count: int) -> list[UUID]:
    return [new_id() for _ in range(count)]


def test_keys_come_back_as_they_were_minted(store: keystore.KeyStore) -> None:
    records = ids(3)

    minted = store.mint(ACCOUNT, records)

    assert store.keys(records) == minted
    assert {len(key) for key in minted.values()} == {32}
    assert len(set(minted.values())) == 3


def test_another_process_reads_the_same_keys(store: keystore.KeyStore) -> None:
    records = ids(2)
    minted = store.mint(ACCOUNT, records)

    other = keystore.KeyStore(store.url)

    assert other.keys(records) == minted
    assert other.search_key(ACCOUNT) == store.search_key(ACCOUNT)
    other.dispose()


def test_more_keys_than_one_statement_holds(store: keystore.KeyStore) -> None:
    records = ids(2 * keystore.CHUNK + 1)
    minted = store.mint(ACCOUNT, records)
    assert store.keys(records) == minted
    assert store.destroy(records, new_id()) == len(records)


def test_minting_refuses_a_record_that_has_a_key_and_mints_none_of_the_others(
    store: keystore.KeyStore,
) -> None:
    first, second = ids(2)
    before = store.mint(ACCOUNT, [first])

    with pytest.raises(Conflict):
        store.mint(ACCOUNT, [second, first])

    assert store.keys([first, second]) == before


def test_an_erased_record_has_no_key_and_never_gets_one_again(store: keystore.KeyStore) -> None:
    [record] = ids(1)
    erasure = new_id()
    store.mint(ACCOUNT, [record])

    assert store.destroy([record], erasure) == 1

    assert store.keys([record]) == {}
    with pytest.raises(Conflict):
        store.mint(ACCOUNT, [record])
    store.discard([record])
    with pytest.raises(Conflict):
        store.mint(ACCOUNT, [record])


def test_the_tombstone_names_its_first_erasure(store: keystore.KeyStore) -> None:
    [record] = ids(1)
    first, second = ids(2)
    store.mint(ACCOUNT, [record])

    store.destroy([record], first)
    assert store.destroy([record], second) == 0

    with store.engine.connect() as connection:
        row = connection.execute(select(data_keys).where(data_keys.c.record_id == record)).one()
    assert (row.state, row.wrapped, row.erasure_id) == ("erased", None, first)
    assert row.erased_at


def test_destroying_buries_a_record_whose_key_is_missing(store: keystore.KeyStore) -> None:
    [record] = ids(1)
    store.destroy([record], new_id())
    with pytest.raises(Conflict):
        store.mint(ACCOUNT, [record])


def test_a_discarded_record_may_start_again(store: keystore.KeyStore) -> None:
    [record] = ids(1)
    first = store.mint(ACCOUNT, [record])
    store.discard([record])
    assert store.keys([record]) == {}
    assert store.mint(ACCOUNT, [record]) != first


def test_a_wrapped_key_opens_in_its_own_place_only(store: keystore.KeyStore) -> None:
    first, second = ids(2)
    store.mint(ACCOUNT, [first, second])
    with store.engine.begin() as connection:
        wrapped = connection.execute(select(data_keys.c.wrapped).where(data_keys.c.record_id == first))
        moved = data_keys.update().where(data_keys.c.record_id == second)
        connection.execute(moved.values(wrapped=wrapped.scalar_one()))

    with pytest.raises(Tampered):
        store.keys([second])
    assert first in store.keys([first])


def test_accounts_have_search_keys_of_their_own(store: keystore.KeyStore) -> None:
    assert store.search_key(ACCOUNT) == store.search_key(ACCOUNT)
    assert store.search_key(ACCOUNT) != store.search_key(UUID(int=2))


def test_another_master_key_is_refused_in_words(store: keystore.KeyStore) -> None:
    store.mint(ACCOUNT, ids(1))
    path = settings.current().master_key_file
    path.unlink()
    other = path.with_name("other.key")
    sealing.make(other)
    other.rename(path)
    sealing._derived.cache_clear()

    with pytest.raises(SettingsError, match="not the one"):
        keystore.KeyStore(store.url)


def test_the_bytes_of_a_destroyed_key_leave_every_file(installation: Path) -> None:
    records = ids(50)
    keystore.mint(ACCOUNT, records)
    with keystore.current().engine.connect() as connection:
        wrapped = list(connection.execute(select(data_keys.c.wrapped)).scalars())
    assert any(wrapped[7] in content for content in files(installation / "keys"))

    keystore.destroy(records, new_id())

    assert not [key for key in wrapped for content in files(installation / "keys") if key in content]


def test_destroying_waits_for_a_reader_and_then_empties_the_log(installation: Path) -> None:
    records = ids(3)
    keystore.mint(ACCOUNT, records)
    with keystore.current().engine.connect() as connection:
        wrapped = connection.execute(select(data_keys.c.wrapped)).scalars().first()
    reader = sqlite3.connect(installation / "keys" / "keys.db", isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM data_keys").fetchone()
    leaves = threading.Timer(0.4, lambda: reader.execute("COMMIT"))
    leaves.start()

    keystore.destroy(records, new_id())

    leaves.join()
    reader.close()
    assert wrapped
    assert not any(wrapped in content for content in files(installation / "keys"))


def test_a_reader_that_stays_leaves_the_erasing_to_be_resumed(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrub, "PATIENCE_SECONDS", 0.1)
    records = ids(3)
    keystore.mint(ACCOUNT, records)
    impatient(keystore.current())
    reader = sqlite3.connect(installation / "keys" / "keys.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM data_keys").fetchone()

    with pytest.raises(Unavailable):
        keystore.destroy(records, new_id())

    assert keystore.keys(records) == {}
    reader.execute("COMMIT")
    reader.close()
    keystore.destroy(records, new_id())


def test_a_key_store_that_is_not_there_is_unavailable(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_KEYSTORE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/keys")
    settings.current.cache_clear()
    with pytest.raises(Unavailable):
        keystore.keys(ids(1))


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def impatient(store: keystore.KeyStore) -> None:
    """Let the store's connections wait for a tenth of a second only."""
    with store.engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=100"))


def rows_of(store: keystore.KeyStore, records: list[UUID]) -> list[Any]:
    with store.engine.connect() as connection:
        found = connection.execute(select(data_keys).where(data_keys.c.record_id.in_(records))).all()
    return sorted(found, key=lambda row: records.index(row.record_id))


def test_a_destroyed_key_leaves_nothing_but_when_and_by_which_erasure(store: keystore.KeyStore) -> None:
    living, unknown = ids(2)
    store.mint(ACCOUNT, [living])
    erasure = new_id()

    assert store.destroy([living, unknown], erasure) == 1

    for row in rows_of(store, [living, unknown]):
        assert (row.state, row.wrapped, row.erasure_id) == ("erased", None, erasure)
        assert row.erased_at[:4].isdigit()
    assert rows_of(store, [unknown])[0].version == 0
    assert store.tombstones() == 2
    assert store.states([living, unknown, new_id()]) == {living: "erased", unknown: "erased"}


def test_what_comes_back_from_a_backup_is_buried_again(store: keystore.KeyStore) -> None:
    living, dead, unknown = ids(3)
    store.mint(ACCOUNT, [living, dead])
    first, again = new_id(), new_id()
    store.destroy([dead], first)
    [before] = rows_of(store, [dead])

    stones = [
        tombstones.Tombstone(record, again, "2026-01-02T03:04:05Z") for record in (living, dead, unknown)
    ]
    assert tombstones.bury(store, stones) == 1

    one, two, three = rows_of(store, [living, dead, unknown])
    for row in (one, three):
        assert (row.state, row.wrapped) == ("erased", None)
        assert (row.erasure_id, row.erased_at) == (again, "2026-01-02T03:04:05Z")
    assert (three.version, three.created_at) == (0, "2026-01-02T03:04:05Z")
    assert two == before, "the first erasure is the one that is told"
    assert store.keys([living, dead, unknown]) == {}
    assert tombstones.bury(store, stones) == 0


def test_all_tombstones_are_found_in_parts(store: keystore.KeyStore) -> None:
    records = sorted(ids(2 * keystore.CHUNK + 1))
    erasure = new_id()
    store.mint(ACCOUNT, records[: keystore.CHUNK + 1])
    stones = [tombstones.Tombstone(record, erasure, "2026-01-02T03:04:05Z") for record in reversed(records)]
    assert tombstones.bury(store, stones) == keystore.CHUNK + 1
    store.mint(ACCOUNT, ids(1))

    parts = list(tombstones.found(store))

    assert [len(part) for part in parts] == [keystore.CHUNK, keystore.CHUNK, 1]
    told = [stone for part in parts for stone in part]
    assert told == list(reversed(stones))
    assert store.tombstones() == len(records)


def test_more_states_than_one_statement_holds(store: keystore.KeyStore) -> None:
    records = ids(keystore.CHUNK + 1)
    store.mint(ACCOUNT, records)
    assert store.destroy_each(dict.fromkeys(records[1:], new_id())) == keystore.CHUNK
    assert store.states(records) == {records[0]: "active", **dict.fromkeys(records[1:], "erased")}


def test_active_keys_are_told_in_order_and_those_just_minted_are_not(
    store: keystore.KeyStore, clock: Clock
) -> None:
    now = clock.time
    old = sorted(ids(keystore.CHUNK + 2))
    store.mint(ACCOUNT, list(reversed(old)))
    store.destroy([old[0]], new_id())
    clock.forward(timedelta(seconds=1))
    store.mint(ACCOUNT, ids(1))

    settled = now + timedelta(seconds=1)
    assert store.active_after(None, settled) == old[1 : keystore.CHUNK + 1]
    assert store.active_after(old[-3], settled) == old[-2:]
    assert store.active_after(None, now) == [], "what was minted in that very instant may not be written yet"


def test_reading_keys_does_not_wait_for_whoever_writes(
    store: keystore.KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keystore_db, "BUSY_SECONDS", 0.2)
    records = ids(2)
    minted = store.mint(ACCOUNT, records)
    store.destroy(records[1:], new_id())
    other = keystore.KeyStore(store.url)

    with keystore_db.transaction(store.engine) as writing:
        writing.execute(data_keys.update().where(data_keys.c.record_id == records[0]).values(created_at=""))
        assert other.keys(records) == {records[0]: minted[records[0]]}
        assert other.states(records) == {records[0]: "active", records[1]: "erased"}
        assert other.tombstones() == 1
        assert len(other.active_after(None, datetime(2999, 1, 1, tzinfo=UTC))) == 1
        assert [len(part) for part in tombstones.found(other)] == [1]
    other.dispose()


def test_of_two_who_write_one_waits(store: keystore.KeyStore) -> None:
    records = ids(2)
    store.mint(ACCOUNT, records)
    other = keystore.KeyStore(store.url)
    done: list[int] = []
    with keystore_db.transaction(store.engine) as writing:
        writing.execute(data_keys.update().values(version=data_keys.c.version))
        late = threading.Thread(target=lambda: done.append(other.destroy(records, new_id())))
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join(10)
    assert done == [2]
    other.dispose()


def test_an_error_of_the_key_store_does_not_tell_a_key(store: keystore.KeyStore) -> None:
    secret = b"the bytes of a key"
    wrong = {"record_id": new_id(), "wrapped": secret, "state": "active", "version": None, "created_at": ""}
    with pytest.raises(Conflict) as refused, keystore_db.transaction(store.engine) as connection:
        connection.execute(data_keys.insert(), wrong)
    assert "the bytes" not in str(refused.value.__cause__)


def test_a_key_store_of_files_is_the_owners_and_written_through(installation: Path) -> None:
    deep = installation / "some" / "where" / "keys.db"
    store = keystore.KeyStore(f"sqlite:///{deep}")
    assert deep.parent.stat().st_mode & 0o777 == 0o700
    with store.engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    store.dispose()
    again = keystore.KeyStore(f"sqlite:///{deep}")
    again.dispose()


def test_an_account_key_is_unwrapped_once(store: keystore.KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    records = ids(3)
    minted = store.mint(ACCOUNT, records)
    fresh = keystore.KeyStore(store.url)
    opened: list[str] = []
    real = sealing.open
    monkeypatch.setattr(sealing, "open", lambda *given: opened.append(given[0]) or real(*given))
    assert fresh.keys(records[:1]) | fresh.keys(records[1:]) == minted
    fresh.mint(ACCOUNT, ids(1))
    assert opened == ["account-key"]
    fresh.dispose()


def test_keys_are_wrapped_by_the_accounts_newest_version(store: keystore.KeyStore) -> None:
    first, second = ids(2)
    minted = store.mint(ACCOUNT, [first])
    search = store.search_key(ACCOUNT)
    with keystore_db.transaction(store.engine) as connection:
        store.accounts.add(connection, ACCOUNT, 2, search)
    minted |= store.mint(ACCOUNT, [second])

    assert [row.version for row in rows_of(store, [first, second])] == [1, 2]
    assert store.keys([first, second]) == minted
    other = keystore.KeyStore(store.url)
    assert other.search_key(ACCOUNT) == store.search_key(ACCOUNT)
    other.dispose()
