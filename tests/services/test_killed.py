"""kill -9 at every step of erasing, sweeping, backing up, restoring and rotating: everything converges."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from nexus_portal import settings
from nexus_portal.adapters import (
    backup_folders,
    db,
    key_rotation,
    keystore,
    ledger_file,
    master_rotation,
    restoring,
    sealing,
    signing,
)
from nexus_portal.adapters import clock as clocks
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.keystore_db import data_keys
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Unavailable
from nexus_portal.domain.lifecycles import CardStatus, PersonalData
from nexus_portal.models.accounts import Account
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import (
    backups,
    cards,
    erasure,
    erasure_steps,
    master_key,
    restores,
    retention_sweep,
    sweeps,
    vault,
    vault_care,
    vault_proof,
)
from nexus_portal.services.use_case import perform
from tests.conftest import POSTGRESQL
from tests.dying import killed_at
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import Clock, World

PLAIN = (b"Astrid", "Åkerlund".encode(), b"Bengt", b"19640823", b"640823-3234", b"198507099805", MARKER)
BENGTS_NAME = b"Bengt"
ON_SQLITE = pytest.mark.parametrize("dialect", ["sqlite"])


@pytest.fixture(autouse=True)
def at_this_database(
    database: Database, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The settings name the database that the test uses; its keys lie in a database of the same kind."""
    monkeypatch.setenv("NEXUS_DATABASE_URL", database.url)
    if not database.is_sqlite:
        monkeypatch.setenv("NEXUS_KEYSTORE_URL", request.getfixturevalue("postgresql_keys"))
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def kept(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, BENGT, photos=True)


@pytest.fixture
def doomed(world: World, orderer: Actor, kept: Ordered) -> Ordered:
    return order_of(world, orderer, ASTRID, ASTRID, photos=True)


@pytest.fixture
def orders(kept: Ordered, doomed: Ordered) -> tuple[Ordered, Ordered]:
    return kept, doomed


def secrets_of(database: Database, ordered: Ordered) -> list[bytes]:
    """Ciphertexts, search tokens and wrapped keys of an order's persons."""
    theirs = set(ordered.records)
    with database.transaction(SYSTEM, writes=False) as session:
        rows = [row for row in session.exec(select(HolderRecord)) if row.id in theirs]
        tokens = [row.token for row in session.exec(select(SearchToken)) if row.record_id in theirs]
    with keystore.current().engine.connect() as connection:
        keys = connection.execute(select(data_keys.c.wrapped).where(data_keys.c.record_id.in_(theirs)))
        wrapped = list(keys.scalars())
    return [*(value.encode() for row in rows for value in row.fields.values()), *tokens, *wrapped]


def contents(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def begin_anew() -> None:
    """As the next process does: nothing is remembered."""
    keystore.use(None)
    sealing._derived.cache_clear()
    signing.forget()


def is_erased(database: Database, ordered: Ordered) -> bool:
    with database.transaction(SYSTEM, writes=False) as session:
        order = session.get_one(Order, ordered.id)
        rows = set(session.exec(select(HolderRecord.id))) & set(ordered.records)
        states = set(session.exec(select(Erasure.state)))
    return (
        order.personal_data == PersonalData.ERASED
        and not rows
        and keystore.keys(ordered.records) == {}
        and states == {"done"}
        and vault_proof.prove().readable_again == ()
    )


def opens(database: Database, actor: Actor, ordered: Ordered) -> bool:
    with database.transaction(actor, writes=False) as session:
        return list(vault.open_many(session, actor, ordered.items).values()) == [BENGT]


@pytest.mark.parametrize("point", erasure_steps.POINTS)
def test_erasing(database: Database, orderer: Actor, kept: Ordered, doomed: Ordered, point: str) -> None:
    secrets = secrets_of(database, doomed)
    assert len(secrets) == 4 + 6 + 2
    keystore.use(None)

    killed_at(point, lambda: perform(erasure.erase_personal_data, orderer, order_id=doomed.id))

    begin_anew()
    assert vault_proof.prove().readable_again == ()
    assert erasure.resume_all() == (0 if point == "done" else 1)
    assert is_erased(database, doomed)
    assert opens(database, orderer, kept)
    assert ledger_file.position(settings.current().ledger_file).count >= 2
    left = contents(settings.current().data_dir)
    assert not [secret for secret in (*secrets, *PLAIN) if secret in left]


@ON_SQLITE
@pytest.mark.parametrize("point", backups.POINTS)
def test_backing_up(clock: Clock, kept: Ordered, tmp_path: Path, point: str) -> None:
    places = {"folder": tmp_path / "portal", "keys": tmp_path / "keys"}
    first = backups.take(**places)
    clock.forward(timedelta(days=1))

    killed_at(point, lambda: backups.take(**places))

    begin_anew()
    whole = backup_folders.of(tmp_path / "portal", "portal")
    assert whole[0] == first.folder
    for folder in whole:
        backup_folders.read(folder, backups.PORTAL_TYPE)
    for folder in backup_folders.of(tmp_path / "keys", "keys"):
        backup_folders.read(folder, backups.KEYS_TYPE)
    clock.forward(timedelta(days=1))
    backups.take(**places)
    assert not list(tmp_path.rglob(".partial-*"))
    assert vault_care.check().whole


SWEEPING = (*retention_sweep.POINTS[:2], *erasure_steps.POINTS, *retention_sweep.POINTS[2:])


@pytest.mark.parametrize("point", SWEEPING)
def test_sweeping(database: Database, clock: Clock, world: World, orderer: Actor, point: str) -> None:
    """What is over goes, what is not stays."""
    over = order_of(world, orderer, ASTRID, ASTRID, photos=True)
    clock.forward(timedelta(days=30))
    not_over = order_of(world, orderer, BENGT, photos=True)
    swept_but_for_one_who_died_at(point)
    assert is_erased(database, over)
    assert opens(database, orderer, not_over)
    assert retention_sweep.dry_run().accounts == {}


@pytest.mark.parametrize("point", SWEEPING)
def test_sweeping_blocked_cards(
    database: Database, clock: Clock, world: World, orderer: Actor, point: str
) -> None:
    """Those of 90 days leave the register with their persons, those of a day less stay with theirs."""
    with database.transaction(SYSTEM) as session:
        session.get_one(Account, orderer.account_id).retention_days = 3650
    over = order_of(world, orderer, ASTRID, photos=True)
    not_over = order_of(world, orderer, BENGT, photos=True)
    for ordered, days in ((over, 90), (not_over, 89)):
        block(database, ordered, clock.now() - timedelta(days=days))
    swept_but_for_one_who_died_at(point)
    assert is_erased(database, over)
    assert opens(database, orderer, not_over)
    with database.transaction(SYSTEM, writes=False) as session:
        assert [card.item_id for card in session.exec(select(Card))] == not_over.items


def block(database: Database, ordered: Ordered, since: datetime) -> None:
    with database.transaction(SYSTEM) as session:
        items = [session.get_one(CardItem, item) for item in ordered.items]
        cards.issue(session, items)
        cards.activate(session, items)
        session.flush()
        for card in session.exec(select(Card).where(col(Card.item_id).in_(ordered.items))):
            card.status, card.status_changed_at = CardStatus.BLOCKED, since


def swept_but_for_one_who_died_at(point: str) -> None:
    """One worker is killed in a sweep; once its claim has ended, another one sweeps. Nothing goes twice."""
    keystore.use(None)
    claimed = sweeps.LEASE + timedelta(seconds=1)
    killed_at(point, retention_sweep.sweep)
    begin_anew()
    assert vault_proof.prove().readable_again == ()
    assert retention_sweep.sweep() is None
    at = clocks.now() + claimed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocks, "now", lambda: at)
        assert retention_sweep.sweep() is not None
    with db.current().transaction(SYSTEM, writes=False) as session:
        [entry] = session.exec(select(Erasure)).all()
        assert (entry.state, entry.certificate_serial) == ("done", 1)


