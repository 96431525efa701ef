"""What the vault keeps of dropped files: opened by their own key alone, gone without a trace of a name."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import blobs
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.file_drops import FileState
from nexus_portal.models.base import new_id
from nexus_portal.models.files import FileDrop
from nexus_portal.services import vault_files
from tests.inbox_helpers import Drop
from tests.ordering_helpers import desk
from tests.world import NOON, Clock, World


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    made = Drop(desk(world), clock)
    made.rules()
    for name in ("a.txt", "b.txt", "c.txt"):
        made.send(name, b"Anna Andersson, 640823-3234")
    return made


def change(database: Database, file: FileDrop, **values: object) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(FileDrop, file.id).sqlmodel_update(values)


def test_what_a_backup_brought_back_is_forgotten_and_marked(drop: Drop, database: Database) -> None:
    living, erased, kept = drop.rows()
    before = NOON - timedelta(days=3)
    change(database, erased, state=FileState.DELETED, deleted_at=before)
    with database.transaction(SYSTEM) as session:
        told = vault_files.forget(session, [living.id, erased.id, new_id()])
        assert set(told) == {living.blob, erased.blob}
        assert vault_files.forget(session, [new_id()]) == []
    first, second, third = drop.rows()
    for each in (first, second):
        assert (each.sealed_name, each.name_token, each.sealed_digest, each.digest_token) == (None,) * 4
        assert (each.reserved, each.settles_at, each.delete_on) == (0, None, None)
        assert each.state == FileState.DELETED
    assert (first.deleted_at, second.deleted_at) == (drop.clock.now(), before)
    assert (third.id, third.deleted_at) == (kept.id, None)
    assert third.sealed_name is not None
    assert third.state == kept.state


def test_a_name_or_a_checksum_alone_is_something_left(drop: Drop, database: Database) -> None:
    named, summed, bare = drop.rows()
    change(database, named, sealed_digest=None)
    change(database, summed, sealed_name=None)
    change(database, bare, sealed_name=None, sealed_digest=None)
    ids = [named.id, summed.id, bare.id, new_id()]
    with database.transaction(SYSTEM, writes=False) as session:
        assert vault_files.named_among(session, ids) == {named.id, summed.id}
        assert vault_files.named_among(session, [bare.id, named.id]) == {named.id}
        assert vault_files.living_among(session, ids) == {named.id, summed.id, bare.id}


def test_living_files_come_in_parts_by_id(
    drop: Drop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_files, "CHUNK", 2)
    with database.transaction(SYSTEM, writes=False) as session:
        ids = session.exec(select(FileDrop.id).order_by(col(FileDrop.id))).all()
    change(database, drop.rows()[2], state=FileState.RECEIVING)
    arrived = {row.blob for row in drop.rows()[:2]}
    with database.transaction(SYSTEM, writes=False) as session:
        assert vault_files.living_after(session, None) == ids[:2]
        assert vault_files.living_after(session, ids[0]) == ids[1:]
        assert vault_files.living_after(session, ids[2]) == []
        assert set(vault_files.blobs_of(session, ids)) == arrived


def test_a_file_is_whole_when_all_of_it_opens_under_its_key(drop: Drop, database: Database) -> None:
    file, other, _ = drop.rows()
    key, strange = vault_files.key_of(file), vault_files.key_of(other)
    assert vault_files.whole(file, key)
    assert not vault_files.whole(file, strange)
    file.sealed_name, kept = other.sealed_name, file.sealed_name
    assert not vault_files.whole(file, key)
    file.sealed_name = None
    assert not vault_files.whole(file, key)
    file.sealed_name = kept
    file.size += 1
    assert not vault_files.whole(file, key)
    file.size -= 1
    file.sealed_digest, summed = other.sealed_digest, file.sealed_digest
    assert not vault_files.whole(file, key)
    file.sealed_digest = None
    assert vault_files.whole(file, key)
    file.sealed_digest = summed
    blobs.delete([file.blob])
    assert vault_files.whole(file, key), "what is missing is counted apart"


def test_rows_that_are_gone_have_no_name(drop: Drop, database: Database) -> None:
    gone, named, _ = drop.rows()
    change(database, gone, sealed_name=None, sealed_digest=None)
    with database.transaction(SYSTEM, writes=False) as session:
        rows = [session.get_one(FileDrop, each.id) for each in (gone, named)]
        assert vault_files.names(session, rows) == {named.id: "b.txt"}
        assert set(vault_files.digests(session, rows)) == {named.id}
        sealed = {named.id: rows[1].sealed_name or b""}
        assert vault_files.names_in(session, named.account_id, sealed) == {named.id: "b.txt"}
