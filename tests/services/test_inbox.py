"""Files in an inbox become orders: once, whole, in the name of somebody who may order."""

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NoRoom
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import
from nexus_portal.models.people import Membership
from nexus_portal.services import drafts, file_uploads, import_reading, inbox, ordering
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender
from nexus_portal.services.use_case import perform
from tests import samples
from tests.inbox_helpers import Drop, sheet
from tests.ordering_helpers import desk, staff, with_bad_number
from tests.world import Clock, World


@pytest.fixture
def drop(world: World, clock: Clock) -> Drop:
    made = Drop(desk(world), clock)
    made.rules()
    return made


def test_a_list_and_a_zip_file_become_a_draft_and_are_answered(drop: Drop) -> None:
    people = staff(3)
    drop.send("Klass 9B.csv", sheet(people))
    drop.send("foton.zip", samples.photos_of(people))
    drop.work()

    [order] = drop.orders()
    view = drop.desk.view("2026-00001")
    assert (order.fulfilment, view.total, view.ready) == ("draft", 3, 3)
    assert [row.values["name"] for row in view.rows.rows] == [person.name for person in people]
    assert drop.states() == {
        "Klass 9B.csv": "processed",
        "foton.zip": "processed",
        "klass 9b 2026-00001.csv": "processed",
        "klass 9b 2026-00001.xlsx": "processed",
    }
    assert drop.answer("klass 9b 2026-00001.csv") == [
        [str(row), "2026-00001", "ready", ""] for row in (2, 3, 4)
    ]
    book = openpyxl.load_workbook(io.BytesIO(drop.read("klass 9b 2026-00001.xlsx"))).active
    assert [tuple(cell or "" for cell in row) for row in book.iter_rows(min_row=2, values_only=True)] == [
        (row, "2026-00001", "ready", "") for row in (2, 3, 4)
    ]
    listed, album, answer, _ = drop.files()
    assert (listed.order, listed.rows, listed.read, listed.said) == ("2026-00001", 3, 3, "")
    assert (album.order, answer.order, answer.folder) == ("2026-00001", "2026-00001", "results")
    assert listed.goes_on == (drop.clock.now() + timedelta(days=7)).date().isoformat()


def test_a_zip_file_with_its_list_is_enough(drop: Drop) -> None:
    people = staff(2)
    entries = [("lista.csv", sheet(people)), *((each.photo, samples.jpeg_bytes()) for each in people)]
    drop.send("allt.zip", samples.archive_bytes(entries))
    drop.work()
    assert drop.states()["allt.zip"] == "processed"
    assert (drop.desk.view("2026-00001").total, drop.desk.view("2026-00001").ready) == (2, 2)


def test_loose_photos_go_with_the_list_that_asks_for_them(drop: Drop) -> None:
    people = staff(3)
    drop.send("lista.csv", sheet(people[:2]))
    for person in people:
        drop.send(person.photo, samples.jpeg_bytes())
    drop.work()
    assert drop.orders() == [], "more photos may be on their way"
    assert {row.said != "" for row in drop.files()} == {True}
    drop.later(seconds=60)
    assert (drop.desk.view("2026-00001").total, drop.desk.view("2026-00001").ready) == (2, 2)
    states = drop.states(folder="inbox")
    assert states.pop(people[2].photo) == "received", "it fits no row, and waits for one that it fits"
    assert set(states.values()) == {"processed"}


