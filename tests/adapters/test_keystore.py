import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from nexus_portal import settings
from nexus_portal.adapters import keystore, scrub, sealing
from nexus_portal.adapters.keystore_db import data_keys
from nexus_portal.domain.errors import Conflict, Tampered, Unavailable
from nexus_portal.models.base import new_id
from nexus_portal.settings import SettingsError

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
