import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import erasure, erasure_appointments, erasure_many, holds
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import World

ASTRID_OTHERWISE = {"name": "Åkerlund, A", "personal_number": "196408233234"}
NUMBERS = ["2026-00001", "2026-00002", "2026-00003"]


@pytest.fixture
def keeper(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def three(world: World, orderer: Actor) -> list[Ordered]:
    """One that can go, one not invoiced, one of which a person is held."""
    made = [order_of(world, orderer, ASTRID, BENGT) for _ in range(2)]
    made.append(order_of(world, orderer, ASTRID_OTHERWISE, BENGT))
    change(world.database, made[1], billing=Billing.UNBILLED)
    return made


def change(database: Database, ordered: Ordered, **values: object) -> None:
    with database.transaction(SYSTEM) as session:
        session.get_one(Order, ordered.id).sqlmodel_update(values)


def left(database: Database) -> dict[int, int]:
    """Persons by order, as far as there are any."""
    found: dict[int, int] = {}
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(Order.serial).join(HolderRecord, col(HolderRecord.order_id) == col(Order.id))
        for serial in session.exec(query):
            found[serial % 100] = found.get(serial % 100, 0) + 1
    return found


def test_of_several_orders_each_says_what_becomes_of_it(
    database: Database, keeper: Actor, three: list[Ordered]
) -> None:
    assert three
    perform(holds.place, keeper, reason="A dispute.", on="2026-00003-1")
    seen = perform(erasure_many.survey_orders, keeper, numbers=NUMBERS)
    assert [(row.number, row.persons, row.ready) for row in seen] == [
        ("2026-00001", 2, 2),
        ("2026-00002", 2, 0),
        ("2026-00003", 2, 1),
    ]
    assert [[str(why) for _, why in row.obstacles] for row in seen] == [
        [],
        ["The order is not invoiced yet."],
        ["A hold stops the removal of 1 of 2 persons."],
    ]

    done = perform(erasure_many.erase_orders, keeper, numbers=NUMBERS, appoint=False)
    erasure.resume_all()

    assert [(row.persons, row.left, row.refusal and str(row.refusal)) for row in done] == [
        (2, 0, None),
        (0, 0, "The order is not invoiced yet."),
        (1, 1, None),
    ]
    assert [(row.number, row.appointed) for row in done] == [(number, False) for number in NUMBERS]
    assert left(database) == {2: 2, 3: 1}
    again = perform(erasure_many.survey_orders, keeper, numbers=NUMBERS)
    assert [row.gone for row in again] == [True, False, False]


def test_the_rest_of_each_goes_by_appointment(
    database: Database, orderer: Actor, three: list[Ordered]
) -> None:
    done = perform(erasure_many.erase_orders, orderer, numbers=NUMBERS, appoint=True)
    assert [(row.persons, row.left, row.appointed) for row in done] == [
        (2, 0, False),
        (0, 2, True),
        (2, 0, False),
    ]
    change(database, three[1], billing=Billing.INVOICED)
    assert erasure_appointments.keep_all() == 1
    erasure.resume_all()
    assert left(database) == {}


def test_a_colleagues_orders_are_left_and_nobody_elses_are_found(
    world: World, database: Database, account: Account, three: list[Ordered]
) -> None:
    assert three
    colleague = world.person(Role.ORDERER, account, stepped_up=True)
    done = perform(erasure_many.erase_orders, colleague, numbers=NUMBERS[:1], appoint=True)
    assert "colleague" in str(done[0].refusal)
    assert (done[0].number, done[0].persons, done[0].left) == (NUMBERS[0], 0, 0)
    assert done[0].appointed is False
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    with pytest.raises(NotFound):
        perform(erasure_many.erase_orders, stranger, numbers=NUMBERS, appoint=True)
    for numbers in ([], [f"2026-{number:05}" for number in range(201)]):
        with pytest.raises(Invalid):
            perform(erasure_many.survey_orders, colleague, numbers=numbers)
    with pytest.raises(NotFound):  # 200 are not too many, but these are not there
        perform(erasure_many.survey_orders, colleague, numbers=[f"2026-{n:05}" for n in range(200)])
    assert left(database) == {1: 2, 2: 2, 3: 2}


def test_one_person_goes_across_orders_and_nobody_else(
    database: Database, keeper: Actor, three: list[Ordered]
) -> None:
    astrid = three[0].items[:1]
    seen = perform(erasure_many.survey_persons, keeper, item_ids=astrid)
    assert [(row.number, row.persons, row.ready) for row in seen] == [
        ("2026-00003", 1, 1),
        ("2026-00002", 1, 0),
        ("2026-00001", 1, 1),
    ]

    done = perform(erasure_many.erase_persons, keeper, item_ids=astrid, appoint=True)
    erasure.resume_all()
    assert [(row.persons, row.left, row.appointed) for row in done] == [
        (1, 0, False),
        (0, 1, True),
        (1, 0, False),
    ]
    assert left(database) == {1: 1, 2: 2, 3: 1}
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(Order, three[0].id).personal_data == PersonalData.MINIMISED

    change(database, three[1], billing=Billing.INVOICED)
    erasure_appointments.keep_all()
    assert left(database) == {1: 1, 2: 1, 3: 1}


def test_a_row_of_a_draft_is_named_and_left(database: Database, keeper: Actor, three: list[Ordered]) -> None:
    change(database, three[1], fulfilment=Fulfilment.DRAFT)
    done = perform(erasure_many.erase_persons, keeper, item_ids=three[0].items[:1], appoint=True)
    assert [bool(row.refusal) for row in done] == [False, True, False]
    assert left(database)[2] == 2


def test_it_takes_the_permission_to_find_persons_and_a_second_factor(
    world: World, account: Account, orderer: Actor, three: list[Ordered]
) -> None:
    with pytest.raises(NotAllowed):
        perform(erasure_many.erase_persons, orderer, item_ids=three[0].items, appoint=False)
    with pytest.raises(StepUpNeeded):
        perform(
            erasure_many.erase_persons,
            world.person(Role.PRIVACY_OFFICER, account),
            item_ids=three[0].items,
            appoint=False,
        )