def test_half_a_file_is_never_taken(drop: Drop) -> None:
    people = staff(2)
    sender = Sender(lambda: drop.orderer)
    upload = file_uploads.begin(sender, folder=Folder.INBOX, name="lista.csv", how=Begin.ANEW)
    data = sheet(people)
    upload.write(0, data[: len(data) // 2])
    drop.later(minutes=30)
    upload.break_off()
    drop.later(minutes=30)
    assert drop.orders() == []
    assert drop.states() == {"lista.csv": "receiving"}

    upload = file_uploads.begin(sender, folder=Folder.INBOX, name="lista.csv", how=Begin.ON)
    upload.write(upload.size, data[upload.size :])
    upload.close()
    drop.work()
    assert drop.orders() == [], "somebody may go on with it"
    drop.later(seconds=60)
    drop.later(seconds=60)
    assert drop.desk.view("2026-00001").total == 2


def test_a_bad_row_keeps_the_order_a_draft(drop: Drop) -> None:
    drop.rules(submits=True)
    good, bad = staff(2)
    people = [good, with_bad_number(bad)]
    drop.send("lista.csv", sheet(people))
    drop.send("foton.zip", samples.photos_of([good, bad]))
    drop.work()
    [order] = drop.orders()
    assert order.fulfilment == "draft"
    said = {row.name: row.said for row in drop.files()}
    assert said["lista.csv"] == "1 of 2 rows have to be mended."
    first, second = drop.answer("lista 2026-00001.csv")
    assert first == ["2", "2026-00001", "ready", ""]
    assert second[:3] == ["3", "2026-00001", "to mend"]
    assert "Personal number" in second[3]


def test_nobody_is_named_in_an_answer(drop: Drop) -> None:
    people = [with_bad_number(person) for person in staff(3)]
    drop.send("lista.csv", sheet(people))
    drop.later(minutes=1)
    answer = drop.read("lista 2026-00001.csv").decode()
    for person in people:
        assert not [word for word in person.name.split() if word in answer]
        assert person.personal_number not in answer


def test_where_the_account_says_so_a_right_list_is_an_order(drop: Drop) -> None:
    drop.rules(submits=True)
    people = staff(2)
    drop.send("lista.csv", sheet(people))
    drop.send("foton.zip", samples.photos_of(people))
    drop.work()
    [order] = drop.orders()
    assert (order.fulfilment, order.cards, order.orderer_id) == ("submitted", 2, drop.orderer.user_id)


@pytest.mark.parametrize("ordered", [False, True])
def test_the_same_list_makes_one_order_whatever_it_is_called(drop: Drop, *, ordered: bool) -> None:
    drop.rules(submits=ordered)
    people = staff(2)
    for name in ("lista", "samma", "lista"):
        drop.send(f"{name}.csv", sheet(people))
        drop.send(f"{name}.zip", samples.photos_of(people))
        drop.work()
    assert len(drop.orders()) == 1
    again = next(row for row in drop.files() if row.name == "samma.csv")
    assert (again.state, again.order) == ("processed", "2026-00001")
    assert again.said == "The same list made order 2026-00001 before. Nothing was ordered again."


def test_a_list_whose_draft_was_thrown_away_may_be_sent_again(drop: Drop) -> None:
    people = staff(2)
    drop.send("lista.csv", sheet(people))
    drop.later(minutes=1)
    perform(drafts.discard_draft, drop.orderer, number="2026-00001")
    assert [row.order for row in drop.files()] == [""] * 3
    drop.send("lista.csv", sheet(people))
    drop.later(minutes=1)
    assert drop.desk.view("2026-00002").total == 2


def test_photos_that_come_later_with_the_same_list_reach_its_draft(drop: Drop) -> None:
    people = staff(2)
    drop.send("lista.csv", sheet(people))
    drop.later(minutes=1)
    assert drop.desk.view("2026-00001").ready == 0
    drop.send("lista.csv", sheet(people))
    drop.send("lista.zip", samples.photos_of(people))
    drop.work()
    assert (len(drop.orders()), drop.desk.view("2026-00001").ready) == (1, 2)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("brev.docx", b"x", "Only spreadsheets"),
        ("lista.csv", b"%PDF-1.4", "PDF document"),
        ("foton.zip", b"PK\x03\x04 broken", "damaged"),
        ("lista.csv", b"Ort;Land\r\nLund;Sverige\r\n", "Name, Personal number"),
    ],
)
def test_what_nobody_can_use_is_refused_with_a_reason(drop: Drop, name: str, data: bytes, why: str) -> None:
    drop.send(name, data)
    drop.later(minutes=1)
    refused, answer = drop.files()
    assert (refused.state, answer.name, answer.state) == ("refused", f"{name}.refused.txt", "processed")
    assert why in refused.said
    assert why in drop.read(answer.name).decode()
    assert drop.orders() == []


