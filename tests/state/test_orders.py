"""The page of orders: what is answered at once, what stands in its address, what each event costs."""

from collections.abc import Callable
from typing import Any

import pytest

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure, history
from nexus_portal.services.draft_orders import own_account, own_user
from nexus_portal.services.use_case import perform
from nexus_portal.state import lists
from nexus_portal.state.order_choices import OrderChoicesState
from nexus_portal.state.order_names import OrderNamesState
from nexus_portal.state.orders import OrderHistoryState
from nexus_portal.state.saved_views import SavedViewsState
from tests.people import ASTRID, BENGT, order_of
from tests.statements import sent
from tests.tabs import Tab
from tests.world import World

FIRST = 2_026_000_001


@pytest.fixture
def orderer(world: World) -> Actor:
    who = world.person(Role.ORDERER, world.account(), name="Astrid Ek")
    add(world, who, range(60))
    return who


def add(world: World, who: Actor, numbers: range) -> None:
    with world.database.transaction(SYSTEM) as session:
        session.add_all(
            Order(
                account_id=own_account(who),
                serial=FIRST + number,
                orderer_id=own_user(who),
                reference="Skola" if number % 2 else "Lager",
                cost_centre=str(number % 3),
                created_at=clock.now(),
                changed_at=clock.now(),
            )
            for number in numbers
        )


async def opened(tab: Tab) -> Any:
    page = await tab.state(OrderHistoryState)
    await page.load()
    return page


async def test_typing_sorting_and_turning_are_answered_without_opening_the_page_anew(orderer: Actor) -> None:
    tab = Tab(orderer)
    with tab.at("/orders"):
        page = await opened(tab)
        assert (len(page.rows), page.total, page.query, page.narrowed) == (50, 60, "", False)
        assert await page.turn(direction="older") is None
        assert (len(page.rows), page.total, page.query) == (10, 60, "page=%2B2026000011")
        assert await page.narrow(name="search", value="sko") is None
        assert ({row.reference for row in page.rows}, page.total, page.query) == ({"Skola"}, 30, "search=sko")
        await page.clear()
        await page.sort(key="number")
        assert (page.rows[0].number, page.query) == ("2026-00001", "sort=number")
        await page.sort(key="number")
        assert (page.rows[0].number, page.query) == ("2026-00060", "")
        choices = await tab.state(OrderChoicesState)
        assert choices.people == {orderer.user_id.hex: "Astrid Ek"}  # pyright: ignore[reportOptionalMemberAccess] - the page is of the state above
        assert [choice.value for choice in choices.cost_centres] == ["0", "1", "2"]


async def test_an_address_opens_what_it_was_taken_from(orderer: Actor) -> None:
    tab = Tab(orderer)
    with tab.at("/orders"):
        page = await opened(tab)
        await page.narrow(name="cost_centre", value="1")
        await page.sort(key="changed")
        await page.show_column(name="orderer")
        await page.show_column(name="billing")
        rows, query = page.rows, page.query
    other = Tab(orderer)
    asked = {"cost_centre": "1", "sort": "-changed"}
    columns = query.partition("columns=")[2].replace("%7E", "~")
    with other.at("/orders", **asked, columns=columns):
        again = await opened(other)
        assert (again.rows, again.query, again.shown) == (rows, query, page.shown)
        assert (again.shown["orderer"], again.shown["billing"]) == (True, False)


