"""Between a decision and the end of an erasing: what is going, what was appointed, and by whom."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import ErasureAppointment
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    erasure,
    erasure_appointments,
    erasure_items,
    erasure_steps,
    holds,
    progress,
    vault,
)
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

THREE = (ASTRID, BENGT, {"name": "Cecilia Ek"})


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, *THREE, photos=True)


@pytest.fixture
def beside(world: World, orderer: Actor, ordered: Ordered) -> Ordered:
    """Another order of the same person."""
    assert ordered
    return order_of(world, orderer, ASTRID, BENGT)


@contextmanager
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Decisions are committed meanwhile, and nothing is carried out."""

    def crash(_here: str) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(erasure_steps, "reached", crash)
        yield


def change(database: Database, made: Ordered, **values: object) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, made.id).sqlmodel_update(values)


def remain(database: Database, made: Ordered) -> list[int]:
    with database.transaction(SYSTEM, writes=False) as session:
        found = set(session.exec(select(HolderRecord.item_id)))
    return [place for place, item in enumerate(made.items) if item in found]


def audited(database: Database, account: Account) -> list[tuple[str, str]]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(AuditEvent).where(AuditEvent.chain == str(account.id)).order_by(col(AuditEvent.id))
        return [(each.action, each.subject) for each in session.exec(query) if "erasure" in each.action]


def test_what_is_going_is_known_and_decided_once(
    *,
    world: World,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    orderer: Actor,
    ordered: Ordered,
    beside: Ordered,
) -> None:
    with stuck(monkeypatch):
        told = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        clock.forward(timedelta(minutes=1))
        again = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        assert again.id == told.id
        assert (again.state, again.persons, again.photos, again.left) == ("decided", 3, 3, 0)
        assert (again.decided_at, again.decided_role, again.done_at) == (NOON, "orderer", None)
        stranger = world.person(Role.ORDERER, world.account("Annan AB"))
        with database.transaction(SYSTEM, writes=False) as session:
            both = [ordered.id, beside.id]
            assert erasure_items.leaving_items(session, orderer, both) == set(ordered.items)
            assert erasure_items.leaving_items(session, orderer, [beside.id]) == set()
            assert erasure_items.leaving_items(session, stranger, both) == set()
            order = session.get_one(Order, ordered.id)
            assert erasure_items.persons(session, orderer, order) == []
            other = erasure_items.persons(session, orderer, session.get_one(Order, beside.id))
            assert [(each.item_id, each.record_id) for each in other] == list(
                zip(beside.items, beside.records, strict=True)
            )
    assert erasure.resume_all() == 1
    with database.transaction(SYSTEM, writes=False) as session:
        assert erasure_items.leaving_items(session, orderer, [ordered.id]) == set()
        assert len(session.exec(select(Erasure)).all()) == 1
    assert (remain(database, ordered), remain(database, beside)) == ([], [0, 1])


def test_of_a_part_the_rest_can_be_decided_while_the_part_is_going(
    *, database: Database, monkeypatch: pytest.MonkeyPatch, orderer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(CardItem, ordered.items[2]).stage = Stage.ENCODING
        session.get_one(Order, ordered.id).produced = 2
    with stuck(monkeypatch):
        first = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        with database.transaction(SYSTEM) as session:
            session.get_one(CardItem, ordered.items[2]).stage = Stage.DELIVERED
            session.get_one(Order, ordered.id).produced = 3
        second = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert (first.persons, first.left, second.persons, second.left) == (2, 1, 1, 0)
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(Order, ordered.id).erasure_id == second.id
    assert erasure.resume_all() == 2
    assert remain(database, ordered) == []
    with database.transaction(SYSTEM, writes=False) as session:
        order = session.get_one(Order, ordered.id)
        assert (order.personal_data, order.erasure_id) == (PersonalData.ERASED, second.id)


def test_appointments_are_written_down_and_kept_order_by_order(
    *,
    database: Database,
    clock: Clock,
    account: Account,
    orderer: Actor,
    ordered: Ordered,
    beside: Ordered,
) -> None:
    for made in (ordered, beside):
        change(database, made, billing=Billing.UNBILLED)
        perform(erasure.erase_personal_data, orderer, order_id=made.id, appoint=True)
    with database.transaction(SYSTEM, writes=False) as session:
        asked = session.get_one(ErasureAppointment, ordered.id)
        assert (asked.account_id, asked.items, asked.asked_by) == (account.id, None, orderer.user_id)
        assert (asked.asked_role, asked.asked_at) == ("orderer", NOON)
    assert audited(database, account) == [
        ("order:erasure-appointed", "2026-00001"),
        ("order:erasure-appointed", "2026-00002"),
    ]
    clock.forward(timedelta(hours=1))
    for made in (ordered, beside):
        change(database, made, billing=Billing.INVOICED)
    assert erasure_appointments.keep_all() == 2
    assert (remain(database, ordered), remain(database, beside)) == ([], [])
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(ErasureAppointment)).all() == []
        for entry in session.exec(select(Erasure)):
            assert (entry.decided_by, entry.decided_role) == (orderer.user_id, "orderer")
            assert entry.decided_at == NOON + timedelta(hours=1)


def test_all_that_is_asked_for_after_a_part_is_all(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, billing=Billing.UNBILLED)
    for wanted in (ordered.items[:1], None, ordered.items[1:2]):
        with database.transaction(orderer) as session:
            order = session.get_one(Order, ordered.id)
            erasure_appointments.appoint(session, orderer, order, wanted)
            kept = session.get_one(ErasureAppointment, ordered.id)
            part = [str(ordered.items[0])] if wanted == ordered.items[:1] else None
            assert kept.items == part


