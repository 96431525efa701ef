import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from nexus_portal.adapters import blobs, clock, key_rotation, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.keystore_db import account_keys, data_keys
from nexus_portal.cli.keys import app
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.base import new_id
from nexus_portal.services import vault, vault_care
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import Clock, World

runner = CliRunner()


@pytest.fixture
def orderer(world: World) -> Actor:
    return world.person(Role.ORDERER, world.account())


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def age(name: str, folder: Path) -> None:
    """Make a file two hours older than the test's time."""
    moment = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(folder / "blobs" / name[:2] / name[2:4] / name, (moment, moment))


def test_what_belongs_together_is_whole(ordered: Ordered) -> None:
    report = vault_care.check()
    assert report.whole
    assert (report.records, report.photos, report.stray_keys, report.stray_files) == (2, 2, 0, 0)


def test_what_a_crash_left_is_found_and_tidied_after_an_hour(
    ordered: Ordered, orderer: Actor, clock: Clock, installation: Path
) -> None:
    assert orderer.account_id
    stray_key, stray_file = new_id(), blobs.put(b"left behind")
    keystore.mint(orderer.account_id, [stray_key])
    assert vault_care.check(tidy=True).stray_keys == 0

    clock.forward(timedelta(hours=2))
    age(stray_file, installation)
    assert (vault_care.check().stray_keys, vault_care.check().stray_files) == (1, 1)
    vault_care.check(tidy=True)

    report = vault_care.check()
    assert (report.stray_keys, report.stray_files, report.whole) == (0, 0, True)
    assert keystore.keys([stray_key, *ordered.records]).keys() == set(ordered.records)


def test_lost_keys_and_files_are_named(ordered: Ordered) -> None:
    keystore.discard(ordered.records[:1])
    for name in blobs.older_than(clock.now() + timedelta(days=3650))[:1]:
        blobs.delete([name])

    report = vault_care.check()

    assert report.unreadable == (ordered.records[0],)
    assert report.lost_files == 1
    result = runner.invoke(app, ["check", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["unreadable"] == [str(ordered.records[0])]
    assert str(ordered.records[0]) in runner.invoke(app, ["check"]).output


def test_a_lost_file_alone_is_no_whole_vault(ordered: Ordered) -> None:
    assert ordered.records
    [name, *_] = blobs.older_than(clock.now() + timedelta(days=3650))
    blobs.delete([name])
    report = vault_care.check()
    assert (report.unreadable, report.lost_files, report.whole) == ((), 1, False)


def versions(table_version: str) -> set[int]:
    column = {"account": account_keys.c.version, "data": data_keys.c.version}[table_version]
    with keystore.current().engine.connect() as connection:
        return set(connection.execute(select(column)).scalars())


def test_after_rotating_everything_opens_and_is_found_as_before(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    assert orderer.account_id
    before = vault.number_token(orderer.account_id, ASTRID["personal_number"])

    assert key_rotation.rotate(keystore.current()) == 2
    keystore.use(None)

    with database.transaction(orderer, writes=False) as session:
        assert list(vault.open_many(session, orderer, ordered.items).values()) == [ASTRID, BENGT]
    assert vault.number_token(orderer.account_id, ASTRID["personal_number"]) == before
    assert versions("data") == {2}
    assert versions("account") == {2}
    keystore.mint(orderer.account_id, [new_id()])
    assert versions("data") == {2}


def test_rotating_leaves_tombstones_and_may_be_repeated(ordered: Ordered) -> None:
    keystore.destroy(ordered.records[:1], new_id())
    assert key_rotation.rotate(keystore.current()) == 1
    assert key_rotation.rotate(keystore.current()) == 1
    assert keystore.current().states(ordered.records) == {
        ordered.records[0]: "erased",
        ordered.records[1]: "active",
    }
    assert runner.invoke(app, ["rotate"]).output.startswith("✓ 1 data keys")


def test_rotating_an_interrupted_rotation_ends_it(ordered: Ordered, orderer: Actor) -> None:
    store = keystore.current()
    assert orderer.account_id
    with store.engine.begin() as connection:
        old = store.accounts.newest(connection, orderer.account_id)
        store.accounts.add(connection, orderer.account_id, 2, old.search)
    key_rotation.rotate(store)
    assert versions("account") == {3}
    assert store.keys(ordered.records).keys() == set(ordered.records)
