"""A backup is brought back: what was erased since is erased again, whatever was restored with it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import (
    crash_points,
    database_copies,
    db,
    keystore,
    ledger_file,
    restoring,
    sealing,
)
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Tampered, Unavailable
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import audit, backups, erasure, ledger_replay, readiness, restores, vault
from nexus_portal.services.backups import Backup
from nexus_portal.services.readiness import Weight
from nexus_portal.services.use_case import perform
from nexus_portal.settings import SettingsError
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import Clock, World


@pytest.fixture(autouse=True)
def at_this_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings name the database that the test uses."""
    monkeypatch.setenv("NEXUS_DATABASE_URL", database.url)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def kept(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, BENGT, photos=True)


@pytest.fixture
def erased(world: World, orderer: Actor, kept: Ordered) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "portal", tmp_path / "keys"


@pytest.fixture
def taken(erased: Ordered, places: tuple[Path, Path], orderer: Actor, clock: Clock) -> Backup:
    """A backup from before the erasing, a week ago."""
    backup = backups.take(places[0], keys=places[1])
    clock.forward(timedelta(minutes=2))
    perform(erasure.erase_personal_data, orderer, order_id=erased.id)
    clock.forward(timedelta(days=7))
    return backup


def ledger_rows(database: Database) -> list[dict[str, object]]:
    with database.transaction(SYSTEM, writes=False) as session:
        return [row.model_dump() for row in session.exec(select(Erasure))]


def nothing_left(database: Database, erased: Ordered) -> bool:
    with database.transaction(SYSTEM, writes=False) as session:
        records = session.exec(select(HolderRecord.id)).all()
        tokens = session.exec(select(SearchToken.record_id)).all()
        photos = session.exec(select(Photo.record_id)).all()
        order = session.get_one(Order, erased.id)
    gone = set(erased.records)
    return (
        not gone & {*records, *tokens, *photos}
        and keystore.keys(erased.records) == {}
        and set(keystore.current().states(erased.records).values()) == {"erased"}
        and (order.personal_data, bool(order.erased_at), bool(order.erasure_id))
        == (PersonalData.ERASED, True, True)
    )


def opens(database: Database, actor: Actor, ordered: Ordered) -> bool:
    with database.transaction(actor, writes=False) as session:
        return list(vault.open_many(session, actor, ordered.items).values()) == [BENGT]


def lose_everything(installation: Path) -> None:
    """The machine is gone; the master key was kept elsewhere."""
    master = settings.current().master_key_file.read_bytes()
    keystore.use(None)
    for path in installation.iterdir():
        if path.name != "portal.db" and path.is_dir():
            shutil.rmtree(path)
    settings.current().master_key_file.parent.mkdir(mode=0o700)
    settings.current().master_key_file.write_bytes(master)
    settings.current().master_key_file.chmod(0o600)


def test_last_weeks_database_beside_todays_key_store(
    database: Database, taken: Backup, erased: Ordered, kept: Ordered, orderer: Actor
) -> None:
    before = ledger_rows(database)

    restored = restores.restore(taken.folder, force=True)

    assert nothing_left(database, erased)
    assert opens(database, orderer, kept)
    assert ledger_rows(database) == before  # with its times, its number and its certificate
    assert (restored.replayed.erasures, restored.replayed.records, restored.replayed.keys) == (1, 2, 0)
    with database.transaction(SYSTEM, writes=False) as session:
        actions = session.exec(select(AuditEvent.action)).all()
        assert audit.verify(session, str(orderer.account_id)) is None
    assert {"ledger:replayed", "installation:restored"} <= set(actions)
    with pytest.raises(Conflict):
        keystore.mint(UUID(int=1), erased.records[:1])


def test_with_the_old_key_store_too_nothing_erased_is_readable(
    database: Database, taken: Backup, erased: Ordered, kept: Ordered, orderer: Actor
) -> None:
    restored = restores.restore(taken.folder, keys=taken.keys, force=True)

    assert nothing_left(database, erased)
    assert opens(database, orderer, kept)
    assert restored.replayed.keys == 2  # they had come back


def test_all_photos_of_the_living_are_back_and_none_of_the_erased(
    database: Database, taken: Backup, kept: Ordered
) -> None:
    shutil.rmtree(settings.current().blob_dir)
    restores.restore(taken.folder, force=True)
    with database.transaction(SYSTEM, writes=False) as session:
        photos = session.exec(select(Photo)).all()
    names = {name for photo in photos for name in (photo.original_blob, photo.crop_blob)}
    there = {path.name for path in settings.current().blob_dir.rglob("*") if path.is_file()}
    assert len(names) == 2
    assert there == names


def test_the_next_certificate_goes_on_from_the_last(
    database: Database, taken: Backup, kept: Ordered, orderer: Actor, clock: Clock
) -> None:
    restores.restore(taken.folder, force=True)
    again = replace(orderer, stepped_up_at=clock.now())
    perform(erasure.erase_personal_data, again, order_id=kept.id)
    assert sorted(row["certificate_serial"] for row in ledger_rows(database)) == [1, 2]


