"""The pages of records and breaches, driven by their events without a browser."""

import pytest

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import vault_people
from nexus_portal.services.use_case import perform
from nexus_portal.state import live
from nexus_portal.state.breaches import BreachesState
from nexus_portal.state.records import RecordsState
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.tabs import Tab
from tests.world import Clock, World


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def ordered(world: World, account: Account) -> Ordered:
    """Two persons, both seen by who ordered them."""
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID, BENGT)
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    return ordered


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account)


async def test_the_record_is_kept_and_says_what_has_changed(world: World, officer: Actor) -> None:
    tab = Tab(officer)
    page = await tab.state(RecordsState)
    with tab.at("/privacy/records"):
        await page.load()
        assert page.sections[0].title == "Who is responsible"
        assert (page.versions, page.changes) == ([], [])
        await page.keep()
        assert [row.version for row in page.versions] == [1]
        await page.keep()
    assert [kind for kind, _ in await tab.said()] == ["success", "error"]
    world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    with tab.at("/privacy/records"):
        await page.refresh()
        assert page.changes == []


async def test_the_bureau_keeps_its_list_of_companies(world: World) -> None:
    tab = Tab(world.person(Role.BUREAU_ADMIN, world.bureau()))
    page = await tab.state(RecordsState)
    typed = {"name": "Molnet AB", "service": "Servers", "country": "Sweden", "since": "2025-01-15"}
    with tab.at("/bureau/processing"):
        await page.load_bureau()
        await page.ask(row="")
        assert page.adding
        await page.add(form={**typed, "since": ""})
        assert (page.adding, page.companies) == (True, [])
        assert page.error == "Choose the day since when it does, today at the latest."
        await page.add(form=typed)
        assert (page.adding, page.error) == (False, "")
        [company] = page.companies
        await page.ask(row=company.id)
        assert page.ending_name == "Molnet AB"
        await page.end(_form={})
        assert page.companies[0].ended_on == "2026-03-02"
        await page.ask(row="")
        await page.closed(opens=False)
        assert not page.adding


async def test_the_console_answers_and_a_breach_is_handled(
    officer: Actor, ordered: Ordered, clock: Clock
) -> None:
    assert ordered
    tab = Tab(officer)
    page = await tab.state(BreachesState)
    with tab.at("/privacy/breaches"):
        await page.load()
        await page.look(form={})
        assert (page.found, page.problem[:3]) == (False, "Say")
        await page.look(form={"since": "2026-03-01T00:00"})
        assert [(row.order, row.seen) for row in page.orders] == [("2026-00001", 2)]
        await page.ask(dialog="open", breach="")
        await page.send(form={"title": "A lost laptop", "discovered": ""})
        assert (page.dialog, page.error, page.title) == (
            "open",
            "Write a time as the form asks for it.",
            "A lost laptop",
        )
        await page.send(form={"title": "A lost laptop", "discovered": clock.now().isoformat()})
        [row] = page.rows
        await page.clear()
        assert not page.found
        await page.look_again(breach=row.id)
        assert [each.order for each in page.orders] == ["2026-00001"]
        for dialog, form in (
            ("describe", {"title": "A lost laptop", "notes": "Signed out."}),
            ("report", {"to": "IMY", "at": clock.now().isoformat()}),
            ("close", {}),
        ):
            await page.ask(dialog=dialog, breach=row.id)
            await page.send(form=form)
            assert (page.dialog, page.error) == ("", "")
        assert page.rows[0].closed_at
        assert ASTRID["name"] not in repr(page.dict())
        await page.ask(dialog="nonsense", breach="")
    assert [kind for kind, _ in await tab.said()] == ["success"] * 4 + ["error"]
