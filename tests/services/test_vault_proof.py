"""`keys check`: every record is opened, and nothing that was erased is here."""

import base64
import json

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from nexus_portal import settings
from nexus_portal.adapters import blobs, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.keystore_db import data_keys, transaction
from nexus_portal.cli.keys import app
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.customers import Application
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import application_care, erasure, erasure_steps, vault_proof
from nexus_portal.services.use_case import perform
from tests import applying
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import Clock, World

runner = CliRunner()


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def test_everything_opens(ordered: Ordered) -> None:
    told: list[tuple[str, int, int]] = []
    proof = vault_proof.prove(lambda *step: told.append(step))
    assert (proof.opened, proof.broken, proof.readable_again) == (2, (), ())
    assert told[-1][1:] == (2, 2)
    assert json.loads(runner.invoke(app, ["check", "--json"]).stdout)["opened"] == 2
    assert json.loads(runner.invoke(app, ["check", "--quick", "--json"]).stdout)["opened"] == 0


def test_a_changed_field_photo_or_key_is_named(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        record = session.get_one(HolderRecord, ordered.records[0])
        record.fields = {**record.fields, "name": base64.b64encode(b"x" * 40).decode()}
        session.add(record)
        photo = session.exec(select(Photo).where(Photo.record_id == ordered.records[1])).one()
    file = next(path for path in settings.current().blob_dir.rglob(photo.crop_blob))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert set(vault_proof.prove().broken) == set(ordered.records)
    assert runner.invoke(app, ["check"]).exit_code == 1


def test_a_photo_that_is_missing_is_lost_and_not_broken(database: Database, ordered: Ordered) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        photo = session.exec(select(Photo).where(Photo.record_id == ordered.records[0])).one()
    blobs.delete([photo.crop_blob])
    assert vault_proof.prove().broken == ()


def test_what_is_being_erased_just_now_is_not_told_as_readable_again(
    orderer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    between: list[tuple[object, ...]] = []

    def look(step: str) -> None:
        if step == "keys_recorded":
            between.append(vault_proof.prove().readable_again)

    monkeypatch.setattr(erasure_steps, "reached", look)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert between == [()]


def test_a_key_of_another_record_is_named(ordered: Ordered) -> None:
    with transaction(keystore.current().engine) as connection:
        first, second = (data_keys.c.record_id == record for record in ordered.records)
        moved = connection.execute(data_keys.select().where(first)).one().wrapped
        connection.execute(data_keys.update().where(second).values(wrapped=moved))
    assert vault_proof.prove().broken == (ordered.records[1],)


def test_an_erased_record_that_is_here_again_is_named(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        before = [row.model_dump() for row in session.exec(select(HolderRecord))]
    with transaction(keystore.current().engine) as connection:
        wrapped = connection.execute(data_keys.select()).all()
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert vault_proof.prove().readable_again == ()

    with transaction(keystore.current().engine) as connection:
        one = data_keys.c.record_id == wrapped[0].record_id
        connection.execute(data_keys.update().where(one).values(wrapped=wrapped[0].wrapped, state="active"))
    assert vault_proof.prove().readable_again == (wrapped[0].record_id,)
    with database.transaction(SYSTEM) as session:
        session.add_all(HolderRecord.model_validate(row) for row in before)
    assert set(vault_proof.prove().readable_again) == set(ordered.records)
    settings.current().ledger_file.unlink()  # the tombstone of the other one is left
    assert vault_proof.prove().readable_again == (wrapped[1].record_id,)
    assert runner.invoke(app, ["check"]).exit_code == 1


def test_applications_are_opened_too(world: World, database: Database, clock: Clock) -> None:
    world.person(Role.BUREAU_ADMIN, world.bureau())
    for number in ("556036-0793", "212000-0142"):
        applying.received(clock, number=number)
    first, second = applying.rows(world)
    assert vault_proof.prove().opened == 2
    report = json.loads(runner.invoke(app, ["check", "--json"]).stdout)
    assert (report["applications"], report["opened"], report["unreadable"]) == (2, 2, [])

    with database.transaction(SYSTEM) as session:
        row = session.get_one(Application, first.id)
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
        session.add(row)
    assert vault_proof.prove().broken == (first.id,)
    assert runner.invoke(app, ["check"]).exit_code == 1

    with transaction(keystore.current().engine) as connection:
        connection.execute(data_keys.delete().where(data_keys.c.record_id == second.id))
    assert json.loads(runner.invoke(app, ["check", "--json"]).stdout)["unreadable"] == [str(second.id)]


def test_an_erased_application_that_is_here_again_is_named(
    world: World, database: Database, clock: Clock
) -> None:
    world.person(Role.BUREAU_ADMIN, world.bureau())
    applying.received(clock)
    [row] = applying.rows(world)
    kept = row.model_dump()
    with database.transaction(SYSTEM) as session:
        application_care.decide(session, session.get_one(Application, row.id))
    assert vault_proof.prove().readable_again == ()
    with database.transaction(SYSTEM) as session:
        session.add(Application.model_validate(kept))
    assert set(vault_proof.prove().readable_again) == {row.id}
