"""Rows that went out to be mended come back to their cards, however often and in whatever state."""

import csv
import io
from dataclasses import replace

import openpyxl
import pytest
from sqlmodel import select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import CardItem
from nexus_portal.models.privacy import DataCopy
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    draft_mending,
    drafts,
    import_keys,
    import_reading,
    import_results,
    import_run,
    ordering,
    vault,
)
from nexus_portal.services.import_progress import ImportRow
from nexus_portal.services.use_case import perform
from tests import samples
from tests.ordering_helpers import PHOTO, Desk, desk, staff, with_bad_number
from tests.samples import Person
from tests.world import World

Table = list[list[str]]


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def download(orders: Desk, number: str, **options: object) -> Table:
    given = {"kind": "csv", "language": "sv", **options}
    data = perform(import_results.rows_to_mend, orders.orderer, number=number, **given)
    if given["kind"] == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def upload(orders: Desk, number: str, table: Table, *, kind: str = "csv") -> dict[str, int]:
    data = samples.csv_bytes(table, encoding="utf-8") if kind == "csv" else samples.workbook_bytes(table)
    [file] = import_run.keep({"spreadsheet": data}).values()
    assert import_run.accept_mended(orders.orderer, draft=number, file=file, key=orders.key()) == number
    import_reading.read_due()
    reading = last(orders, number)
    assert reading.state == "done"
    return {name: count for name, count in reading.counts.items() if count}


def last(orders: Desk, number: str) -> ImportRow:
    reading = orders.view(number).reading
    assert reading
    return reading


def three_wrong(orders: Desk) -> tuple[str, list[Person]]:
    persons = staff(5)
    wrong = [with_bad_number(persons[0]), *persons[1:3], with_bad_number(persons[3])]
    nameless = Person("", persons[4].personal_number, "", "Ekonomi")
    return orders.draft([*wrong, nameless]), persons


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_wrong_rows_go_out_and_come_back_ready(orders: Desk, kind: str) -> None:
    number, persons = three_wrong(orders)
    head, *rows = download(orders, number, kind=kind)
    assert head == ["Rad", "Namn", "Personnummer", "Avdelning", "Vad som är fel", "nexus-row"]
    assert [row[0] for row in rows] == ["2", "5", "6"]
    assert rows[0][4].startswith("Personnummer: Personnumrets kontrollsiffra")
    rows[0][2], rows[1][2], rows[2][1] = persons[0].personal_number, persons[3].personal_number, "Ny Namn"
    assert upload(orders, number, [head, *rows], kind=kind) == {"mended": 3}
    view = orders.view(number)
    assert (view.total, view.ready) == (5, 5)
    assert [row.values["name"] for row in view.rows.rows][::4] == [persons[0].name, "Ny Namn"]
    assert all(row.has_photo for row in view.rows.rows)
    assert orders.count(HolderRecord) == 5


def test_the_same_table_again_changes_nothing(orders: Desk) -> None:
    number, persons = three_wrong(orders)
    head, *rows = download(orders, number)
    rows[0][2] = persons[0].personal_number
    fresh = ["", "Ny Person", "19121212-1212", "", "", ""]
    assert upload(orders, number, [head, *rows, fresh]) == {"mended": 1, "same": 2, "wrong": 3, "new": 1}
    before = orders.persons(number)
    upload(orders, number, [head, *rows, fresh])
    assert upload(orders, number, [head, *rows[::-1], fresh]) == {"same": 4, "wrong": 3}
    assert orders.persons(number) == before