def test_columns_that_fit_several_layouts_need_one_named(drop: Drop) -> None:
    twin = drop.desk.world.layout(drop.desk.account)
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    assert "fit several layouts" in drop.files()[0].said
    drop.rules(layout_name=twin.name)
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    assert drop.desk.items("2026-00001")[0].layout_id == twin.id


def test_files_wait_until_somebody_who_may_order_is_chosen(drop: Drop, database: Database) -> None:
    drop.rules(orders_as=None)
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    assert "Nobody orders" in drop.files()[0].said
    drop.rules()
    with database.transaction(SYSTEM) as session:
        of_orderer = col(Membership.user_id) == drop.orderer.user_id
        session.exec(update(Membership).where(of_orderer).values(active=False))
    drop.work()
    assert "may not order any more" in drop.files()[0].said
    assert (drop.states(), drop.orders()) == ({"lista.csv": "received"}, [])
    drop.rules(orders_as=drop.desk.colleague.user_id)
    drop.work()
    assert [order.orderer_id for order in drop.orders()] == [drop.desk.colleague.user_id]


def test_reading_that_fails_leaves_a_clear_state_and_the_same_list_goes_on(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sheet(staff(3))
    drop.send("lista.csv", data)
    with monkeypatch.context() as broken:
        broken.setattr(import_reading, "PART", 2)
        broken.setattr(import_reading, "_parts", broken_after(1, import_reading._parts))
        drop.later(minutes=1)
    listed = next(row for row in drop.files() if row.folder == "inbox")
    assert (listed.state, listed.read) == ("refused", 2)
    assert "Reading stopped after 2 of 3 rows" in listed.said
    drop.send("lista.csv", data)
    drop.later(minutes=1)
    assert (len(drop.orders()), drop.desk.view("2026-00001").total) == (1, 3)


def broken_after(parts: int, real: Callable) -> Callable:
    """Reading that breaks behind so many parts, as a file that nobody expected would."""

    def some(*given: object) -> object:
        for number, part in enumerate(real(*given)):
            if number == parts:
                raise ValueError
            yield part

    return some


def test_used_files_move_to_archive_where_the_account_says_so(drop: Drop) -> None:
    drop.rules(archives=True)
    first, second = staff(2)
    drop.send("lista.csv", sheet([first]))
    drop.later(minutes=1)
    drop.send("lista.csv", sheet([second]))
    drop.later(minutes=1)
    archived = {row.name: row.order for row in drop.files(folder="archive")}
    assert archived == {"lista.csv": "2026-00001", "2026-00002 lista.csv": "2026-00002"}


def test_without_room_for_the_answer_the_order_is_made_all_the_same(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.send("lista.csv", sheet(staff(1)))
    drop.send("brev.docx", b"x")

    def no_room(*_given: object, **_named: object) -> None:
        raise NoRoom(Message("No room"))

    monkeypatch.setattr(file_uploads, "place", no_room)
    drop.later(minutes=1)
    listed, letter = drop.files()
    assert (listed.state, letter.state) == ("processed", "refused")
    assert "no room for its answer" in listed.said
    assert drop.desk.view(listed.order).total == 1


def test_another_account_has_no_part_in_it(drop: Drop, world: World) -> None:
    drop.send("lista.csv", sheet(staff(1)))
    drop.later(minutes=1)
    other = world.person(Role.ORDERER, world.account())
    assert drop.files(other) == ()


def test_what_is_being_read_is_shown_so(drop: Drop) -> None:
    drop.send("lista.csv", sheet(staff(2)))
    drop.clock.forward(timedelta(minutes=1))
    inbox.work(drop.memory)
    [row] = drop.files()
    assert (row.state, row.rows, row.read, row.order) == ("imported", 2, 0, "2026-00001")
    with drop.desk.world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(Import)).one().total == 2
    with pytest.raises(Exception, match="cannot be sent yet"):
        perform(ordering.submit, drop.orderer, number="2026-00001", key="k")
