"""The print file of a batch: whose cards are in it, who may have it, and what is written down."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import CardItem
from nexus_portal.services import desk as order_desk
from nexus_portal.services import ordering, print_file, production, vault
from nexus_portal.services.print_file import PrintPart
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import Desk, desk, staff
from tests.pdf_texts import texts
from tests.samples import Person
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def operator(world: World):
    return world.person(Role.PRODUCTION_OPERATOR, world.bureau())


def batched(orders: Desk, operator, persons: list[Person]) -> tuple[str, str]:
    """Numbers of an order and of its batch, whose cards wait to be encoded."""
    number = orders.draft(persons)
    perform(ordering.submit, orders.orderer, number=number, key=orders.key())
    reviewer = orders.world.person(Role.ORDER_DESK, orders.world.bureau())
    perform(order_desk.accept, reviewer, number=number)
    return number, perform(
        production.make_batch, operator, layout_id=orders.layout.id, limit=500, key=orders.key()
    )


def printing(orders: Desk, operator, persons: list[Person]) -> tuple[str, str]:
    """The same, being printed."""
    number, batch = batched(orders, operator, persons)
    for stage in (Stage.ENCODING, Stage.PRINTING):
        perform(production.advance, operator, number=batch, to=stage)
    return number, batch


def plan(operator, batch: str, printer: str = "Standard"):
    return perform(print_file.plan, operator, number=batch, printer=printer)


def part(operator, batch: str, items) -> PrintPart:
    return perform(print_file.part, operator, number=batch, item_ids=list(items), bleed=1.0)


def test_front_and_back_of_each_card_are_in_the_file(orders: Desk, operator) -> None:
    persons = staff(2)
    number, batch = printing(orders, operator, persons)
    [items] = plan(operator, batch).parts
    pages = texts(part(operator, batch, items).pdf)
    assert len(pages) == 4
    assert persons[0].name in pages[0]
    assert f"{number}-1" in pages[1]
    assert persons[1].name in pages[2]


def test_a_batch_is_printed_only_while_it_is_being_printed(orders: Desk, operator) -> None:
    _, batch = batched(orders, operator, staff(1))
    for stage in (Stage.ENCODING, Stage.PRINTING):
        with pytest.raises(Conflict):
            plan(operator, batch)
        perform(production.advance, operator, number=batch, to=stage)
    [items] = plan(operator, batch).parts
    perform(production.advance, operator, number=batch, to=Stage.QC)
    with pytest.raises(Conflict):
        plan(operator, batch)
    assert part(operator, batch, items).cards == 0


def test_failed_erased_and_strange_cards_are_not_in_it(orders: Desk, operator) -> None:
    persons = staff(4)
    number, batch = printing(orders, operator, persons)
    other, _ = batched(orders, operator, staff(5)[4:])
    [planned] = plan(operator, batch).parts
    perform(production.fail, operator, code=f"{number}-1", reason="Ribbon")
    with orders.world.database.transaction(SYSTEM) as session:
        vault.discard(session, [orders.items(number)[1].id])
        session.get_one(CardItem, orders.items(number)[2].id).stage = Stage.CANCELLED
    made = part(operator, batch, [*planned[:4], orders.items(other)[0].id])
    said = " ".join(texts(made.pdf))
    assert made.cards == 1
    assert [person.name in said for person in persons] == [False, False, False, True]


def test_every_person_that_is_printed_is_written_down(orders: Desk, operator) -> None:
    number, batch = printing(orders, operator, staff(3))
    [items] = plan(operator, batch).parts
    part(operator, batch, items)
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        found = [row for row in session.exec(select(AuditEvent)) if row.action == "person:printed"]
        assert [(row.subject, row.chain) for row in found] == [(number, str(orders.account.id))]
        assert found[0].facts["persons"] == 3
        assert found[0].facts["batch"] == batch
        assert staff(1)[0].name not in str(found[0].facts)


def test_only_production_prints_and_only_who_may_see_persons(orders: Desk, operator, world: World) -> None:
    _, batch = printing(orders, operator, staff(1))
    [items] = plan(operator, batch).parts
    blind = replace(operator, permissions=operator.permissions - {Permission.PERSONS_READ})
    for other in (blind, world.person(Role.ORDER_DESK, world.bureau()), orders.orderer):
        with pytest.raises(NotAllowed):
            plan(other, batch)
        with pytest.raises(NotAllowed):
            part(other, batch, items)
    with pytest.raises(NotFound):
        plan(operator, "B-2026-9999")
    with pytest.raises(Invalid):
        plan(operator, batch, printer="Somebody else’s")


def test_more_than_fifty_persons_ask_for_a_second_factor(orders: Desk, operator, clock) -> None:
    _, batch = printing(orders, operator, staff(51))
    with pytest.raises(StepUpNeeded):
        plan(operator, batch)
    planned = plan(replace(operator, stepped_up_at=clock.now()), batch)
    assert [len(each) for each in planned.parts] == [25, 25, 1]
    with pytest.raises(StepUpNeeded):
        plan(replace(operator, stepped_up_at=clock.now() - timedelta(minutes=6)), batch)
    with pytest.raises(Invalid):
        part(operator, batch, [each for items in planned.parts for each in items])


def test_a_card_whose_letters_the_font_lacks_is_named_and_left_out(orders: Desk, operator) -> None:
    plain, strange = staff(2)
    polish, chinese = replace(strange, name="Łucja Żółć"), replace(staff(3)[2], name="王小明")
    number, batch = printing(orders, operator, [plain, polish, chinese])
    [items] = plan(operator, batch).parts
    made = part(operator, batch, items)
    assert (made.cards, made.left_out) == (2, (f"{number}-3",))
    assert "Łucja Żółć" in " ".join(texts(made.pdf))
