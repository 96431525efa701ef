"""Holds, and removing the data of several orders, through their forms."""

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import ErasureAppointment, Hold
from nexus_portal.services import erasure
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.web.browser import Browser
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, home: Account) -> Person:
    return enrolled(world, Role.PRIVACY_OFFICER, home)


@pytest.fixture
def ordered(world: World, home: Account) -> Ordered:
    return order_of(world, world.person(Role.ORDERER, home), ASTRID, BENGT)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def row(database: Database, table: type, many: int) -> list:
    with database.transaction(SYSTEM, writes=False) as session:
        found = list(session.exec(select(table)).all())
    assert len(found) == many
    return found


def test_a_hold_is_placed_and_lifted_by_two(
    world: World, database: Database, home: Account, officer: Person, ordered: Ordered
) -> None:
    assert ordered
    first, second = entered(officer), entered(enrolled(world, Role.PRIVACY_OFFICER, home))
    answer = first.post("/privacy/holds/place", on="2026-00001-2", reason="A dispute.")
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/holds")
    [hold] = row(database, Hold, 1)
    assert (hold.item_id, hold.reason) == (ordered.items[1], "A dispute.")

    first.post(f"/privacy/holds/{hold.id}/ask", reason="It is settled.")
    first.post(f"/privacy/holds/{hold.id}/confirm")
    assert row(database, Hold, 1)[0].lifted_at is None
    second.post(f"/privacy/holds/{hold.id}/confirm")
    assert row(database, Hold, 1)[0].lifted_at is not None


def test_what_is_wrong_places_nothing(database: Database, officer: Person, ordered: Ordered) -> None:
    assert ordered
    browser = entered(officer)
    for typed in (
        {"on": "2026-00001", "reason": ""},
        {"on": "2026-00009", "reason": "A dispute."},
        {"on": "", "reason": "A dispute.", "review_on": "tomorrow"},
    ):
        browser.post("/privacy/holds/place", **typed)
    row(database, Hold, 0)


def test_several_orders_are_removed_with_one_code(
    world: World, database: Database, home: Account, officer: Person, ordered: Ordered
) -> None:
    assert ordered
    order_of(world, world.person(Role.ORDERER, home), ASTRID)
    with database.transaction(SYSTEM) as session:
        session.exec(select(Order).where(Order.serial == 2026000002)).one().billing = "unbilled"
    answer = entered(officer).post("/orders/erase", numbers="2026-00001 2026-00002", appoint="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    erasure.resume_all()
    assert [order.personal_data for order in row(database, Order, 2)] == ["erased", "full"]
    row(database, ErasureAppointment, 1)


def test_a_person_is_removed_from_every_order(
    world: World, database: Database, home: Account, officer: Person, ordered: Ordered
) -> None:
    order_of(world, world.person(Role.ORDERER, home), ASTRID)
    answer = entered(officer).post("/people/erase", items=str(ordered.items[0]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    erasure.resume_all()
    assert [order.personal_data for order in row(database, Order, 2)] == ["minimised", "erased"]
    assert entered(officer).post("/people/erase", items="nonsense").status_code in {303, 404}
