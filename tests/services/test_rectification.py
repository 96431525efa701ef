"""Putting right what is kept after a card is made: the old goes with a certificate, the card stays."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters import keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.protection import Protection
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import people, protection, rectification, vault
from nexus_portal.services.rectification import Rectified
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, Picture, order_of
from tests.world import World

RIGHT = {"name": "Astrid Åkerlund", "personal_number": "640823-3234"}


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def put_right(officer: Actor, item: UUID, **values: str) -> Rectified:
    return perform(rectification.rectify, officer, item_id=item, values={**RIGHT, **values})


def kept(database: Database, item: UUID) -> Any:
    with database.transaction(SYSTEM, writes=False) as session:
        return vault.open_many(session, SYSTEM, [item])[item]


def change(database: Database, ordered: Ordered, table: Any, **values: Any) -> None:
    with database.transaction(SYSTEM) as session:
        row = session.get_one(table, ordered.id if table is Order else ordered.items[0])
        session.add(row.sqlmodel_update(values))


def test_what_was_wrong_is_destroyed_and_the_rest_stays(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    item = ordered.items[0]
    assert perform(rectification.rectifiable, officer, item_id=item).values["name"] == ASTRID["name"]
    done = put_right(officer, item)
    assert (done.problems, done.printed, done.card) == ((), True, "")
    assert kept(database, item) == {"name": "Astrid Åkerlund", "personal_number": "196408233234"}
    assert kept(database, ordered.items[1]) == BENGT
    with database.transaction(SYSTEM, writes=False) as session:
        record = session.exec(select(HolderRecord).where(HolderRecord.item_id == item)).one()
        assert record.delivered_at is not None
        assert vault.photo_bytes(session, SYSTEM, record.id, "crop") == Picture().crop
        [erasure] = session.exec(select(Erasure)).all()
        [entry] = session.exec(select(AuditEvent).where(AuditEvent.action == "person:corrected")).all()
    assert (erasure.policy, erasure.state, erasure.certificate is not None) == (
        "superseded",
        ErasureState.DONE,
        True,
    )
    assert ordered.records[0] not in keystore.keys([ordered.records[0]])
    assert entry.facts["fields"] == ["name"]
    assert [row.item_id for row in perform(people.search, officer, text="åkerlund").rows] == [str(item)]


def test_nothing_changes_while_something_is_wrong_or_nothing_is_new(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    wrong = put_right(officer, ordered.items[0], personal_number="640823-3235")
    assert [each.field for each in wrong.problems] == ["personal_number"]
    put_right(officer, ordered.items[0], name=ASTRID["name"])
    assert kept(database, ordered.items[0]) == ASTRID
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(Erasure)).all() == []


def test_a_kind_that_retention_let_go_does_not_come_back(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        record = session.get_one(HolderRecord, ordered.records[0])
        record.kinds &= ~2
        record.fields = {"name": record.fields["name"]}
        session.add(record)
    found = perform(rectification.rectifiable, officer, item_id=ordered.items[0])
    assert [each.key for each in found.fields] == ["name"]
    put_right(officer, ordered.items[0])
    assert kept(database, ordered.items[0]) == {"name": "Astrid Åkerlund"}


@pytest.mark.parametrize("stage", [Stage.BATCHED, Stage.ENCODING, Stage.PRINTING, Stage.QC])
def test_not_while_the_card_is_being_made(
    database: Database, officer: Actor, ordered: Ordered, stage: Stage
) -> None:
    change(database, ordered, CardItem, stage=stage)
    with pytest.raises(Conflict):
        put_right(officer, ordered.items[0])


def test_not_in_a_draft_nor_what_is_being_removed(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, Order, fulfilment=Fulfilment.DRAFT)
    with pytest.raises(NotFound):
        put_right(officer, ordered.items[0])
    change(database, ordered, Order, fulfilment=Fulfilment.DELIVERED)
    with database.transaction(SYSTEM) as session:
        vault.discard(session, ordered.items[:1])
    with pytest.raises(Conflict):
        put_right(officer, ordered.items[0])


def test_protected_persons_are_put_right_by_who_is_named_and_stay_protected(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    perform(protection.mark, officer, item_ids=ordered.items[:1])
    for act, asked in ((rectification.rectifiable, {}), (rectification.rectify, {"values": RIGHT})):
        with pytest.raises(NotAllowed):
            perform(act, officer, item_id=ordered.items[0], **asked)
    put_right(officer, ordered.items[1], name="Astrid", personal_number=ASTRID["personal_number"])
    with database.transaction(SYSTEM, writes=False) as session:
        assert {row.protection for row in session.exec(select(HolderRecord)).all()} == {Protection.IN_FORCE}


def test_another_account_and_other_roles_put_nothing_right(
    world: World, account: Account, orderer: Actor, ordered: Ordered
) -> None:
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        put_right(stranger, ordered.items[0])
    for actor in (orderer, world.person(Role.AUDITOR, account)):
        with pytest.raises(NotAllowed):
            put_right(actor, ordered.items[0])
