"""Articles: what a new installation needs before anybody can order."""

import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotAllowed
from nexus_portal.domain.permissions import Role
from nexus_portal.models.layouts import Article
from nexus_portal.services import articles
from nexus_portal.services.use_case import perform
from tests.identity import audited
from tests.world import World


def test_an_article_is_put_on_offer_changed_and_taken_off(world: World) -> None:
    designer = world.person(Role.LAYOUT_DESIGNER, world.bureau())
    perform(articles.put, designer, number=" A-1 ", name="PVC  card", price=4900)
    perform(articles.put, designer, number="A-1", name="PVC card", price=5200, active=False)
    with world.database.transaction(SYSTEM, writes=False) as session:
        [row] = session.exec(select(Article)).all()
    assert (row.number, row.name, row.price, row.kind, row.active) == ("A-1", "PVC card", 5200, "card", False)
    assert [event.facts["price"] for event in audited(world, "article:put")] == [4900, 5200]


@pytest.mark.parametrize(
    "wrong",
    [{"number": ""}, {"name": " "}, {"name": "x" * 121}, {"price": -1}, {"price": 10**9}, {"kind": "fob"}],
)
def test_what_will_not_do_is_refused(world: World, wrong: dict[str, object]) -> None:
    designer = world.person(Role.LAYOUT_DESIGNER, world.bureau())
    with pytest.raises(Invalid):
        perform(articles.put, designer, **{"number": "A-1", "name": "PVC card", "price": 1, **wrong})


def test_a_card_stays_a_card(world: World) -> None:
    designer = world.person(Role.LAYOUT_DESIGNER, world.bureau())
    perform(articles.put, designer, number="A-1", name="PVC card", price=4900)
    with pytest.raises(Invalid):
        perform(articles.put, designer, number="A-1", name="PVC card", price=4900, kind="accessory")


@pytest.mark.parametrize("role", [Role.ACCOUNT_ADMIN, Role.ORDERER])
def test_customers_make_none(world: World, role: Role) -> None:
    with pytest.raises(NotAllowed):
        perform(articles.put, world.person(role, world.account()), number="A-1", name="PVC card", price=1)