def test_an_appointment_of_some_touches_nobody_else_and_waits_for_its_own(
    database: Database, keeper: Actor, orderer: Actor, ordered: Ordered
) -> None:
    perform(holds.place, keeper, reason="A dispute.", on="2026-00001-1")
    with database.transaction(orderer) as session:
        order = session.get_one(Order, ordered.id)
        erasure_appointments.appoint(session, orderer, order, ordered.items[:1])
    assert erasure_appointments.keep_all() == 0
    assert remain(database, ordered) == [0, 1, 2]
    with database.transaction(orderer) as session:
        order = session.get_one(Order, ordered.id)
        erasure_appointments.appoint(session, orderer, order, ordered.items[1:2])
    assert erasure_appointments.keep_all() == 1
    assert remain(database, ordered) == [0, 2]
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.get(ErasureAppointment, ordered.id) is not None


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


def test_reasons_count_whom_they_concern(
    *,
    world: World,
    database: Database,
    clock: Clock,
    account: Account,
    keeper: Actor,
    orderer: Actor,
    ordered: Ordered,
) -> None:
    """Two are held and one is made once more, in an order that was sent; one that was not makes nothing."""
    for place in (1, 2):
        perform(holds.place, keeper, reason="A dispute.", on=f"2026-00001-{place}")
    for fulfilment in (Fulfilment.IN_PRODUCTION, Fulfilment.DRAFT):
        made = order_of(world, orderer, ASTRID)
        change(database, made, fulfilment=fulfilment)
        place = 2 if fulfilment is Fulfilment.IN_PRODUCTION else 0
        with database.transaction(SYSTEM) as session:
            card = Card(
                account_id=account.id,
                item_id=ordered.items[place],
                number=f"C-{place}",
                status_changed_at=clock.now(),
                created_at=clock.now(),
            )
            session.add(card)
            session.flush()
            again = session.get_one(CardItem, made.items[0])
            again.replaces_id, again.stage = card.id, Stage.PRINTING
    with database.transaction(SYSTEM, writes=False) as session:
        order = session.get_one(Order, ordered.id)
        found = erasure_items.persons(session, orderer, order)
        told = erasure_items.in_the_way(order, found)
    assert [each.obstacles for each in found] == [(Obstacle.HOLD,), (Obstacle.HOLD,), (Obstacle.CLAIM,)]
    assert [(kind, str(said)) for kind, said in told] == [
        (Obstacle.HOLD, "A hold stops the removal of 2 of 3 persons."),
        (Obstacle.CLAIM, "1 of 3 cards are being made once more."),
    ]


def test_many_are_decided_in_parts_and_add_up(
    *, database: Database, monkeypatch: pytest.MonkeyPatch, orderer: Actor, ordered: Ordered, beside: Ordered
) -> None:
    monkeypatch.setattr(vault, "CHUNK", 2)
    monkeypatch.setattr(progress, "CHUNK", 2)
    monkeypatch.setattr(erasure_steps, "AT_ONCE", 1)
    with stuck(monkeypatch):
        told = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        perform(erasure.erase_personal_data, orderer, order_id=beside.id)
    with database.transaction(SYSTEM, writes=False) as session:
        assert told.id is not None
        entry = session.get_one(Erasure, told.id)
        assert {each["record"] for each in entry.targets} == {str(each) for each in ordered.records}
        assert all(len(each["files"]) == 2 for each in entry.targets)
        assert (entry.persons, entry.photos, entry.tokens) == (3, 3, 8)
    assert erasure.resume_all() == 2
    assert (remain(database, ordered), remain(database, beside)) == ([], [])


def test_what_goes_before_its_order_is_over_is_told_while_it_goes(
    *, database: Database, monkeypatch: pytest.MonkeyPatch, orderer: Actor, ordered: Ordered, beside: Ordered
) -> None:
    """Every card was cancelled, but the order is not invoiced: it is not closed, and what goes is found."""
    for made in (ordered, beside):
        change(database, made, billing=Billing.UNBILLED, produced=0)
        with database.transaction(SYSTEM) as session:
            for item in made.items:
                session.get_one(CardItem, item).stage = Stage.CANCELLED
    perform(erasure.erase_personal_data, orderer, order_id=beside.id)
    with stuck(monkeypatch):
        told = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        again = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        assert (again.id, again.persons, again.state) == (told.id, 3, "decided")
        with database.transaction(SYSTEM, writes=False) as session:
            assert session.get_one(Order, ordered.id).erasure_id is None
    assert erasure.resume_all() == 1
    assert remain(database, ordered) == []
    last = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert (last.id, last.state, last.persons) == (told.id, "done", 3)


def test_one_that_cannot_be_carried_out_keeps_nobody_beside_it(
    *,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    orderer: Actor,
    ordered: Ordered,
    beside: Ordered,
) -> None:
    with stuck(monkeypatch):
        bad = perform(erasure.erase_personal_data, orderer, order_id=ordered.id).id
        clock.forward(timedelta(minutes=1))
        good = perform(erasure.erase_personal_data, orderer, order_id=beside.id).id
    carried: list[Sequence[UUID]] = []
    really = erasure_steps.carry_out_all

    def carry_out(erasure_ids: Sequence[UUID]) -> None:
        carried.append(tuple(erasure_ids))
        if bad in erasure_ids:
            raise OSError
        really(erasure_ids)

    with monkeypatch.context() as patch:
        patch.setattr(erasure_steps, "carry_out_all", carry_out)
        assert erasure.resume_all() == 1
    assert carried == [(bad, good), (bad,), (good,)]
    assert (remain(database, ordered), remain(database, beside)) == ([0, 1, 2], [])
    assert erasure.resume_all() == 1
    assert remain(database, ordered) == []