async def test_all_are_counted_when_somebody_asks(orderer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_COUNTED", 20)
    tab = Tab(orderer)
    with tab.at("/orders"):
        page = await opened(tab)
        assert page.total == 21
        await page.count()
        assert page.total == 60


async def test_what_is_no_filter_changes_nothing(orderer: Actor) -> None:
    tab = Tab(orderer)
    with tab.at("/orders", sort="nonsense", page="+x", columns="nonsense", since="x"):
        page = await opened(tab)
        assert page.rows == []
        await page.narrow(name="rows", value="x")
        await page.narrow(name="since", value="")
        await page.sort(key="nonsense")
        await page.show_column(name="nonsense")
        assert (len(page.rows), page.sorting) == (50, "-number")
    assert await tab.said() == []


async def test_a_view_is_kept_chosen_renamed_and_removed(orderer: Actor) -> None:
    tab = Tab(orderer)
    with tab.at("/orders"):
        page = await opened(tab)
        views = await tab.state(SavedViewsState)
        await page.narrow(name="cost_centre", value="1")
        await page.turn(direction="older")
        await views.write(name="Mine")
        await views.keep(_form={})
        [kept] = views.views
        assert (kept.name, kept.query, views.name) == ("Mine", "cost_centre=1", "")
        await views.ask(view=kept.id)
        await views.write(name="Ours")
        await views.keep(_form={})
        assert [view.name for view in views.views] == ["Ours"]
        await views.remove(view="nonsense")
        await views.load()
        assert [view.name for view in views.views] == ["Ours"]
        await views.remove(view=kept.id)
        assert views.views == []
    assert [kind for kind, _ in await tab.said()] == ["error"]


EVENTS: list[tuple[str, Callable[[Any], Any], int]] = [
    ("load", lambda page: page.load(), 5),
    ("turn", lambda page: page.turn(direction="older"), 1),
    ("sort", lambda page: page.sort(key="changed"), 2),
    ("narrow", lambda page: page.narrow(name="fulfilment", value="draft"), 2),
    ("search", lambda page: page.narrow(name="search", value="skola"), 3),
    ("number", lambda page: page.narrow(name="search", value="20"), 4),
    ("refresh", lambda page: page.refresh(), 2),
]


async def test_events_take_few_statements_however_many_orders(world: World, orderer: Actor) -> None:
    for more in (range(0), range(60, 160)):
        add(world, orderer, more)
        for name, event, most in EVENTS:
            tab = Tab(orderer)
            with tab.at("/orders"):
                page = await opened(tab)
                with sent(world.database) as statements:
                    await event(page)
            assert len(statements) <= most, (name, statements)


async def test_somebody_who_may_not_sees_nothing(world: World) -> None:
    tab = Tab(world.person(Role.SHIPPING, world.bureau()))
    with tab.at("/orders"):
        page = await opened(tab)
        assert (page.rows, page.loaded) == ([], False)
    assert [kind for kind, _ in await tab.said()] == ["error"]


async def test_what_is_typed_among_names_stands_in_no_address_and_goes_with_the_page(world: World) -> None:
    account = world.account()
    order_of(world, world.person(Role.ORDERER, account), ASTRID)
    officer = world.person(Role.PRIVACY_OFFICER, account)
    tab = Tab(officer)
    with tab.at("/orders?search=astrid"):
        page = await opened(tab)
        assert (page.rows, page.query) == ([], "search=astrid")
        await page.also_names(on=True)
        names = await tab.state(OrderNamesState)
        assert (len(page.rows), page.total, page.query, names.text) == (1, 1, "", "astrid")
        await page.narrow(name="search", value="åkerlund-öst")
        await page.refresh()
        assert (len(page.rows), page.query, page.asked["search"]) == (1, "", "")
        await page.also_names(on=False)
        assert (names.text, page.narrowed, page.query) == ("", False, "")
        await page.also_names(on=True)
        await page.narrow(name="search", value="astrid")
        await page.load()
        assert (names.on, names.text) == (False, "")


async def test_a_row_keeps_its_element_while_others_come_and_a_turned_page_takes_those_that_are_there(
    world: World, orderer: Actor
) -> None:
    tab = Tab(orderer)
    with tab.at("/orders"):
        page = await opened(tab)
        assert page.places == {}
        places = lists.in_turn(row.number for row in page.rows)
        add(world, orderer, range(60, 62))
        await page.refresh()
        stayed = [row.number for row in page.rows[2:]]
        assert [page.places[number] for number in stayed] == [places[number] for number in stayed]
        assert sorted(page.places.values()) == list(range(50))
        await page.turn(direction="older")
        assert page.places == {}


async def test_what_was_typed_among_names_goes_when_somebody_found_by_it_is_erased(world: World) -> None:
    account = world.account()
    officer = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
    ordered, other = (order_of(world, world.person(Role.ORDERER, account), each) for each in (ASTRID, BENGT))
    tab = Tab(officer)
    with tab.at("/orders"):
        page = await opened(tab)
        await page.also_names(on=True)
        await page.narrow(name="search", value="astrid")
        names = await tab.state(OrderNamesState)
        perform(erasure.erase_personal_data, officer, order_id=other.id)
        await page.refresh()
        assert (len(page.rows), names.text) == (1, "astrid")
        perform(erasure.erase_personal_data, officer, order_id=ordered.id)
        await page.refresh()
        assert (names.on, names.text, len(page.rows)) == (False, "", 2)