def test_a_lost_ledger_is_known_from_the_tombstones(
    database: Database, taken: Backup, erased: Ordered, kept: Ordered, orderer: Actor
) -> None:
    settings.current().ledger_file.unlink()

    restores.restore(taken.folder, force=True)

    assert nothing_left(database, erased)
    assert opens(database, orderer, kept)
    [row] = ledger_rows(database)
    assert (row["policy"], row["state"], row["persons"], row["certificate_serial"]) == (
        "replayed",
        "done",
        2,
        1,
    )


def test_a_lost_ledger_is_carried_over_before_the_key_store_is_replaced(
    database: Database, taken: Backup, erased: Ordered, kept: Ordered, orderer: Actor
) -> None:
    settings.current().ledger_file.unlink()
    restores.restore(taken.folder, keys=taken.keys, force=True, ledger_lost=True)
    assert nothing_left(database, erased)
    assert opens(database, orderer, kept)


def test_a_ledger_kept_elsewhere_is_enough(
    database: Database, taken: Backup, erased: Ordered, installation: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "ledger.jsonl"
    shutil.copyfile(settings.current().ledger_file, elsewhere)
    lose_everything(installation)
    with pytest.raises(SettingsError, match="ledger-lost"):
        restores.restore(taken.folder, keys=taken.keys, force=True)
    assert restoring.pending() is None

    restores.restore(taken.folder, keys=taken.keys, ledger=elsewhere, force=True)

    assert nothing_left(database, erased)


def test_replaying_twice_changes_nothing(database: Database, taken: Backup, erased: Ordered) -> None:
    restores.restore(taken.folder, keys=taken.keys, force=True)
    before = ledger_rows(database)
    again = restores.replay()
    assert ledger_rows(database) == before
    assert (again.keys, again.records, again.carried_out) == (0, 0, 0)


class TestRefusals:
    def test_a_database_in_use_is_not_replaced_unasked(self, taken: Backup) -> None:
        with pytest.raises(SettingsError, match="--force"):
            restores.restore(taken.folder)
        assert restoring.pending() is None

    def test_nothing_is_restored_under_people_who_are_served(self, taken: Backup) -> None:
        with restoring.serve(), restoring.serve(), pytest.raises(SettingsError, match="end that first"):
            restores.restore(taken.folder, force=True)
        assert restoring.pending() is None
        restores.restore(taken.folder, force=True)

    def test_a_damaged_backup_changes_nothing(
        self, taken: Backup, database: Database, erased: Ordered
    ) -> None:
        with (taken.folder / "database").open("ab") as file:
            file.write(b"x")
        with pytest.raises(SettingsError, match="damaged"):
            restores.restore(taken.folder, force=True)
        assert nothing_left(database, erased)

    def test_a_ledger_of_somebody_else_is_refused(self, taken: Backup, tmp_path: Path) -> None:
        lines = settings.current().ledger_file.read_bytes()
        other = tmp_path / "other.jsonl"
        settings.current().ledger_file.unlink()
        ledger_file.append([{"kind": "buried", "record": str(UUID(int=n)), "at": ""} for n in range(3)])
        shutil.copyfile(settings.current().ledger_file, other)
        settings.current().ledger_file.write_bytes(lines)
        with pytest.raises(SettingsError, match="contradict"):
            restores.restore(taken.folder, ledger=other, force=True)
        lines = lines.replace(b'"persons":2', b'"persons":1')
        settings.current().ledger_file.write_bytes(lines)
        with pytest.raises(Tampered):
            restores.restore(taken.folder, force=True)

    def test_keys_need_their_master_key(self, taken: Backup) -> None:
        path = settings.current().master_key_file
        path.unlink()
        sealing.make(path)
        sealing._derived.cache_clear()
        with pytest.raises(SettingsError, match="needs the master key"):
            restores.restore(taken.folder, keys=taken.keys, force=True)

    def test_a_master_key_must_be_there(self, taken: Backup) -> None:
        settings.current().master_key_file.unlink()
        with pytest.raises(SettingsError, match="no backup holds it"):
            restores.restore(taken.folder, force=True)


class TestNotServing:
    @pytest.mark.parametrize("point", restores.POINTS[:-1])
    def test_nobody_is_served_until_the_ledger_was_replayed(
        self, database: Database, taken: Backup, erased: Ordered, monkeypatch: pytest.MonkeyPatch, point: str
    ) -> None:
        def crash(here: str) -> None:
            if here == point:
                raise OSError

        with monkeypatch.context() as patch:
            patch.setattr(crash_points, "reached", crash)
            with pytest.raises(OSError):
                restores.restore(taken.folder, keys=taken.keys, force=True)

        with pytest.raises(Unavailable):
            db.current()
        stops = [found for found in readiness.findings() if found.weight is Weight.STOP]
        assert "restore" in stops[-1].remedy

        restores.restore(taken.folder, keys=taken.keys, force=True)
        assert nothing_left(database, erased)
        assert not [f for f in readiness.findings() if f.weight is Weight.STOP and f.subject == "backup"]

    def test_a_database_put_back_by_hand_is_noticed(
        self, database: Database, taken: Backup, erased: Ordered
    ) -> None:
        assert not ledger_replay.is_behind()
        database.dispose()
        database_copies.put(taken.folder / "database", database.url)

        assert ledger_replay.is_behind()
        stops = [found for found in readiness.findings() if found.weight is Weight.STOP]
        assert [found.subject for found in stops] == ["backup"]
        restores.replay()
        assert not ledger_replay.is_behind()
        assert nothing_left(database, erased)
