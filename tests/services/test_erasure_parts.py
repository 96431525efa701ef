from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.adapters import events
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.errors import NotAllowed, NotYet
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import ErasureAppointment
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import certificates, erasure, erasure_appointments, erasure_items, holds
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

CECILIA = {"name": "Cecilia Test", "personal_number": "191212121212"}


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, CECILIA)


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def second(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


def change(database: Database, ordered: Ordered, **values: object) -> None:
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        for name, value in values.items():
            setattr(order, name, value)


def stage(database: Database, ordered: Ordered, place: int, to: Stage) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(CardItem, ordered.items[place]).stage = to


def left(database: Database, ordered: Ordered) -> list[int]:
    """Which of the persons are still there."""
    with database.transaction(SYSTEM, writes=False) as session:
        found = set(session.exec(select(HolderRecord.item_id)))
    return [place for place, item in enumerate(ordered.items) if item in found]


def order_row(database: Database, ordered: Ordered) -> Order:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Order, ordered.id)


def appointments(database: Database) -> int:
    with database.transaction(SYSTEM, writes=False) as session:
        return len(session.exec(select(ErasureAppointment)).all())


def lift(keeper: Actor, second: Actor, hold: holds.Placed) -> None:
    perform(holds.ask_lift, keeper, hold_id=hold.id, reason="It is settled.")
    perform(holds.confirm_lift, second, hold_id=hold.id)


def test_what_is_ready_goes_and_the_rest_by_appointment(
    database: Database, orderer: Actor, keeper: Actor, second: Actor, ordered: Ordered
) -> None:
    hold = perform(holds.place, keeper, reason="A dispute.", on="2026-00001-2")

    row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)

    assert (row.persons, row.left, row.appointed) == (2, 1, True)
    assert left(database, ordered) == [1]
    order = order_row(database, ordered)
    assert (order.personal_data, order.erasure_id, order.erased_at) == (PersonalData.MINIMISED, None, None)
    assert erasure_appointments.keep_all() == 0

    lift(keeper, second, hold)
    assert erasure_appointments.keep_all() == 1

    assert left(database, ordered) == []
    assert order_row(database, ordered).personal_data == PersonalData.ERASED
    assert appointments(database) == 0
    with database.transaction(SYSTEM, writes=False) as session:
        moves = session.exec(select(Transition).where(Transition.axis == "personal_data")).all()
        ledger = session.exec(select(Erasure).order_by("certificate_serial")).all()
    assert [(move.start, move.end) for move in moves] == [("full", "minimised"), ("minimised", "erased")]
    assert {entry.decided_by for entry in ledger} == {orderer.user_id}
    assert {entry.decided_role for entry in ledger} == {"orderer"}
    said = [(entry.certificate or {})["erased"] for entry in ledger]
    assert [(each["persons"], each["of_persons"]) for each in said] == [(2, 3), (1, 1)]


def test_without_an_appointment_the_rest_stays(
    database: Database, orderer: Actor, keeper: Actor, ordered: Ordered
) -> None:
    perform(holds.place, keeper, reason="A dispute.", on="2026-00001-1")
    row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert (row.persons, row.left, row.appointed) == (2, 1, False)
    with pytest.raises(NotYet):
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert left(database, ordered) == [0]


def test_an_appointment_alone_waits_for_production_and_invoice(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, fulfilment=Fulfilment.IN_PRODUCTION, produced=2, billing=Billing.UNBILLED)
    stage(database, ordered, 1, Stage.PRINTING)

    row = perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    assert (row.id, row.persons, row.left, row.appointed) == (None, 0, 3, True)
    assert (row.state, row.decided_role) == ("", "")
    assert erasure_appointments.keep_all() == 0

    change(database, ordered, fulfilment=Fulfilment.PRODUCED, produced=3)
    stage(database, ordered, 1, Stage.PRODUCED)
    assert erasure_appointments.keep_all() == 0
    change(database, ordered, billing=Billing.INVOICED)
    assert erasure_appointments.keep_all() == 1
    assert left(database, ordered) == []
    assert erasure_appointments.keep_all() == 0


@pytest.mark.parametrize("lost", ["left the account", "another role"])
def test_an_appointment_lapses_when_who_asked_may_no_longer_decide(
    database: Database, orderer: Actor, ordered: Ordered, lost: str
) -> None:
    change(database, ordered, billing=Billing.UNBILLED)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    with database.transaction(SYSTEM) as session:
        member = session.exec(select(Membership).where(Membership.user_id == orderer.user_id)).one()
        if lost == "another role":
            member.role = Role.APPROVER
        else:
            member.active = False
    change(database, ordered, billing=Billing.INVOICED)

    assert erasure_appointments.keep_all() == 0
    assert appointments(database) == 0
    assert left(database, ordered) == [0, 1, 2]
    with database.transaction(SYSTEM, writes=False) as session:
        lapsed = AuditEvent.action == "order:erasure-appointment-lapsed"
        assert session.exec(select(AuditEvent.subject).where(lapsed)).all() == ["2026-00001"]


