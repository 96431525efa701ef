"""Whatever dies, and whoever else is at work: no half order, no second order, no lost file."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from nexus_portal import settings
from nexus_portal.adapters import keystore, sealed_files, sealing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Unavailable
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.models.base import new_id
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import
from nexus_portal.models.inbox import FileTaking
from nexus_portal.services import (
    file_list,
    import_reading,
    inbox,
    inbox_settling,
    inbox_taking,
    vault_files,
)
from nexus_portal.services.file_list import Wanted
from nexus_portal.services.use_case import perform
from tests.dying import killed_at
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import desk, staff
from tests.world import Clock, World

MANY = 2_000
"""Enough to see that a page costs what it shows, whatever lies beside it."""


@pytest.fixture(autouse=True)
def at_this_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings name the database that the test uses."""
    monkeypatch.setenv("NEXUS_DATABASE_URL", database.url)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    made = Drop(desk(world), clock)
    made.rules()
    return made


@pytest.mark.parametrize("point", [*inbox_taking.POINTS, *inbox_settling.POINTS])
def test_killed_at_any_point_the_next_worker_goes_on(drop: Drop, point: str) -> None:
    drop.send("lista.csv", sheet(staff(3)))
    drop.clock.forward(timedelta(minutes=1))
    keystore.use(None)

    def work() -> None:
        for _ in range(3):
            inbox.work(inbox.Memory())
            import_reading.read_due()

    killed_at(point, work)
    keystore.use(None)
    sealing._derived.cache_clear()
    drop.later(minutes=3)  # the claims of the dead one end
    drop.later(minutes=3)
    [order] = drop.orders()
    view = drop.desk.view("2026-00001")
    assert (order.fulfilment, view.total) == ("draft", 3)
    answers = {f"lista 2026-00001.{suffix}": "processed" for suffix in ("csv", "xlsx")}
    assert drop.states() == {"lista.csv": "processed", **answers}
    assert len(drop.answer("lista 2026-00001.csv")) == 3


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_two_workers_make_one_order_of_the_same_list(drop: Drop) -> None:
    """Under two names at once, past the claim that keeps one worker to an account."""
    data = sheet(staff(2))
    for name in ("a.csv", "b.csv"):
        drop.send(name, data)
    drop.clock.forward(timedelta(minutes=1))
    with drop.desk.world.database.transaction(SYSTEM, writes=False) as session:
        rules = session.exec(select(inbox.FileRules)).one()
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda _: inbox._look_at(rules.account_id), range(2)))
    drop.work()
    drop.later(minutes=6)
    assert len(drop.orders()) == 1
    assert drop.desk.view("2026-00001").total == 2
    assert {row.state for row in drop.files(folder="inbox")} == {"processed"}
    with drop.desk.world.database.transaction(SYSTEM, writes=False) as session:
        assert len(session.exec(select(FileTaking)).all()) == 1


def test_a_full_disk_keeps_the_files_waiting_and_says_nothing_false(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.send("lista.csv", sheet(staff(2)))
    drop.clock.forward(timedelta(minutes=1))
    with monkeypatch.context() as full:
        full.setattr(sealed_files.Writer, "_put", no_room)
        drop.work()
        assert drop.orders() == []
        [row] = drop.files()
        assert (row.state, "disk may be full" in row.said) == ("received", True)
        assert not list((settings.current().data_dir / "received").glob("*")), "no half copy is left"
    drop.later(minutes=6)
    assert drop.desk.view("2026-00001").total == 2


def no_room(_writer: object, _piece: bytes) -> None:
    """What a full disk answers."""
    raise Unavailable


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_thousands_of_files_are_listed_at_once(drop: Drop) -> None:
    fill(drop, MANY)
    began = perf_counter()
    page = perform(file_list.files, drop.orderer, wanted=Wanted())
    filled = perform(file_list.filled, drop.orderer)
    took = perf_counter() - began
    assert (len(page.rows), filled.files, page.following != "") == (50, MANY, True)
    assert took < 1
    following = perform(file_list.files, drop.orderer, wanted=Wanted(folder="inbox"), cursor=page.following)
    assert {row.id for row in following.rows}.isdisjoint({row.id for row in page.rows})


def fill(drop: Drop, count: int) -> None:
    """As many rows of received files, without their bytes."""
    account_id, now = drop.desk.account.id, drop.clock.now()
    with drop.desk.world.database.transaction(SYSTEM) as session:
        ids = [new_id() for _ in range(count)]
        keys = keystore.mint(account_id, ids)
        for number, file_id in enumerate(ids):
            row = FileDrop(
                id=file_id,
                account_id=account_id,
                owner_id=drop.orderer.user_id,
                folder=Folder.INBOX,
                state=FileState.RECEIVED,
                blob=uuid4().hex,
                size=1000 + number,
                created_at=now,
                written_at=now,
                received_at=now,
            )
            vault_files.name_file(row, keys[file_id], Folder.INBOX, f"foto {number}.jpg")
            session.add(row)


def test_nothing_of_a_list_is_left_after_its_reading(drop: Drop) -> None:
    drop.send("lista.csv", sheet(staff(2)))
    drop.later(minutes=1)
    with drop.desk.world.database.transaction(SYSTEM, writes=False) as session:
        assert [source.files for source in session.exec(select(Import))] == [{}]
    assert not list(Path(settings.current().data_dir / "received").glob("*"))


def test_what_a_file_is_called_stands_nowhere_in_clear(drop: Drop) -> None:
    drop.send("Astrid Åkerlund-Öst.csv", sheet(staff(1)))
    drop.later(minutes=1)
    assert UUID(drop.files()[0].id)
    stored = b"".join(path.read_bytes() for path in settings.current().data_dir.rglob("*") if path.is_file())
    for word in ("Åkerlund-Öst", "åkerlund-öst"):
        assert word.encode() not in stored
