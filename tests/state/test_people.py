"""The page that finds persons, driven by its events without a browser."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import erasure, vault_people
from nexus_portal.services.use_case import perform
from nexus_portal.state.people import PeopleState
from nexus_portal.state.shell import ShellState
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.samples import people as made_up
from tests.tabs import Tab
from tests.world import World


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    return world.person(Role.ORDERER, account, stepped_up=True)


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT)


async def test_a_person_is_masked_until_revealed_and_hidden_again(officer: Actor, ordered: Ordered) -> None:
    item = str(ordered.items[0])
    tab = Tab(officer)
    with tab.at("/people"):
        page = await tab.state(PeopleState)
        await page.load()
        await page.search(form={"who": "astrid"})
        assert ([row.item_id for row in page.rows], page.persons) == ([item], {})
        await page.ask(item=item, code="2026-00001-1")
        await page.reveal(form={"purpose": "curiosity"})
        assert page.persons == {}
        await page.reveal(form={"purpose": "lost card"})
        assert (page.persons[item].name, page.asking) == (ASTRID["name"], "")
        await page.hide(item=item)
        assert page.persons == {}
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_another_page_forgets_what_was_found(officer: Actor, ordered: Ordered) -> None:
    assert ordered.items
    tab = Tab(officer)
    with tab.at("/people"):
        page = await tab.state(PeopleState)
        await page.search(form={"who": "astrid"})
        assert page.rows
    with tab.at("/cards"):
        await (await tab.state(ShellState)).arrive()
        assert (page.rows, page.persons, page.chosen) == ([], {}, "")


async def test_whose_data_goes_leaves_the_open_page(officer: Actor, orderer: Actor, ordered: Ordered) -> None:
    item = str(ordered.items[0])
    tab = Tab(officer)
    with tab.at("/people"):
        page = await tab.state(PeopleState)
        await page.search(form={"who": "astrid"})
        await page.ask(item=item, code="")
        await page.reveal(form={"purpose": "request of the person"})
        perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
        await page.refresh()
        assert (page.rows, page.persons) == ([], {})


async def test_the_fifty_first_person_in_an_hour_asks_for_a_code(
    world: World, officer: Actor, orderer: Actor
) -> None:
    many = order_of(world, orderer, *({"name": one.name} for one in made_up(51)))
    perform(vault_people.reveal_found, officer, item_ids=many.items[:50], purpose="other")
    tab = Tab(officer)
    with tab.at("/people"):
        page = await tab.state(PeopleState)
        await page.ask(item=str(many.items[50]), code="")
        await page.reveal(form={"purpose": "other"})
        assert (page.asking, page.persons) == ("code", {})