def test_it_can_be_called_off_by_those_who_may_erase(
    world: World, database: Database, account: Account, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, billing=Billing.UNBILLED)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    seen = perform(erasure.outlook, orderer, order_id=ordered.id)
    assert (seen.appointed_by, seen.appointed_persons, seen.appointed_at) == (orderer.name, 3, NOON)
    with pytest.raises(NotAllowed):
        perform(erasure_appointments.call_off, world.person(Role.ORDERER, account), order_id=ordered.id)
    heard: list[News] = []
    stop = events.listen(heard.append)
    perform(erasure_appointments.call_off, orderer, order_id=ordered.id)
    stop()
    assert heard == [News(account.id, "orders", "2026-00001")]
    with database.transaction(SYSTEM, writes=False) as session:
        called_off = AuditEvent.action == "order:erasure-called-off"
        assert session.exec(select(AuditEvent.subject).where(called_off)).all() == ["2026-00001"]
    assert perform(erasure.outlook, orderer, order_id=ordered.id).appointed_by == ""
    assert appointments(database) == 0


def test_who_asks_last_stands_for_all_that_was_asked_before(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, billing=Billing.UNBILLED)
    for wanted in (ordered.items[:1], ordered.items[1:2]):
        with database.transaction(orderer) as session:
            order = session.get_one(Order, ordered.id)
            erasure_appointments.appoint(session, orderer, order, wanted)
    change(database, ordered, billing=Billing.INVOICED)
    assert erasure_appointments.keep_all() == 1
    assert left(database, ordered) == [2]


def test_a_cancelled_card_need_not_wait_for_the_others(
    database: Database, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, fulfilment=Fulfilment.IN_PRODUCTION, produced=1, billing=Billing.UNBILLED)
    stage(database, ordered, 0, Stage.CANCELLED)
    stage(database, ordered, 1, Stage.QUEUED)

    seen = perform(erasure.outlook, orderer, order_id=ordered.id)
    assert (seen.can_erase, seen.ready, seen.persons) == (True, 1, 3)
    [line] = seen.lines
    assert line.layout.startswith("Layout ")
    assert (line.persons, line.ready) == (3, 1)
    assert dict(line.obstacles) == {Obstacle.PRODUCTION: 1, Obstacle.INVOICE: 2}

    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert left(database, ordered) == [1, 2]


def test_a_card_that_is_being_made_once_more_keeps_its_person(
    *, world: World, database: Database, clock: Clock, orderer: Actor, ordered: Ordered
) -> None:
    again = order_of(world, orderer, ASTRID)
    change(database, again, fulfilment=Fulfilment.IN_PRODUCTION)
    stage(database, again, 0, Stage.PRINTING)
    with database.transaction(SYSTEM) as session:
        lost = Card(
            account_id=orderer.account_id,
            item_id=ordered.items[0],
            number="C-2026-0001",
            status_changed_at=clock.now(),
            created_at=clock.now(),
        )
        session.add(lost)
        session.flush()
        session.get_one(CardItem, again.items[0]).replaces_id = lost.id

    seen = perform(erasure.outlook, orderer, order_id=ordered.id)
    assert (seen.ready, seen.kinds) == (2, (Obstacle.CLAIM,))
    [reason] = seen.reasons
    assert str(reason) == "1 of 3 cards are being made once more."
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id, appoint=True)
    assert left(database, ordered) == [0]

    stage(database, again, 0, Stage.DELIVERED)
    assert erasure_appointments.keep_all() == 1
    assert left(database, ordered) == []


def test_a_hold_on_an_order_without_persons_stops_its_closing_too(
    database: Database, ordered: Ordered
) -> None:
    change(database, ordered, held=True)
    [(kind, said)] = erasure_items.in_the_way(order_row(database, ordered), [])
    assert (kind, str(said)) == (Obstacle.HOLD, "A hold stops the removal.")


@pytest.mark.parametrize("fulfilment", [Fulfilment.CANCELLED, Fulfilment.DRAFT, Fulfilment.REJECTED])
def test_what_never_becomes_cards_can_be_emptied(
    database: Database, orderer: Actor, ordered: Ordered, fulfilment: Fulfilment
) -> None:
    change(database, ordered, fulfilment=fulfilment, billing=Billing.UNBILLED, produced=0)
    for place in range(3):
        stage(database, ordered, place, Stage.READY)
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert left(database, ordered) == []
    assert order_row(database, ordered).personal_data == PersonalData.ERASED


def test_afterwards_it_says_what_went_when(
    clock: Clock, orderer: Actor, keeper: Actor, second: Actor, ordered: Ordered
) -> None:
    hold = perform(holds.place, keeper, reason="A dispute.", on="2026-00001-3")
    first = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    seen = perform(erasure.outlook, orderer, order_id=ordered.id)
    assert (seen.persons, seen.certificate_id, seen.under_way) == (1, None, False)
    assert [(part.certificate_id, part.persons) for part in seen.parts] == [(first.id, 2)]
    assert [str(reason) for reason in seen.reasons] == ["A hold stops the removal."]

    clock.forward(timedelta(minutes=1))
    lift(keeper, second, hold)
    last = perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    seen = perform(erasure.outlook, orderer, order_id=ordered.id)
    assert (seen.certificate_id, seen.persons) == (last.id, 1)
    assert [part.certificate_id for part in seen.parts] == [first.id]
    assert last.id is not None
    assert perform(certificates.certificate, orderer, erasure_id=last.id).order_number == "2026-00001"
