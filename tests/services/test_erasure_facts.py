"""What an erasing tells of itself: to the last count, about this order and no other."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import PersonalData, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import erasure, erasure_many, erasure_steps, vault
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

THREE = (ASTRID, BENGT, {"name": "Cecilia Ek"})


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, *THREE, photos=True)


@pytest.fixture(autouse=True)
def others(world: World, orderer: Actor, ordered: Ordered) -> list[Ordered]:
    """Orders beside the one that is erased: of the same account, and of another."""
    assert ordered
    stranger = world.person(Role.ORDERER, world.account("Annan AB"))
    return [order_of(world, each, ASTRID, BENGT, photos=True) for each in (orderer, stranger)]


def row(database: Database, made: Ordered) -> Order:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Order, made.id)


def ledger(database: Database) -> Sequence[Erasure]:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(Erasure).order_by(col(Erasure.decided_at), col(Erasure.id))).all()


def entries(database: Database, account: Account) -> list[tuple[str, str, dict[str, object]]]:
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(
            select(AuditEvent).where(AuditEvent.chain == str(account.id)).order_by(col(AuditEvent.id))
        ).all()
    return [(each.action, each.subject, each.facts) for each in rows if each.action.startswith("order:")]


def still_there(database: Database, made: Ordered) -> int:
    with database.transaction(SYSTEM, writes=False) as session:
        return vault.count_records(session, made.records)


def test_of_the_whole_order_and_of_no_other(
    *, database: Database, orderer: Actor, account: Account, ordered: Ordered, others: list[Ordered]
) -> None:
    told = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)

    [entry] = ledger(database)
    assert (told.id, told.order_number, told.persons, told.photos) == (entry.id, "2026-00001", 3, 3)
    assert told.state == "decided"
    assert (told.decided_at, told.decided_role, told.left, told.appointed) == (NOON, "orderer", 0, False)
    assert (entry.persons_held, entry.persons, entry.photos, entry.tokens) == (3, 3, 3, 8)
    assert (entry.policy, entry.decided_by, entry.order_id) == ("request", orderer.user_id, ordered.id)
    assert row(database, ordered).personal_data == PersonalData.ERASED
    assert row(database, ordered).erasure_id == entry.id
    for other in others:
        assert still_there(database, other) == 2
        assert row(database, other).personal_data == PersonalData.FULL
        assert row(database, other).erasure_id is None
    decided, done = entries(database, account)
    facts = {"persons": 3, "photos": 3, "search_tokens": 8}
    assert decided == ("order:erasure-decided", "2026-00001", facts)
    assert done[:2] == ("order:erased", "2026-00001")
    assert done[2].items() >= {**facts, "policy": "request"}.items()
    assert done[2]["certificate"]
    assert "files" not in done[2]
    assert "kinds" not in done[2]


def test_of_a_part_and_then_of_the_rest(
    *, database: Database, clock: Clock, orderer: Actor, account: Account, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).produced = 2
        session.get_one(CardItem, ordered.items[2]).stage = Stage.ENCODING
    told = perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    assert (told.persons, told.photos, told.left, told.appointed) == (2, 2, 1, True)
    assert row(database, ordered).personal_data == PersonalData.MINIMISED
    assert row(database, ordered).erasure_id is None
    assert [action for action, _, _ in entries(database, account)][-1] == "order:minimised"
    assert still_there(database, ordered) == 1

    again = perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    assert (again.id, again.state, again.persons, again.photos) == (None, "", 0, 0)
    assert (again.decided_at, again.decided_role, again.done_at) == (None, "", None)
    assert (again.left, again.appointed) == (1, True)

    clock.forward(timedelta(minutes=1))
    with database.transaction(SYSTEM) as session:
        session.get_one(CardItem, ordered.items[2]).stage = Stage.DELIVERED
        session.get_one(Order, ordered.id).produced = 3
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    first, second = ledger(database)
    assert (first.persons_held, first.persons, first.tokens) == (3, 2, 6)
    assert (second.persons_held, second.persons, second.tokens) == (1, 1, 2)
    assert row(database, ordered).personal_data == PersonalData.ERASED
    last = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert (last.id, last.state) == (second.id, "done")


def test_what_stands_in_the_way_of_each_of_many_is_told_with_its_number(
    *, database: Database, orderer: Actor, ordered: Ordered, others: list[Ordered]
) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, others[0].id).billing = "unbilled"
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).promised = NOON.date()
    seen = perform(erasure_many.survey_orders, orderer, numbers=["2026-00002", "2026-00001"])
    assert [(each.number, each.promised) for each in seen] == [
        ("2026-00002", ""),
        ("2026-00001", NOON.date().isoformat()),
    ]
    told = perform(
        erasure_many.erase_orders,
        orderer,
        numbers=["2026-00001", "2026-00002"],
        appoint=False,
    )
    assert {each.number: (each.persons, each.refusal is None) for each in told} == {
        "2026-00001": (3, True),
        "2026-00002": (0, False),
    }
    erasure_steps.resume_all()
    assert still_there(database, others[0]) == 2
    assert still_there(database, ordered) == 0
    with database.transaction(SYSTEM, writes=False) as session:
        left = session.exec(select(HolderRecord.order_id)).all()
    assert len(left) == 4
