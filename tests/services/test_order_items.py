"""One order's cards, its story and what it holds, as its customer sees them."""

from datetime import date
from uuid import UUID

import pytest

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.story import story
from nexus_portal.models.orders import OrderLine
from nexus_portal.services import desk, order_data, order_details, order_items, order_story, production
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, house
from tests.people import ASTRID, BENGT, order_of
from tests.world import World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def test_a_card_says_where_it_is_in_which_parcel_and_when_it_is_expected(home: House) -> None:
    number = home.order(2)
    perform(desk.accept, home.desk, number=number, promised=date(2026, 3, 12))
    first, _ = perform(order_items.items, home.orderer, number=number).rows
    assert (first.stage, first.expected, first.carrier, first.card) == ("queued", "2026-03-12", "", "")
    delivered = home.delivered(1)
    (row,) = perform(order_items.items, home.orderer, number=delivered).rows
    assert (row.stage, row.expected, row.carrier, row.tracking) == ("delivered", "", "PostNord", "T1")
    assert row.card.startswith("C-2026-")


def test_a_failed_attempt_says_why(home: House) -> None:
    number = home.accepted(2)
    batch = home.batch()
    home.advance(batch, Stage.ENCODING)
    perform(production.fail, home.operator, code=f"{number}-2", reason="The chip does not answer.")
    one, two = perform(order_items.items, home.orderer, number=number).rows
    assert (one.attempt, one.failure) == (1, "")
    assert (two.attempt, two.failure, two.stage) == (2, "The chip does not answer.", "queued")
    way = perform(order_items.way, home.orderer, item_id=UUID(two.id))
    assert [(step.end, step.failed) for step in way] == [
        ("queued", False),
        ("batched", False),
        ("encoding", False),
        ("queued", True),
    ]
    assert {step.role for step in way} == {"order_desk", "production_operator"}


def test_another_accounts_card_has_no_way(home: House) -> None:
    number = home.accepted(1)
    stranger = home.world.person(Role.ORDERER, home.world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(order_items.way, stranger, item_id=home.items(number)[0].id)


def test_the_story_counts_cards_and_names_no_staff(home: House) -> None:
    number = home.delivered(3)
    found = perform(order_story.happenings, home.orderer, number=number)
    told = [str(chapter.text) for chapter in story(found, cards=3)]
    assert told == [
        "The order was sent",
        "The bureau accepted it",
        "Production began",
        "All 3 cards are produced",
        "3 cards were sent with PostNord T1",
        "All cards have arrived",
    ]
    assert {each.who for each in found} == {""}


def test_a_colleague_is_named_in_the_story(home: House) -> None:
    number = home.order(1)
    perform(order_details.cancel, home.orderer, number=number)
    last = perform(order_story.happenings, home.orderer, number=number)[-1]
    assert (last.end, last.who) == ("cancelled", home.orderer.name)


def test_what_is_held_is_counted_and_never_shown(home: House) -> None:
    ordered = order_of(home.world, home.orderer, ASTRID, BENGT, {"name": "Cecilia Öst"}, photos=True)
    number = perform(order_items.items, home.orderer, number="2026-00001").rows[0].code[:10]
    held = perform(order_data.held, home.orderer, number=number)
    assert [(row.label_en, row.label_sv, row.count) for row in held.fields] == [
        ("Name", "Namn", 3),
        ("Personal number", "Personnummer", 2),
        ("Photo", "Foto", 3),
    ]
    assert held.lines == ()
    assert "Astrid" not in repr(held)
    assert len(ordered.items) == 3


def test_lines_that_are_not_produced_are_named(home: House) -> None:
    number = home.accepted(3)
    (line,) = perform(order_data.held, home.orderer, number=number).lines
    assert (line.layout, line.cards, line.left) == (home.layout.name, 3, 3)


def test_an_accessory_is_a_line_without_a_layout(home: House) -> None:
    number = home.order(1)
    order = home.at(number)
    with home.world.database.transaction(SYSTEM) as session:
        session.add(
            OrderLine(
                account_id=order.account_id,
                order_id=order.id,
                article_id=home.layout.article_id,
                serial=order.serial,
                quantity=5,
                unit_price=1500,
            )
        )
    found = perform(order_details.details, home.orderer, number=number)
    assert [(line.layout, line.quantity) for line in found.lines] == [(home.layout.name, 1), ("", 5)]
    assert found.total == 4900 + 5 * 1500
