"""The page of files: what it shows to whom, what is chosen, and that it follows what happens."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.state import live
from nexus_portal.state.file_list import FileListState, size_text
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    enrolled,
    quick_passwords,
)
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import Desk, desk, staff
from tests.state.test_team import opened, send
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def _no_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "watch", lambda *_args, **_named: None)


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def drop(orders: Desk, clock: Clock) -> Drop:
    made = Drop(orders, clock)
    made.rules()
    return made


@pytest.fixture
def home(orders: Desk) -> Account:
    return orders.account


@pytest.fixture
def orderer(world: World, home: Account) -> Person:
    return enrolled(world, Role.ORDERER, home)


async def test_names_are_for_those_who_use_files(
    world: World, home: Account, drop: Drop, orderer: Person
) -> None:
    drop.send("Klass 9B.csv", sheet(staff(1)), actor=orderer.actor)
    async with opened(FileListState, orderer) as (page, _):
        await send(page, "load")
        [row] = page.rows
        assert (row.label, row.takeable, page.files) == ("Klass 9B.csv", True, 1)
    async with opened(FileListState, enrolled(world, Role.ACCOUNT_ADMIN, home)) as (page, _):
        await send(page, "load")
        [row] = page.rows
        assert (row.label, row.takeable) == (row.code, False)
        assert page.orderer == drop.orderer.name
        await send(page, "ask", dialog="rules")
        assert (page.dialog, page.rules["days_after_use"]) == ("rules", "7")


async def test_what_is_chosen_follows_what_is_there(drop: Drop, orderer: Person) -> None:
    drop.send("lista.csv", sheet(staff(1)), actor=orderer.actor)
    async with opened(FileListState, orderer) as (page, _):
        await send(page, "load")
        [file] = [row.id for row in page.rows]
        await send(page, "choose", file=file)
        await send(page, "choose", file="somebody else’s")
        assert page.chosen == [file]
        drop.later(minutes=1)
        await send(page, "refresh")
        assert {row.state for row in page.rows} == {"processed"}
        assert page.glow[file] == 1
        await send(page, "choose", file=file)
        assert page.chosen == []
        await send(page, "choose_used")
        assert len(page.chosen) == 3
        await send(page, "choose_none")
        assert page.chosen == []


@pytest.mark.parametrize(
    ("size", "language", "text"),
    [(0, "en", "0 B"), (999, "sv", "999 B"), (340_000, "en", "340 kB"), (1_250_000, "sv", "1,2 MB")],
)
def test_sizes_are_read_by_people(size: int, language: str, text: str) -> None:
    assert size_text(size, language) == text


async def test_a_colleague_s_file_is_not_there(
    world: World, home: Account, drop: Drop, orderer: Person
) -> None:
    drop.send("Klass 9B.csv", sheet(staff(1)))
    [row] = drop.rows()
    async with opened(FileListState, enrolled(world, Role.ORDERER, home)) as (page, _):
        await send(page, "load")
        await send(page, "choose", file=str(row.id))
        assert (page.rows, page.files, page.size, page.chosen) == ([], 0, "0 B", [])
    async with opened(FileListState, orderer) as (page, _):
        await send(page, "refresh")
        assert page.rows == []
    async with opened(FileListState, enrolled(world, Role.PRIVACY_OFFICER, home)) as (page, _):
        await send(page, "load")
        assert [each.label for each in page.rows] == ["Klass 9B.csv"]
