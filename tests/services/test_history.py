"""The order history: pages, filters, counts, and the statements it takes."""

from typing import Any

import pytest

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order
from nexus_portal.services import history
from nexus_portal.services.history import OrderPage, Wanted
from nexus_portal.services.use_case import perform
from tests.statements import sent
from tests.world import World

FIRST = 2_026_000_001


@pytest.fixture
def orderer(world: World) -> Actor:
    """Somebody whose account has 120 orders, every third of them delivered, some with a reference."""
    account = world.account()
    who = world.person(Role.ORDERER, account)
    with world.database.transaction(SYSTEM) as session:
        session.add_all(Order(**_row(who, number)) for number in range(120))
    return who


def _row(who: Actor, number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": who.account_id,
        "serial": FIRST + number,
        "orderer_id": who.user_id,
        "reference": "New pupils 7A" if number % 10 == 0 else "Staff 100 %",
        "fulfilment": Fulfilment.DELIVERED if number % 3 == 0 else Fulfilment.SUBMITTED,
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }


def numbers(page: OrderPage) -> list[str]:
    """The order numbers of a page."""
    return [row.number for row in page.rows]


def test_pages_lead_from_the_newest_to_the_oldest_and_back(orderer: Actor) -> None:
    first = perform(history.orders, orderer)
    second = perform(history.orders, orderer, cursor=first.older)
    third = perform(history.orders, orderer, cursor=second.older)
    seen = [*numbers(first), *numbers(second), *numbers(third)]
    assert seen == [f"2026-{number:05d}" for number in range(120, 0, -1)]
    assert (first.newer, third.older) == ("", "")
    assert numbers(perform(history.orders, orderer, cursor=third.newer)) == numbers(second)
    assert {page.total for page in (first, second, third)} == {120}


def test_a_cursor_that_means_nothing_shows_something_sensible(orderer: Actor) -> None:
    for cursor in ("x", "+", "+abc", "-1~2", "+" + "9" * 30):
        assert len(perform(history.orders, orderer, cursor=cursor).rows) <= 50, cursor


def test_filters_narrow_and_the_count_follows(orderer: Actor) -> None:
    page = perform(history.orders, orderer, wanted=Wanted(fulfilment="delivered"))
    assert page.total == 40
    assert {row.fulfilment for row in page.rows} == {"delivered"}


FOUND = {
    "2026-00042": 1,
    "2026-0004": 10,
    "2026-": 120,
    "pupils": 12,
    "PUPILS 7a": 12,
    "100 %": 108,
    "%": 0,
    "0004": 10,
    "42": 1,
    "12": 2,
    "pup 7a": 12,
    "pup staff": 0,
    "upils": 0,
    "2026-00042-1": 0,
    "9" * 40: 0,
    "x" * 500: 0,
    "a\0b": 0,
    "a b c d e f g h": 0,
    "٤٢": 0,
    "_": 0,
    "' OR 1=1 --": 0,
    "2025-00042": 0,
}
"""How many orders each search finds."""


def test_search_takes_the_beginning_of_a_number_or_words_of_the_reference(orderer: Actor) -> None:
    found = {search: perform(history.orders, orderer, wanted=Wanted(search=search)).total for search in FOUND}
    assert found == FOUND


def test_a_page_takes_few_statements_however_many_rows(world: World, orderer: Actor) -> None:
    with sent(world.database) as statements:
        perform(history.orders, orderer)
    assert len(statements) == 2
