"""What is moved does not open, and no erased record gets a key: now, and after all that happens to keys."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlmodel import Session, select

from nexus_portal import settings
from nexus_portal.adapters import key_rotation, keystore, signing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Tampered
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import backups, erasure, master_key, restores, vault
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, MARKER, Ordered, order_of
from tests.world import World

Pair = tuple[HolderRecord, HolderRecord]
Move = Callable[[Session, Pair, Account], None]


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


@pytest.fixture
def gone(world: World, orderer: Actor, ordered: Ordered) -> Ordered:
    return order_of(world, orderer, ASTRID)


@pytest.fixture(params=["at once", "restored", "master key replaced", "account keys replaced"])
def erased(request: pytest.FixtureRequest, orderer: Actor, gone: Ordered, tmp_path: Path) -> Ordered:
    """An order that was erased, before something happened to the keys of all."""
    signing.sign(b"something")
    taken = backups.take(tmp_path / "portal", keys=tmp_path / "keys")
    perform(erasure.erase_personal_data, orderer, order_id=gone.id)
    match request.param:
        case "restored":
            restores.restore(taken.folder, keys=taken.keys, force=True)
        case "master key replaced":
            master_key.rotate(settled=0)
        case "account keys replaced":
            key_rotation.rotate(keystore.current())
    keystore.use(None)
    return gone


def to_another_person(_session: Session, pair: Pair, _other: Account) -> None:
    first, second = pair
    first.fields = {**first.fields, "name": second.fields["name"]}


def to_another_field(_session: Session, pair: Pair, _other: Account) -> None:
    first, _ = pair
    first.fields = {**first.fields, "name": first.fields["personal_number"]}


def to_another_account(_session: Session, pair: Pair, other: Account) -> None:
    pair[0].account_id = other.id


def the_photo_to_another_person(session: Session, pair: Pair, _other: Account) -> None:
    first, second = photos(session, pair)
    first.crop_blob, second.crop_blob = second.crop_blob, first.crop_blob


def the_photo_to_its_other_half(session: Session, pair: Pair, _other: Account) -> None:
    first, _ = photos(session, pair)
    first.crop_blob = first.original_blob


def the_photo_to_another_account(session: Session, pair: Pair, other: Account) -> None:
    photos(session, pair)[0].account_id = other.id


def photos(session: Session, pair: Pair) -> list[Photo]:
    return [session.exec(select(Photo).where(Photo.record_id == record.id)).one() for record in pair]


MOVES: Mapping[Move, str] = {
    to_another_person: "name",
    to_another_field: "name",
    to_another_account: "name",
    the_photo_to_another_person: "photo:crop",
    the_photo_to_its_other_half: "photo:crop",
    the_photo_to_another_account: "photo:crop",
}


def look(session: Session, record: HolderRecord) -> tuple[Mapping[str, str], bytes]:
    [values] = vault.open_many(session, SYSTEM, [record.item_id]).values()
    return values, vault.photo_bytes(session, SYSTEM, record.id, "crop")


def look_at_what_was_moved(database: Database, ordered: Ordered, move: Move, other: Account) -> None:
    with database.transaction(SYSTEM) as session:
        first, second = (session.get_one(HolderRecord, each) for each in ordered.records)
        move(session, (first, second), other)
        session.flush()
        look(session, first)


def test_what_was_moved_does_not_open_and_that_is_logged(
    database: Database, world: World, ordered: Ordered, erased: Ordered, caplog: pytest.LogCaptureFixture
) -> None:
    assert erased
    other = world.account("Nordhamn Energi")
    for move, field in MOVES.items():
        caplog.clear()
        before = reported(database)
        with pytest.raises(Tampered):
            look_at_what_was_moved(database, ordered, move, other)
        assert reported(database) == before + Counter([field]), move
        assert [line.levelno for line in caplog.records if "does not verify" in line.message] == [
            logging.ERROR
        ]
    with database.transaction(SYSTEM, writes=False) as session:
        values, crop = look(session, session.get_one(HolderRecord, ordered.records[0]))
    assert values == ASTRID
    assert MARKER in crop


def test_a_record_that_was_erased_never_has_a_key_again(orderer: Actor, erased: Ordered) -> None:
    assert orderer.account_id
    for account_id in (orderer.account_id, erased.id):
        with pytest.raises(Conflict):
            keystore.mint(account_id, erased.records)
    assert keystore.keys(erased.records) == {}
    keystore.discard(erased.records)
    with pytest.raises(Conflict):
        keystore.mint(orderer.account_id, erased.records)


def reported(database: Database) -> Counter[str]:
    """The fields that the log says did not open, whichever account it names."""
    with database.transaction(SYSTEM, writes=False) as session:
        told = session.exec(select(AuditEvent.facts).where(AuditEvent.action == "vault:tampered")).all()
    return Counter(field for facts in told for field in facts["fields"])
