"""Searching for persons, and cards by number, finds its rows by an index at any number of them."""

from dataclasses import replace

from benchmarks import plans
from benchmarks.lists import largest_customer
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.services import cards, people, tracking
from nexus_portal.services.use_case import perform
from tests.demo.test_plans import filled  # noqa: F401 - the fixture is asked for by name


def officer() -> Actor:
    """Somebody of the largest customer who may search."""
    actor = largest_customer()
    return replace(actor, permissions=actor.permissions | {Permission.PERSONS_SEARCH})


def test_no_search_walks_a_large_table(filled: Database) -> None:  # noqa: F811 - the fixture
    reader = officer()
    with plans.recorded(filled.engine) as queries:
        for text in ("Astrid", "Astrid Lindahl", "640823-3234"):
            perform(people.search, reader, text=text)
        number = perform(tracking.moving, reader).rows[0].order_number
        for search in (number, f"{number}-1", "C-2026-0001"):
            perform(tracking.moving, reader, search=search)
            perform(cards.register, reader, search=search)
    with filled.transaction(SYSTEM, writes=False) as session:
        for statement, parameters in queries.found.items():
            steps = plans.plan(session.connection(), statement, parameters)
            assert plans.walks(steps) == [], statement
