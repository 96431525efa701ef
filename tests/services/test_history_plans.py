"""A page of the history looks at little more than it shows: on PostgreSQL, with policies and statistics."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from benchmarks import plans
from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.order_words import words_of
from nexus_portal.domain.permissions import Role
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order, OrderWord
from nexus_portal.models.orders import Transition as Move
from nexus_portal.services import history, overview
from nexus_portal.services.draft_orders import own_account, own_user
from nexus_portal.services.history import Wanted
from nexus_portal.services.use_case import perform
from tests.world import World

ORDERS = 3000
SHOWN = 51
"""A page and one row more."""
on_postgresql = pytest.mark.parametrize("dialect", ["postgresql"])


@pytest.fixture
def reader(world: World) -> Actor:
    """Somebody whose account stopped ordering before another one began; nearly all is closed and paid."""
    reader = world.person(Role.ORDERER, world.account())
    stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    with world.database.transaction(SYSTEM) as session:
        for number, who in enumerate((reader, stranger)):
            orders = [_order(who, number * ORDERS + each) for each in range(ORDERS)]
            session.connection().execute(insert(Order), orders)
            session.connection().execute(
                insert(OrderWord), [word for each in orders for word in _words(each)]
            )
            session.connection().execute(insert(Move), [_move(each) for each in orders])
    plans.refresh_statistics(world.database.engine)
    return reader


def _order(who: Actor, number: int) -> dict[str, Any]:
    begun = clock.now() + timedelta(hours=number - 2 * ORDERS)
    return {
        "id": new_id(),
        "account_id": own_account(who),
        "serial": 2026_000001 + number,
        "orderer_id": own_user(who),
        "reference": f"New staff {number % 40}",
        "cost_centre": "1200",
        "fulfilment": "closed",
        "billing": "paid",
        "personal_data": "full",
        "created_at": begun,
        "changed_at": begun,
    }


def _words(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for word in words_of(order["reference"], order["cost_centre"]):
        yield {"account_id": order["account_id"], "serial": order["serial"], "word": word}


def _move(order: dict[str, Any]) -> dict[str, Any]:
    told = {"axis": "fulfilment", "start": "delivered", "end": "closed", "at": order["changed_at"]}
    return told | {"account_id": order["account_id"], "order_id": order["id"]}


def _looked_at(node: dict[str, Any]) -> int:
    """How many rows a plan takes from tables and indexes, those that it drops again included."""
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    own = (node["Actual Rows"] + dropped) * node["Actual Loops"] if "Relation Name" in node else 0
    return own + sum(map(_looked_at, node.get("Plans", ())))


def most_looked_at(database: Database, actor: Actor, read: Any) -> int:
    """Of the statements by which pages are read: the rows of the one that looks at most."""
    with plans.recorded(database.engine) as queries:
        read()
    pages = {query: given for query, given in queries.found.items() if "ORDER BY" in query}
    assert pages
    found: list[int] = []
    with database.transaction(actor, writes=False) as session:
        for query, given in pages.items():
            told = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", given)
            [document] = told.scalars()
            document = json.loads(document) if isinstance(document, str) else document
            found.append(_looked_at(document[0]["Plan"]))
    return max(found)


def _wanted(reader: Actor) -> dict[str, Wanted]:
    orderer = str(UUID(str(reader.user_id)))
    return {
        "all": Wanted(),
        "oldest first": Wanted(sort="number"),
        "last changed": Wanted(sort="-changed"),
        "of a person": Wanted(orderer=orderer),
        "of a person, last changed": Wanted(orderer=orderer, sort="-changed"),
        "closed": Wanted(fulfilment="closed"),
        "closed and paid": Wanted(fulfilment="closed", billing="paid"),
        "closed, paid, of a person": Wanted(fulfilment="closed", billing="paid", orderer=orderer),
        "in a time": Wanted(since="2025-01-01", until="2027-01-01"),
    }


@on_postgresql
def test_a_page_looks_at_little_more_than_it_shows(world: World, reader: Actor) -> None:
    looked_at: dict[str, int] = {}
    for name, wanted in _wanted(reader).items():
        first = perform(history.orders, reader, wanted=wanted)
        assert len(first.rows) == SHOWN - 1, name
        for cursor in ("", first.older):
            read = lambda wanted=wanted, cursor=cursor: perform(  # noqa: E731 - read once, here
                history.orders, reader, wanted=wanted, cursor=cursor, counting=False
            )
            looked_at[f"{name}{cursor[:1]}"] = most_looked_at(world.database, reader, read)
    assert {name: rows for name, rows in looked_at.items() if rows > SHOWN + 10} == {}


@on_postgresql
@pytest.mark.parametrize("text", ["new", "new s", "staff 1200", "2026-00"])
def test_a_search_looks_at_few_rows_for_each_that_it_shows(world: World, reader: Actor, text: str) -> None:
    def read() -> None:
        page = perform(history.orders, reader, wanted=Wanted(search=text), counting=False)
        assert len(page.rows) == SHOWN - 1

    # A row of the words, the order, another word that it must have.
    assert most_looked_at(world.database, reader, read) <= 3 * SHOWN + 10


@on_postgresql
def test_the_overview_looks_at_the_latest_moves_alone(world: World, reader: Actor) -> None:
    read = lambda: perform(overview.overview, reader)  # noqa: E731 - read once, here
    assert most_looked_at(world.database, reader, read) <= 2 * overview.MOVES + 10