def test_a_copied_row_is_somebody_new(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    head, first, *_ = download(orders, number)
    copied = [first[0], "Ny Person", "19121212-1212", *first[3:]]
    assert upload(orders, number, [head, first, copied]) == {"same": 1, "new": 1, "wrong": 2}
    assert orders.count(CardItem) == 6


def test_columns_that_were_taken_out_stay_as_they_are(orders: Desk) -> None:
    number, persons = three_wrong(orders)
    head, first, *_ = download(orders, number)
    table = [[row[2], row[5]] for row in (head, first)]
    table[1][0] = persons[0].personal_number
    assert upload(orders, number, table) == {"mended": 1}
    assert orders.persons(number)[0]["name"] == persons[0].name


def test_a_row_that_was_removed_meanwhile_says_so(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    table = download(orders, number)
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    assert upload(orders, number, table) == {"same": 2, "gone": 1, "wrong": 2}
    assert orders.count(CardItem) == 4


def test_keys_of_another_draft_find_nothing(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    other = orders.draft([with_bad_number(staff(6)[5])])
    assert upload(orders, other, download(orders, number)) == {"gone": 3}
    assert orders.count(CardItem) == 6
    item = orders.item(number)
    assert import_keys.key_of(orders.order(number).id, item) != import_keys.key_of(
        orders.order(other).id, item
    )


def test_a_file_without_keys_is_refused(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    table = [row[:-1] for row in download(orders, number)]
    with pytest.raises(Invalid, match="nexus-row"):
        upload(orders, number, table)


def test_nothing_becomes_a_formula(orders: Desk) -> None:
    evil = '=HYPERLINK("http://x")'
    number = orders.draft([Person(evil, staff(1)[0].personal_number, "", "+1")])
    assert download(orders, number)[1][1] == f"'{evil}"
    data = perform(import_results.rows_to_mend, orders.orderer, number=number, kind="xlsx", language="en")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert sheet.column_dimensions["F"].hidden
    assert upload(orders, number, download(orders, number)) == {"same": 1, "wrong": 1}


def test_the_export_is_logged_without_values_and_kept_as_a_copy_that_left(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    download(orders, number, everything=True)
    with orders.world.database.transaction(orders.orderer, writes=False) as session:
        query = select(AuditEvent).where(AuditEvent.action == "person:exported")
        [event] = session.exec(query).all()
        [copy] = session.exec(select(DataCopy)).all()
    assert (copy.kind, copy.persons, copy.actor_role) == ("mending", 5, "orderer")
    assert event.subject == number
    assert event.facts == {
        "persons": 5,
        "fields": ["department", "name", "personal_number"],
        "purpose": "mending in a spreadsheet",
    }


def test_only_its_orderer_gets_the_rows(orders: Desk) -> None:
    number, _ = three_wrong(orders)
    strangers = {
        orders.colleague: NotAllowed,
        orders.world.person(Role.AUDITOR, orders.account): NotAllowed,
        desk(orders.world).orderer: NotFound,
    }
    for stranger, refusal in strangers.items():
        with pytest.raises(refusal):
            perform(import_results.rows_to_mend, stranger, number=number, kind="csv", language="en")
    ready = orders.draft(staff(9)[8:])
    with pytest.raises(Invalid, match="Every row is ready"):
        download(orders, ready)
    perform(ordering.submit, orders.orderer, number=ready, key="k")
    with pytest.raises(Conflict):
        download(orders, ready, everything=True)


def test_photos_in_a_zip_find_the_rows_that_lack_one(orders: Desk) -> None:
    persons = staff(4)
    number = orders.draft(persons, photo=None)
    perform(draft_mending.replace_photo, orders.orderer, item_id=orders.item(number, 1), photo=PHOTO)
    archive = samples.archive_bytes(
        [
            (persons[0].photo, samples.jpeg_bytes()),
            (persons[1].photo, samples.jpeg_bytes()),
            (f"{persons[2].name}.JPG", samples.jpeg_bytes(100, 137)),
            ("Somebody Else.jpg", samples.jpeg_bytes()),
        ]
    )
    send_photos(orders, number, archive)
    rows = orders.view(number).rows.rows
    assert [row.has_photo for row in rows] == [True, True, False, False]
    assert [row.problems[0].code if row.problems else "" for row in rows] == [
        "",
        "",
        "photo_refused",
        "photo_missing",
    ]
    reading = last(orders, number)
    assert (reading.photos, reading.photos_done, reading.state) == (2, 2, "done")
    assert "2 (by place in it: 2, 4)" in str(reading.notes[0])
    with pytest.raises(Invalid, match="No photo in the ZIP file fits"):
        send_photos(orders, number, samples.archive_bytes([("x.jpg", samples.jpeg_bytes())]))


def send_photos(orders: Desk, number: str, archive: bytes) -> None:
    [file] = import_run.keep({"photos": archive}).values()
    import_run.accept_photos(orders.orderer, draft=number, file=file, key=orders.key())
    import_reading.read_due()


def test_more_than_fifty_rows_ask_for_a_second_factor(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    number = orders.draft([with_bad_number(person) for person in staff(50)])
    assert len(download(orders, number)) == 51
    orders.add(number, staff(51)[50:], first_row=52)
    assert len(download(orders, number)) == 51
    with monkeypatch.context() as patched:
        patched.setattr(vault, "open_many", None)
        with pytest.raises(StepUpNeeded):
            download(orders, number, everything=True)
    orders.orderer = replace(orders.orderer, stepped_up_at=clock.now())
    assert len(download(orders, number, everything=True)) == 52


def test_a_draft_whose_rows_went_out_can_be_thrown_away(orders: Desk, world: World) -> None:
    number, _ = three_wrong(orders)
    download(orders, number)
    perform(drafts.discard_draft, orders.orderer, number=number)
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(DataCopy)).all() == []
