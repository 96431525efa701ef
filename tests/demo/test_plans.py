"""Every list finds its rows by an index, long before there are so many that one would notice."""

import pytest

from benchmarks import plans
from benchmarks.lists import Listing, order_history, other_lists
from nexus_portal.adapters import clock, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.demo import cast
from nexus_portal.demo.crowd.spread import spread
from nexus_portal.domain.actor import SYSTEM


@pytest.fixture
def filled(database: Database, nobody_signs_in: None) -> Database:
    keystore.prepare()
    with database.transaction(SYSTEM) as session:
        cast.move_in(session, clock.now())
    spread(300)
    return database


def test_no_list_walks_a_large_table(filled: Database) -> None:
    listings: list[Listing] = [*order_history(), *other_lists()]
    with plans.recorded(filled.engine) as queries:
        for listing in listings:
            listing.read("")
    with filled.transaction(SYSTEM, writes=False) as session:
        for statement, parameters in queries.found.items():
            steps = plans.plan(session.connection(), statement, parameters)
            assert plans.walks(steps) == [], statement
    assert len(queries.found) > len(listings)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_walk_is_noticed(filled: Database) -> None:
    statement = "SELECT * FROM orders WHERE reference = ?"
    with filled.transaction(SYSTEM, writes=False) as session:
        assert plans.walks(plans.plan(session.connection(), statement, ("New staff",))) == ["SCAN orders"]
