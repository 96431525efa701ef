"""Backups while people work: what is in them, what never is, what becomes of old ones."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.adapters import backup_folders, clock, database_copies, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import Actor
from nexus_portal.services import backups, erasure
from nexus_portal.services.use_case import perform
from nexus_portal.settings import SettingsError
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import Clock, World


@pytest.fixture(autouse=True)
def at_this_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings name the database that the test uses."""
    monkeypatch.setenv("NEXUS_DATABASE_URL", database.url)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def contents(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_backup_holds_all_but_the_keys(ordered: Ordered, tmp_path: Path) -> None:
    taken = backups.take(tmp_path / "portal", keys=tmp_path / "keys")

    assert taken.keys
    manifest = backup_folders.read(taken.folder, backups.PORTAL_TYPE)
    assert manifest["parts"]["blobs"]["files"] == taken.files == 4
    assert manifest["keys"] == taken.keys.name
    assert backup_folders.read(taken.keys, backups.KEYS_TYPE)["master_key"] == manifest["master_key"]
    master = settings.current().master_key_file.read_bytes().strip()
    assert master not in contents(tmp_path)
    assert MARKER not in contents(tmp_path)
    assert not [path for path in taken.folder.rglob("*") if "key" in path.name and path.suffix == ".db"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_the_keys_never_lie_beside_the_data(ordered: Ordered, tmp_path: Path) -> None:
    for keys in (tmp_path, tmp_path / "inside", tmp_path.parent):
        with pytest.raises(SettingsError, match="two places"):
            backups.take(tmp_path, keys=keys)


def test_a_changed_backup_is_told(ordered: Ordered, tmp_path: Path) -> None:
    taken = backups.take(tmp_path)
    for file in [path for path in taken.folder.rglob("*") if path.is_file()]:
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]) if before else b"x")
        with pytest.raises(SettingsError):
            backup_folders.read(taken.folder, backups.PORTAL_TYPE)
        file.write_bytes(before)
    blob = next(path for path in (taken.folder / "blobs").rglob("*") if path.is_file())
    blob.unlink()
    with pytest.raises(SettingsError, match="blobs"):
        backup_folders.read(taken.folder, backups.PORTAL_TYPE)


def test_old_ones_go_and_those_of_the_keys_go_sooner(ordered: Ordered, clock: Clock, tmp_path: Path) -> None:
    for _ in range(10):
        backups.take(tmp_path / "portal", keys=tmp_path / "keys", keep=4, keep_keys_days=3)
        clock.forward(timedelta(days=1))
    assert len(backup_folders.of(tmp_path / "portal", "portal")) == 4
    assert len(backup_folders.of(tmp_path / "keys", "keys")) == 4  # of today and of the three days before
    (tmp_path / "portal" / ".partial-portal-x").mkdir()
    backups.take(tmp_path / "portal")
    assert not list((tmp_path / "portal").glob(".partial-*"))


def test_what_a_backup_holds_already_is_linked(ordered: Ordered, clock: Clock, tmp_path: Path) -> None:
    first = backups.take(tmp_path)
    clock.forward(timedelta(days=1))
    second = backups.take(tmp_path)
    inodes = [
        {path.stat().st_ino for path in (taken.folder / "blobs").rglob("*") if path.is_file()}
        for taken in (first, second)
    ]
    assert inodes[0] == inodes[1]


def test_the_ledger_of_a_backup_names_what_was_erased_while_it_was_made(
    ordered: Ordered, orderer: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = database_copies.copy

    def copy_then_erase(url: str, to: Path) -> None:
        copy(url, to)
        monkeypatch.setattr(database_copies, "copy", copy)
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    monkeypatch.setattr(database_copies, "copy", copy_then_erase)
    taken = backups.take(tmp_path / "portal", keys=tmp_path / "keys")

    lines = (taken.folder / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["decided", "done"]
    manifest = backup_folders.read(taken.folder, backups.PORTAL_TYPE)
    assert manifest["ledger"]["begun"]["count"] == 0
    assert manifest["ledger"]["ended"]["count"] == 2
    if database_copies.kind(settings.current().database_url) == "sqlite":
        with sqlite3.connect(taken.folder / "database") as copied:
            assert copied.execute("SELECT count(*) FROM holder_records").fetchone() == (2,)


def test_the_database_is_copied_row_by_row(ordered: Ordered, tmp_path: Path) -> None:
    taken = backups.take(tmp_path)
    assert clock.now()
    assert keystore.keys(ordered.records).keys() == set(ordered.records)
    assert (taken.folder / "database").stat().st_size > 10_000