@pytest.mark.parametrize("point", restores.POINTS)
def test_restoring(
    database: Database, orderer: Actor, orders: tuple[Ordered, Ordered], tmp_path: Path, point: str
) -> None:
    kept, doomed = orders
    taken = backups.take(tmp_path / "portal", keys=tmp_path / "keys")
    perform(erasure.erase_personal_data, orderer, order_id=doomed.id)
    keystore.use(None)
    database.dispose()

    killed_at(point, lambda: restores.restore(taken.folder, keys=taken.keys, force=True))

    begin_anew()
    assert restoring.pending() is not None
    with pytest.raises(Unavailable):
        db.current()
    restores.restore(taken.folder, keys=taken.keys, force=True)
    assert restoring.pending() is None
    assert is_erased(database, doomed)
    assert opens(database, orderer, kept)


@pytest.mark.parametrize("point", master_rotation.POINTS)
def test_replacing_the_master_key(database: Database, orderer: Actor, kept: Ordered, point: str) -> None:
    signing.sign(b"something")
    killed_at(point, lambda: master_key.rotate(settled=0))
    begin_anew()
    assert opens(database, orderer, kept)

    master_key.rotate(settled=0)

    begin_anew()
    assert not list(settings.current().master_key_file.parent.glob("master.key.*"))
    assert opens(database, orderer, kept)
    assert vault_proof.prove().opened == 1
    assert signing.verifies_here(b"x", signing.sign(b"x"))


@pytest.mark.parametrize("point", key_rotation.POINTS)
def test_rotating_the_keys_of_accounts(database: Database, orderer: Actor, kept: Ordered, point: str) -> None:
    killed_at(point, lambda: key_rotation.rotate(keystore.current()))
    begin_anew()
    assert opens(database, orderer, kept)
    assert key_rotation.rotate(keystore.current()) == 1
    begin_anew()
    assert opens(database, orderer, kept)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_the_server_has_never_seen_a_person(database: Database, orderer: Actor, doomed: Ordered) -> None:
    """The files of the database and the server's log after a checkpoint, where this process may read them."""
    perform(erasure.erase_personal_data, orderer, order_id=doomed.id)
    with database.transaction(SYSTEM, writes=False) as session:
        oid = session.connection().execute(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        )
        number = oid.scalar_one()
    with psycopg.connect(POSTGRESQL, autocommit=True) as owner:
        owner.execute("CHECKPOINT")
        row = owner.execute("SHOW data_directory").fetchone()
    assert row
    try:
        stored = contents(Path(row[0]) / "base" / str(number)) + contents(Path(row[0]) / "pg_wal")
    except PermissionError:
        stored = b""
    # The server's log is of all its databases, where users of other tests have the same first names.
    assert not [secret for secret in PLAIN[1:] if secret != BENGTS_NAME and secret in stored]
