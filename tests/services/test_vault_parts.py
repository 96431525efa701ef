"""The vault two records at a time: what is asked of many is answered for all of them."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import blobs, keystore
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import ANONYMOUS, SYSTEM, Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.retention import kinds_of
from nexus_portal.models.base import new_id
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import (
    vault,
    vault_applications,
    vault_care,
    vault_files,
    vault_proof,
    vault_tokens,
)
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.services.test_vault_care import age
from tests.world import Clock, World

FIVE = (ASTRID, BENGT, ASTRID, BENGT, ASTRID)


@pytest.fixture(autouse=True)
def _two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (vault, vault_care, vault_files, vault_applications, vault_proof, keystore):
        monkeypatch.setattr(module, "CHUNK", 2)


@pytest.fixture
def orderer(world: World) -> Actor:
    return world.person(Role.ORDERER, world.account())


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, *FIVE, photos=True)


def long_after() -> datetime:
    return real_clock.now() + timedelta(days=3650)


def test_all_are_opened_and_known_to_be_there(database: Database, orderer: Actor, ordered: Ordered) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        opened = vault.open_many(session, orderer, ordered.items)
        assert [opened[item]["name"] for item in ordered.items] == [each["name"] for each in FIVE]
        assert vault.with_person(session, orderer, [*ordered.items, new_id()]) == set(ordered.items)
        assert vault.count_records(session, [*ordered.records, new_id()]) == 5


def test_nobody_elses_are(world: World, database: Database, ordered: Ordered) -> None:
    stranger = world.person(Role.ORDERER, world.account("Annan AB"))
    with database.transaction(SYSTEM, writes=False) as session:
        assert vault.open_many(session, stranger, ordered.items) == {}
        assert vault.with_person(session, stranger, ordered.items) == set()


def test_all_that_are_hidden_are_told(database: Database, orderer: Actor, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        for record_id in (ordered.records[0], ordered.records[4]):
            session.get_one(HolderRecord, record_id).protection = Protection.IN_FORCE
    with database.transaction(SYSTEM, writes=False) as session:
        hidden = vault.hidden(session, orderer, ordered.items)
        opened = vault.open_many(session, orderer, ordered.items)
    assert hidden == {ordered.items[0], ordered.items[4]}
    assert set(opened) == set(ordered.items[1:4])


def test_numbers_are_found_on_every_card_that_has_them(
    world: World, database: Database, orderer: Actor, ordered: Ordered
) -> None:
    assert orderer.account_id
    other = world.person(Role.ORDERER, world.account("Annan AB"))
    order_of(world, other, ASTRID)
    with database.transaction(SYSTEM, writes=False) as session:
        number = vault_tokens.NUMBER
        rows = session.exec(
            select(SearchToken.token, SearchToken.record_id).where(
                SearchToken.account_id == orderer.account_id, SearchToken.kind == number
            )
        ).all()
        tokens = list(dict.fromkeys(token for token, _ in rows))
        found = vault.items_with_number(
            session, orderer.account_id, [b"x" * 32, *tokens, b"y" * 32], actor=ANONYMOUS
        )
    assert sorted(map(sorted, found.values())) == sorted(
        [sorted(ordered.items[0::2]), sorted(ordered.items[1::2])]
    )


def test_what_is_thrown_away_leaves_no_row_key_or_file(
    database: Database, ordered: Ordered, orderer: Actor
) -> None:
    with database.transaction(SYSTEM) as session:
        vault.discard(session, ordered.items)
        assert keystore.keys(ordered.records).keys() == set(ordered.records), "not before the commit"
    with database.transaction(SYSTEM, writes=False) as session:
        assert vault.count_records(session, ordered.records) == 0
        assert session.exec(select(Photo.record_id)).all() == []
        assert session.exec(select(SearchToken.record_id)).all() == []
    assert keystore.keys(ordered.records) == {}
    assert keystore.current().states(ordered.records) == {}
    assert blobs.older_than(long_after()) == []


def test_of_records_that_are_gone_in_part_the_rest_goes(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        vault.delete_rows(session, ordered.records[:2])
    with database.transaction(SYSTEM) as session:
        names = vault.delete_rows(session, ordered.records)
        assert len(names) == 6
    with database.transaction(SYSTEM, writes=False) as session:
        assert vault.count_records(session, ordered.records) == 0


def test_a_draft_that_does_not_come_about_leaves_no_key(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    before, ids = keystore.current().active_after(None, long_after()), list[UUID]()

    def mend_and_fail() -> None:
        with database.transaction(SYSTEM) as session:
            vault.discard(session, ordered.items)
            made = vault.store_many(
                session,
                account_id=orderer.account_id or new_id(),
                order_id=ordered.id,
                people=[(item, ASTRID) for item in ordered.items],
                definitions=ordered.definitions,
            )
            ids.extend(record.id for record in made)
            assert len(keystore.keys(ids)) == 5
            raise RuntimeError

    with pytest.raises(RuntimeError):
        mend_and_fail()
    assert keystore.keys(ids) == {}
    assert keystore.current().active_after(None, long_after()) == before
    assert len(keystore.keys(ordered.records)) == 5, "what was to be thrown away is as it was"


def test_everything_is_compared_and_named(
    *, ordered: Ordered, orderer: Actor, clock: Clock, installation: Path, database: Database
) -> None:
    assert orderer.account_id
    clock.forward(timedelta(hours=2))
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(Photo.original_blob, Photo.crop_blob).order_by(col(Photo.record_id))
        names = [name for pair in session.exec(query) for name in pair]
    for name in names:
        age(name, installation)
    report = vault_care.check()
    assert report.whole
    assert (report.records, report.photos, report.stray_keys, report.stray_files) == (5, 5, 0, 0)

    strays = [new_id() for _ in range(3)]
    keystore.mint(orderer.account_id, strays)
    lying = [blobs.put(b"left behind %d" % place) for place in range(3)]
    clock.forward(timedelta(hours=2))
    for name in lying:
        age(name, installation)
    keystore.discard(ordered.records[::2])
    blobs.delete(names[:3])

    report = vault_care.check()

    assert set(report.unreadable) == set(ordered.records[::2])
    assert len(report.unreadable) == 3
    assert (report.lost_files, report.stray_keys, report.stray_files) == (3, 3, 3)
    assert not report.whole
    vault_care.check(tidy=True)
    assert keystore.keys(strays) == {}
    assert all(blobs.exists(name) for name in names[3:])
    assert not any(blobs.exists(name) for name in lying)


def test_a_record_says_which_kinds_it_holds_also_after_it_was_mended(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        record = session.get_one(HolderRecord, ordered.records[0])
        assert {kind.value for kind in kinds_of(record.kinds)} == {"name", "personal_number", "photo"}
        assert (record.account_id, record.order_id, record.item_id) == (
            orderer.account_id,
            ordered.id,
            ordered.items[0],
        )
        vault.amend(session, record, {"personal_number": ""}, ordered.definitions)
    with database.transaction(SYSTEM, writes=False) as session:
        record = session.get_one(HolderRecord, ordered.records[0])
        assert {kind.value for kind in kinds_of(record.kinds)} == {"name", "photo"}
        assert (
            vault.open_many(session, orderer, ordered.items[:1])[ordered.items[0]]["name"] == ASTRID["name"]
        )


def test_every_record_is_proven_to_open(ordered: Ordered, database: Database) -> None:
    proof = vault_proof.prove()
    assert (proof.opened, proof.broken, proof.readable_again) == (5, (), ())
    with database.transaction(SYSTEM) as session:
        for record_id in ordered.records[1::2]:
            record = session.get_one(HolderRecord, record_id)
            record.fields = {key: value[:-2] + "zz" for key, value in record.fields.items()}
    proof = vault_proof.prove()
    assert set(proof.broken) == set(ordered.records[1::2])
    assert proof.opened == 3


def test_one_that_does_not_open_keeps_all_of_them_closed(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        record = session.get_one(HolderRecord, ordered.records[4])
        other = session.get_one(HolderRecord, ordered.records[2])
        record.fields = other.fields
    with pytest.raises(PortalError), database.transaction(SYSTEM, writes=False) as session:
        vault.open_many(session, orderer, ordered.items)
