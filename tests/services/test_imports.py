"""A spreadsheet becomes a draft, its rows checked one by one, nothing stored beyond what is asked for."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, Unavailable
from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.permissions import Role
from nexus_portal.models.imports import Import, Inspection
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    draft_mending,
    drafts,
    import_progress,
    import_run,
    imports,
    layouts,
    ordering,
)
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.use_case import perform
from tests import samples
from tests.ordering_helpers import PHOTO, Desk, desk, staff, with_bad_number
from tests.samples import HEADERS, Person
from tests.world import Clock, World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def sheet(persons: Sequence[Person], *, headers: Sequence[str] = HEADERS, tail: Sequence[str] = ()) -> bytes:
    return samples.csv_bytes([headers, *([*person.cells, *tail] for person in persons)])


def read(orders: Desk, spreadsheet: bytes, archive: bytes | None = None, **options: object) -> str:
    given = {"mapping": None, "key": orders.key(), "layout_id": orders.layout.id, **options}
    return import_run.read_in(orders.orderer, spreadsheet=spreadsheet, archive=archive, **given)  # pyright: ignore[reportArgumentType]


def found(row: DraftRow) -> dict[str, str]:
    return {problem.field: problem.code for problem in row.problems}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_twenty_five_people_with_their_photos(orders: Desk, kind: str) -> None:
    persons = staff(25)
    rows = [HEADERS, *(person.cells for person in persons)]
    spreadsheet = samples.csv_bytes(rows) if kind == "csv" else samples.workbook_bytes(rows)
    number = read(orders, spreadsheet, samples.photos_of(persons))
    view = orders.view(number)
    assert (view.total, view.ready) == (25, 25)
    assert [row.values["name"] for row in view.rows.rows] == [person.name for person in persons]
    assert [row.source_row for row in view.rows.rows] == list(range(2, 27))
    assert all(row.has_photo for row in view.rows.rows)
    assert view.reading
    assert (view.reading.state, view.reading.done, view.reading.total) == ("done", 25, 25)
    assert perform(ordering.submit, orders.orderer, number=number, key="k").cards == 25


def test_each_row_says_what_is_wrong_with_it(orders: Desk) -> None:
    persons = staff(6)
    nameless = Person("", persons[2].personal_number, persons[2].photo, persons[2].department)
    lost = Person("X" * 41, persons[5].personal_number, persons[5].photo, "Månen")
    spreadsheet = sheet([persons[0], with_bad_number(persons[1]), nameless, persons[0], persons[4], lost])
    archive = samples.archive_bytes(
        [
            (persons[0].photo, samples.jpeg_bytes()),
            (persons[1].photo, samples.jpeg_bytes()),
            (persons[2].photo, samples.jpeg_bytes(200, 273)),
            (persons[4].photo, b"%PDF-1.7 renamed"),
        ]
    )
    rows = orders.view(read(orders, spreadsheet, archive)).rows.rows
    assert [found(row) for row in rows] == [
        {},
        {"personal_number": ProblemCode.PERSONAL_NUMBER},
        {"name": ProblemCode.MISSING, "photo": ProblemCode.PHOTO_REFUSED},
        {"personal_number": ProblemCode.DUPLICATE},
        {"photo": ProblemCode.PHOTO_REFUSED},
        {"name": ProblemCode.TOO_LONG, "department": ProblemCode.CHOICE, "photo": ProblemCode.PHOTO_MISSING},
    ]
    assert str(rows[3].problems[0].message) == "The same person is in row 2 already."
    assert str(rows[5].problems[-1].message) == "No photo in the ZIP file fits this row."
    assert rows[1].values["personal_number"] == with_bad_number(persons[1]).personal_number


def test_columns_that_the_layout_does_not_ask_for_are_dropped(orders: Desk) -> None:
    spreadsheet = sheet(staff(2), headers=[*HEADERS, "Lön", "Hemadress"], tail=["61 234", "Hemliga gatan 7"])
    number = read(orders, spreadsheet)
    assert {key for person in orders.persons(number) for key in person} == {
        "name",
        "personal_number",
        "department",
    }
    reading = orders.view(number).reading
    assert reading
    assert reading.dropped == ("Lön", "Hemadress")


def test_nothing_of_the_rows_is_outside_of_the_vault(orders: Desk) -> None:
    persons = [with_bad_number(staff(1)[0]), staff(2)[1]]
    archive = samples.photos_of([persons[1], staff(3)[2]])
    read(orders, sheet(persons, headers=[*HEADERS, "Lön"], tail=["61 234"]), archive)
    secrets = {"61 234", *(p.name for p in persons), *(p.photo for p in staff(3))}
    secrets |= {digits for p in staff(3) for digits in (p.personal_number, p.photo.removesuffix(".jpg"))}
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        for table in (
            "imports",
            "inspections",
            "orders",
            "card_items",
            "holder_records",
            "photos",
            "audit_events",
        ):
            told = str(session.connection().execute(text(f"SELECT * FROM {table}")).all())
            assert not [secret for secret in secrets if secret in told], table


def test_photos_without_a_row_are_told_by_their_place(orders: Desk) -> None:
    persons = staff(3)
    archive = samples.archive_bytes(
        [
            (persons[1].photo, samples.jpeg_bytes()),
            ("Somebody Else.jpg", samples.jpeg_bytes()),
            (persons[0].photo, samples.jpeg_bytes()),
            ("notes.txt", b"hello"),
        ]
    )
    reading = orders.view(read(orders, sheet(persons[:2]), archive)).reading
    assert reading
    told = [str(note) for note in reading.notes]
    assert "Photos in the ZIP file that fit no row: 1 (by place in it: 2)." in told
    assert "Files in the ZIP file that were left out: 1." in told
    assert "Somebody" not in " ".join(told)


def test_a_chosen_mapping_wins_over_the_headers(orders: Desk) -> None:
    [person] = staff(1)
    rows = [("Kolumn A", "Kolumn B", "Namn"), (person.personal_number, person.name, "somebody else")]
    number = read(orders, samples.csv_bytes(rows), mapping={0: "personal_number", 1: "name"})
    assert [p["name"] for p in orders.persons(number)] == [person.name]


@pytest.mark.parametrize(
    "mapping", [{0: "name"}, {0: "name", 1: "nothing"}, {0: "name", 99: "personal_number"}, {}]
)
def test_a_mapping_that_cannot_be_is_refused_and_nothing_stored(
    orders: Desk, mapping: dict[int, str]
) -> None:
    with pytest.raises(Invalid):
        read(orders, sheet(staff(1)), mapping=mapping)
    assert orders.count(Order) == 0


def test_the_same_form_twice_reads_once(orders: Desk) -> None:
    spreadsheet = sheet(staff(3))
    with ThreadPoolExecutor(3) as pool:
        numbers = set(pool.map(lambda _: read(orders, spreadsheet, key="one-form"), range(3)))
    assert len(numbers) == 1
    assert [orders.count(table) for table in (Order, CardItem, HolderRecord, Import)] == [1, 3, 3, 1]


def test_the_same_file_sent_again_leads_to_its_draft(orders: Desk) -> None:
    spreadsheet = sheet(staff(3))
    assert read(orders, spreadsheet) == read(orders, spreadsheet)
    assert orders.count(CardItem) == 3


def test_photos_may_come_later_with_the_same_spreadsheet(orders: Desk) -> None:
    persons = staff(4)
    spreadsheet = sheet([*persons[:3], with_bad_number(persons[3])])
    number = read(orders, spreadsheet)
    assert [found(row).get("photo") for row in orders.view(number).rows.rows] == ["photo_missing"] * 4
    own = orders.item(number, 1)
    perform(draft_mending.replace_photo, orders.orderer, item_id=own, photo=PHOTO)
    small = (persons[2].photo, samples.jpeg_bytes(100, 137))
    archive = samples.archive_bytes(
        [small, *((p.photo, samples.jpeg_bytes()) for p in (persons[0], persons[3]))]
    )
    assert read(orders, spreadsheet, archive) == number
    assert [found(row) for row in orders.view(number).rows.rows] == [
        {},
        {},
        {"photo": ProblemCode.PHOTO_REFUSED},
        {"personal_number": ProblemCode.PERSONAL_NUMBER},
    ]
    assert [row.has_photo for row in orders.view(number).rows.rows] == [True, True, False, True]
    assert orders.count(CardItem) == 4
    assert read(orders, spreadsheet) == number, "without photos there is nothing more to read"


def test_the_same_file_after_ordering_finds_everybody_on_order(orders: Desk) -> None:
    persons = staff(2)
    first = read(orders, sheet(persons), samples.photos_of(persons))
    perform(ordering.submit, orders.orderer, number=first, key="k")
    second = read(orders, sheet(persons), samples.photos_of(persons))
    assert second != first
    rows = orders.view(second).rows.rows
    assert [found(row) for row in rows] == [{"personal_number": ProblemCode.DUPLICATE}] * 2
    assert first in str(rows[0].problems[0].message)


def test_what_was_read_stays_when_reading_stops_and_the_file_goes_on_there(
    orders: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(import_run, "PART", 4)
    spreadsheet = sheet(staff(10))
    with monkeypatch.context() as broken:
        take, times = imports.take_rows, iter(range(9))

        def crash(*args: object, **kwargs: object) -> object:
            if next(times) == 2:
                raise KeyboardInterrupt
            return take(*args, **kwargs)  # pyright: ignore[reportArgumentType]

        crash.__dict__.update(take.__dict__)
        broken.setattr(imports, "take_rows", crash)
        with pytest.raises(KeyboardInterrupt):
            read(orders, spreadsheet)
    half = perform(import_progress.reading_now, orders.orderer)
    assert half
    assert (half.done, half.total, half.interrupted) == (8, 10, False)
    clock.forward(timedelta(minutes=3))
    half = perform(import_progress.reading_now, orders.orderer)
    assert half
    assert half.interrupted
    item = orders.item(half.order)
    perform(draft_mending.mend_row, orders.orderer, item_id=item, values={"name": "Mended Meanwhile"})
    assert read(orders, spreadsheet) == half.order
    view = orders.view(half.order)
    assert [row.source_row for row in view.rows.rows] == list(range(2, 12))
    assert view.rows.rows[0].values["name"] == "Mended Meanwhile"
    assert perform(import_progress.reading_now, orders.orderer) is None


def test_a_database_that_is_gone_for_a_while_is_waited_for(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PAUSES", (0, 0))
    monkeypatch.setattr(import_run, "PART", 2)
    take, refusals = imports.take_rows, iter([True, False, True, True, False])

    def flaky(*args: object, **kwargs: object) -> object:
        done = take(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        if next(refusals):
            raise Unavailable
        return done

    flaky.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", flaky)
    number = read(orders, sheet(staff(4)))
    assert orders.view(number).total == 4


def test_a_database_that_is_gone_for_long_leaves_a_draft_that_says_so(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PAUSES", ())
    take = imports.take_rows

    def gone(*_args: object, **_kwargs: object) -> object:
        raise Unavailable

    gone.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", gone)
    with pytest.raises(Unavailable):
        read(orders, sheet(staff(2)))
    monkeypatch.setattr(imports, "take_rows", take)
    [number] = {reading.order for reading in [_last(orders)]}
    assert _last(orders).interrupted
    assert read(orders, sheet(staff(2))) == number
    assert orders.view(number).total == 2


def _last(orders: Desk) -> import_progress.ImportRow:
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        source = session.exec(select(Import)).one()
        return import_progress.row(session, source)


def test_a_draft_thrown_away_while_it_is_read_ends_the_reading(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PART", 1)
    take = imports.take_rows

    def then_discard(session, actor, **kwargs):
        done = take(session, actor, **kwargs)
        number = import_progress.row(session, session.get_one(Import, kwargs["import_id"])).order
        drafts.discard_draft(session, actor, number=number)
        return done

    then_discard.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", then_discard)
    read(orders, sheet(staff(3)))
    assert [orders.count(table) for table in (Order, CardItem, HolderRecord, Import)] == [0, 0, 0, 0]


def test_the_pages_hear_how_far_it_is(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_run, "PART", 2)
    heard: list[News] = []
    stop = events.listen(heard.append)
    try:
        number = read(orders, sheet(staff(5)))
    finally:
        stop()
    assert sum(news.topic == "imports" for news in heard) == 5, "begun, three parts, finished"
    assert News(orders.account.id, "orders", number) in heard


def test_ten_thousand_rows_are_taken_part_by_part(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[int] = []
    monkeypatch.setattr(import_run, "perform", lambda *_a, **given: parts.append(len(given.get("rows", ()))))
    persons = [("Namn", "Personnummer"), *(("Test Person", "640823-3234") for _ in range(10_000))]
    prepared = import_run.plan(_offered(orders), samples.csv_bytes(persons), None, None, "en")
    import_run._read_rows(orders.orderer, orders.layout.id, prepared)
    assert parts == [500] * 20 + [0]


def _offered(orders: Desk):
    return perform(layouts.layouts_for_ordering, orders.orderer)[0]


@pytest.mark.parametrize(
    ("spreadsheet", "archive", "words"),
    [
        (b"", None, "empty"),
        (b"%PDF-1.7", None, "PDF"),
        (samples.csv_bytes([HEADERS]), None, "no row"),
        (samples.csv_bytes([("Namn", "Lön"), ("A B", "1")]), None, "Personal number"),
        (samples.csv_bytes([("A B", "640823-3234"), ("C D", "850709-9805")]), None, "header is missing"),
        (samples.csv_bytes([HEADERS, *([staff(1)[0].cells] * 10_001)]), None, "10,000|10000"),
        (samples.csv_bytes([[f"K{n}" for n in range(2000)], ["x"] * 2000]), None, "200 columns"),
        (sheet(staff(1)), b"not a zip", "not a ZIP"),
        (sheet(staff(1)), samples.jpeg_bytes(), "single photo"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words_and_nothing_stored(
    orders: Desk, spreadsheet: bytes, archive: bytes | None, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        read(orders, spreadsheet, archive)
    assert [orders.count(table) for table in (Order, Import, HolderRecord)] == [0, 0, 0]


def test_an_inspection_keeps_headers_only_and_one_per_person(orders: Desk, clock: Clock) -> None:
    persons = staff(3)
    given = {"layout_id": orders.layout.id}
    import_run.inspect(orders.orderer, spreadsheet=sheet(persons[:1]), **given)
    kept = import_run.inspect(orders.orderer, spreadsheet=sheet(persons, headers=[*HEADERS, "Lön"]), **given)
    assert kept == perform(imports.inspection, orders.orderer)
    assert kept.headers == (*HEADERS, "Lön")
    assert dict(kept.suggestion) == {0: "name", 1: "personal_number", 2: "photo", 3: "department"}
    assert kept.rows == 3
    assert orders.count(Inspection) == 1
    assert perform(imports.inspection, orders.colleague) is None
    clock.forward(timedelta(minutes=61))
    assert perform(imports.inspection, orders.orderer) is None


def test_a_first_row_of_data_is_not_kept(orders: Desk) -> None:
    rows = [person.cells for person in staff(3)]
    with pytest.raises(Invalid, match="header is missing"):
        import_run.inspect(orders.orderer, layout_id=orders.layout.id, spreadsheet=samples.csv_bytes(rows))
    assert orders.count(Inspection) == 0


def test_another_accounts_layout_is_not_found(orders: Desk) -> None:
    stranger = desk(orders.world).orderer
    for attempt in (
        lambda: import_run.inspect(stranger, layout_id=orders.layout.id, spreadsheet=sheet(staff(1))),
        lambda: import_run.read_in(
            stranger,
            layout_id=orders.layout.id,
            spreadsheet=sheet(staff(1)),
            archive=None,
            mapping=None,
            key="k",
        ),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_only_orderers_import(orders: Desk) -> None:
    orders.orderer = orders.world.person(Role.AUDITOR, orders.account)
    with pytest.raises(NotAllowed):
        read(orders, sheet(staff(1)))


def test_two_different_files_at_once_do_not_mix(orders: Desk) -> None:
    persons, together = staff(12), threading.Barrier(2)

    def send(part: slice) -> str:
        together.wait()
        return read(orders, sheet(persons[part]))

    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(send, [slice(0, 6), slice(6, 12)]))
    assert [[p["name"] for p in orders.persons(number)] for number in numbers] == [
        [p.name for p in persons[:6]],
        [p.name for p in persons[6:]],
    ]
