"""A spreadsheet becomes a draft, its rows checked one by one, nothing stored beyond what is asked for."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany, Unavailable
from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.permissions import Role
from nexus_portal.models.imports import ColumnMapping, Import, Inspection
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    draft_mending,
    drafts,
    import_inspections,
    import_progress,
    import_queue,
    import_reading,
    import_results,
    import_run,
    imports,
    ordering,
)
from nexus_portal.services.draft_files import Place
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.import_run import Sent
from nexus_portal.services.imports import Held
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


def send(orders: Desk, spreadsheet: bytes, archive: bytes | None = None, **options: Any) -> str:
    files = import_run.keep({"spreadsheet": spreadsheet, "photos": archive})
    given = {"key": orders.key(), "layout_id": orders.layout.id, **options}
    return import_run.accept(orders.orderer, sent=Sent(files=files, **given))


def read(orders: Desk, spreadsheet: bytes, archive: bytes | None = None, **options: Any) -> str:
    number = send(orders, spreadsheet, archive, **options)
    import_reading.read_due()
    return number


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


def test_rows_of_two_files_say_which_file_they_are_from(orders: Desk) -> None:
    one, two, three = staff(3)
    number = read(orders, sheet([one, two]))
    assert [row.place for row in orders.view(number).rows.rows] == [Place(2), Place(3)], (
        "one file needs no name"
    )
    read(orders, sheet([three, two, three]), draft=number)
    orders.add(number, [one], first_row=2)
    view = orders.view(number)
    assert [row.place for row in view.rows.rows] == [
        Place(2, 1),
        Place(3, 1),
        Place(2, 2),
        Place(3, 2),
        Place(4, 2),
        Place(2, 0),
    ]
    assert [(file.number, file.rows, file.at != "") for file in view.files] == [(1, 2, True), (2, 3, True)]
    said = [str(problem.message) for row in view.rows.rows for problem in row.problems]
    assert [text for text in said if "same person" in text] == [
        "The same person is in row 3, file 1, already.",
        "The same person is in row 2, file 2, already.",
        "The same person is in row 2, file 1, already.",
    ]
    table = perform(import_results.rows_to_mend, orders.orderer, number=number, kind="csv", language="sv")
    firsts = [line.partition(";")[0].strip('"') for line in table.decode("utf-8-sig").splitlines()[1:]]
    assert firsts == ["2, fil 1", "3, fil 1", "2, fil 2", "3, fil 2", "4, fil 2", "2, tillagd här"]
    assert perform(drafts.draft_row, orders.orderer, item_id=orders.item(number, 3)).place == Place(3, 2)


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


def dies_at(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Make the worker be killed when it has come so far, in the middle of a transaction."""
    take, times = imports.take_rows, iter(range(99))

    def crash(*args: Any, **kwargs: Any) -> int:
        done = take(*args, **kwargs)
        if next(times) == parts:
            raise KeyboardInterrupt
        return done

    crash.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", crash)


def test_a_worker_that_dies_loses_and_doubles_nothing(
    orders: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock, installation: Path
) -> None:
    monkeypatch.setattr(import_reading, "PART", 4)
    with monkeypatch.context() as broken:
        dies_at(broken, 2)
        number = send(orders, sheet(staff(10)))
        with pytest.raises(KeyboardInterrupt):
            import_reading.read_due()
    half = perform(import_progress.reading_now, orders.orderer)
    assert half
    assert (half.done, half.total, half.interrupted, half.waiting) == (8, 10, False, False)
    assert import_reading.read_due() == 0, "it is claimed"
    item = orders.item(number)
    perform(draft_mending.mend_row, orders.orderer, item_id=item, values={"name": "Mended Meanwhile"})
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number, 1))
    clock.forward(import_queue.LEASE + timedelta(seconds=1))
    assert import_reading.read_due() == 1
    view = orders.view(number)
    assert [row.source_row for row in view.rows.rows] == [2, *range(4, 12)]
    assert view.rows.rows[0].values["name"] == "Mended Meanwhile"
    assert perform(import_progress.reading_now, orders.orderer) is None
    assert not list((installation / "received").iterdir())


def test_who_was_thought_dead_writes_no_more(
    orders: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(import_reading, "PART", 2)
    slow, refused = iter([True]), list[Conflict]()

    def sleeping(act: Callable[..., Any]) -> Callable[..., Any]:
        def then_sleep(*args: Any, **kwargs: Any) -> Any:
            if "rows" not in kwargs or not next(slow, False):
                return act(*args, **kwargs)
            clock.forward(import_queue.LEASE + timedelta(seconds=1))
            assert import_reading.read_due() == 1, "another goes on, to the end"
            with pytest.raises(Conflict) as error:
                act(*args, **kwargs)
            refused.append(error.value)
            raise error.value

        then_sleep.__dict__.update(act.__dict__)
        return then_sleep

    # On SQLite a transaction that has begun keeps the other from writing: there it falls asleep just before.
    module, name = (import_reading, "perform") if orders.world.database.is_sqlite else (imports, "take_rows")
    monkeypatch.setattr(module, name, sleeping(getattr(module, name)))
    number = read(orders, sheet(staff(5)))
    assert [row.source_row for row in orders.view(number).rows.rows] == [2, 3, 4, 5, 6]
    reading = orders.view(number).reading
    assert reading
    assert reading.state == "done"
    assert len(refused) == 1


def test_an_import_is_claimed_by_one(orders: Desk) -> None:
    send(orders, sheet(staff(1)))
    [import_id] = import_queue.due()
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(import_queue.claim, [import_id] * 4))
    assert sum(claimed is not None for claimed in claims) == 1


def test_stopping_gives_an_import_back_between_two_parts(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_reading, "PART", 2)
    number, stop, take = send(orders, sheet(staff(5))), threading.Event(), imports.take_rows

    def then_stop(*args: Any, **kwargs: Any) -> int:
        stop.set()
        return take(*args, **kwargs)

    then_stop.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", then_stop)
    import_reading.read_due(stop)
    reading = orders.view(number).reading
    assert reading
    assert (reading.done, reading.waiting) == (2, True)
    import_reading.read_due()
    assert orders.view(number).total == 5


def test_what_never_gets_on_is_given_up(
    orders: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock, installation: Path
) -> None:
    dies_at(monkeypatch, 0)
    number = send(orders, sheet(staff(1)))
    with pytest.raises(KeyboardInterrupt):
        import_reading.read_due()
    for _ in range(import_queue.ATTEMPTS - 1):
        clock.forward(import_queue.LEASE * 2)
        import_queue.claim(import_queue.due()[0])
    clock.forward(import_queue.LEASE * 2)
    import_reading.read_due()
    reading = orders.view(number).reading
    assert reading
    assert reading.interrupted
    assert not list((installation / "received").iterdir())


def test_who_may_not_order_any_more_gets_nothing_read(orders: Desk) -> None:
    number = send(orders, sheet(staff(2)))
    with orders.world.database.transaction(SYSTEM) as session:
        session.exec(
            update(Membership).where(col(Membership.user_id) == orders.orderer.user_id).values(active=False)
        )
    import_reading.read_due()
    assert orders.items(number) == []
    assert import_queue.due() == []


def test_files_go_with_their_draft_and_after_a_day(orders: Desk, clock: Clock, installation: Path) -> None:
    number = send(orders, sheet(staff(2)), samples.photos_of(staff(2)))
    assert len(list((installation / "received").iterdir())) == 2
    perform(drafts.discard_draft, orders.orderer, number=number)
    assert not list((installation / "received").iterdir())
    left = send(orders, sheet(staff(2)))
    stray = import_run.keep({"spreadsheet": b"of a request that was killed"})["spreadsheet"]
    old = clock.now().timestamp() - 3 * 3600
    for path in (installation / "received").iterdir():
        os.utime(path, (old, old))
    import_queue.sweep()
    names = [path.name for path in (installation / "received").iterdir()]
    assert stray.name not in names
    assert len(names) == 1
    clock.forward(timedelta(hours=25))
    import_queue.sweep()
    assert not list((installation / "received").iterdir())
    reading = orders.view(left).reading
    assert reading
    assert reading.interrupted


def test_files_wait_in_limited_numbers(orders: Desk, installation: Path) -> None:
    for count in range(1, imports.MOST_WAITING + 1):
        send(orders, sheet(staff(count)))
    with pytest.raises(TooMany):
        send(orders, sheet(staff(9)))
    assert len(list((installation / "received").iterdir())) == imports.MOST_WAITING


def test_a_database_that_is_gone_for_a_while_is_waited_for(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_reading, "PAUSES", (0, 0))
    monkeypatch.setattr(import_reading, "PART", 2)
    take, refusals = imports.take_rows, iter([True, False, True, True, False])

    def flaky(*args: object, **kwargs: object) -> object:
        done = take(*args, **kwargs)  # pyright: ignore[reportArgumentType] - passed on as they came
        if next(refusals):
            raise Unavailable
        return done

    flaky.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", flaky)
    number = read(orders, sheet(staff(4)))
    assert orders.view(number).total == 4


def test_a_database_that_is_gone_for_long_is_come_back_to(
    orders: Desk, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(import_reading, "PAUSES", ())
    take = imports.take_rows

    def gone(*_args: object, **_kwargs: object) -> object:
        raise Unavailable

    gone.__dict__.update(take.__dict__)
    with monkeypatch.context() as away:
        away.setattr(imports, "take_rows", gone)
        number = read(orders, sheet(staff(2)))
    assert orders.view(number).total == 0
    clock.forward(import_queue.LEASE * 2)
    import_reading.read_due()
    assert orders.view(number).total == 2


def test_the_same_file_after_reading_failed_goes_on(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "PART", 2)
    spreadsheet = sheet(staff(5))
    with monkeypatch.context() as broken:
        take, times = imports.take_rows, iter(range(9))

        def fail(*args: Any, **kwargs: Any) -> int:
            if next(times) == 1:
                raise ValueError
            return take(*args, **kwargs)

        fail.__dict__.update(take.__dict__)
        broken.setattr(imports, "take_rows", fail)
        number = read(orders, spreadsheet)
    reading = orders.view(number).reading
    assert reading
    assert (reading.interrupted, reading.done) == (True, 2)
    assert read(orders, spreadsheet) == number
    assert [row.source_row for row in orders.view(number).rows.rows] == [2, 3, 4, 5, 6]


def test_a_draft_thrown_away_while_it_is_read_ends_the_reading(
    orders: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_reading, "PART", 1)
    take = imports.take_rows

    def then_discard(session, actor, **kwargs):
        done = take(session, actor, **kwargs)
        number = import_progress.row(session, session.get_one(Import, kwargs["held"].import_id)).order
        drafts.discard_draft(session, actor, number=number)
        return done

    then_discard.__dict__.update(take.__dict__)
    monkeypatch.setattr(imports, "take_rows", then_discard)
    read(orders, sheet(staff(3)))
    assert [orders.count(table) for table in (Order, CardItem, HolderRecord, Import)] == [0, 0, 0, 0]


def test_the_pages_hear_how_far_it_is(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "PART", 2)
    heard: list[News] = []
    stop = events.listen(heard.append)
    try:
        number = read(orders, sheet(staff(5)))
    finally:
        stop()
    assert sum(news.topic == "imports" for news in heard) == 5, "begun, three parts, finished"
    assert News(orders.account.id, "orders", number) in heard


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
    assert kept == perform(import_inspections.inspection, orders.orderer)
    assert kept.headers == (*HEADERS, "Lön")
    assert dict(kept.suggestion) == {0: "name", 1: "personal_number", 2: "photo", 3: "department"}
    assert kept.rows == 3
    assert orders.count(Inspection) == 1
    assert perform(import_inspections.inspection, orders.colleague) is None
    clock.forward(timedelta(minutes=61))
    assert perform(import_inspections.inspection, orders.orderer) is None


def test_a_first_row_of_data_is_not_kept(orders: Desk) -> None:
    rows = [person.cells for person in staff(3)]
    with pytest.raises(Invalid, match="header is missing"):
        import_run.inspect(orders.orderer, layout_id=orders.layout.id, spreadsheet=samples.csv_bytes(rows))
    assert orders.count(Inspection) == 0


def test_another_accounts_layout_is_not_found(orders: Desk) -> None:
    stranger = desk(orders.world).orderer
    for attempt in (
        lambda: import_run.inspect(stranger, layout_id=orders.layout.id, spreadsheet=sheet(staff(1))),
        lambda: import_run.accept(
            stranger,
            sent=Sent(
                layout_id=orders.layout.id,
                files=import_run.keep({"spreadsheet": sheet(staff(1))}),
                key="k",
            ),
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

    def send_part(part: slice) -> str:
        together.wait()
        return read(orders, sheet(persons[part]))

    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(send_part, [slice(0, 6), slice(6, 12)]))
    assert [[p["name"] for p in orders.persons(number)] for number in numbers] == [
        [p.name for p in persons[:6]],
        [p.name for p in persons[6:]],
    ]


def test_columns_come_assigned_as_a_person_did_the_last_time(orders: Desk) -> None:
    headers = ["Kolumn A", "Kolumn B", "Namn"]
    [first, second] = staff(2)
    rows = [headers, [first.personal_number, first.name, "x"]]
    chosen = {0: "personal_number", 1: "name"}
    read(orders, samples.csv_bytes(rows), mapping=chosen)
    later = samples.csv_bytes(
        [[f" {header.upper()} " for header in headers], [second.personal_number, second.name, "y"]]
    )
    for actor in (orders.orderer, orders.colleague):
        kept = import_run.inspect(actor, layout_id=orders.layout.id, spreadsheet=later)
        assert (dict(kept.suggestion), kept.remembered) == (chosen, True)
    other = samples.csv_bytes([[*headers, "Lön"], ["1", "2", "3", "4"]])
    kept = import_run.inspect(orders.orderer, layout_id=orders.layout.id, spreadsheet=other)
    assert (dict(kept.suggestion), kept.remembered) == ({2: "name"}, False)
    stranger = desk(orders.world)
    kept = import_run.inspect(stranger.orderer, layout_id=stranger.layout.id, spreadsheet=later)
    assert not kept.remembered


def test_what_nobody_looked_over_is_not_remembered(orders: Desk) -> None:
    read(orders, sheet(staff(1)))
    kept = import_run.inspect(orders.orderer, layout_id=orders.layout.id, spreadsheet=sheet(staff(2)))
    assert not kept.remembered
    assert orders.count(ColumnMapping) == 0


def test_rows_in_another_layout_join_a_draft(orders: Desk) -> None:
    persons = staff(4)
    number = read(orders, sheet(persons[:2]))
    other = orders.world.layout(orders.account)
    for _ in range(2):
        assert read(orders, sheet(persons[2:]), layout_id=other.id, draft=number) == number
    view = orders.view(number)
    assert [row.layout.name for row in view.rows.rows] == [orders.layout.name] * 2 + [other.name] * 2
    assert [line.quantity for line in view.lines] == [2, 2]
    with pytest.raises(NotAllowed):
        import_run.accept(
            orders.colleague,
            sent=Sent(
                layout_id=other.id,
                files=import_run.keep({"spreadsheet": sheet(staff(1))}),
                draft=number,
                key="k",
            ),
        )


def test_the_bar_counts_what_is_there(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "PART_WITH_PHOTOS", 2)
    persons, told = staff(5), list[tuple[int, int, int]]()

    def look(_news: News) -> None:
        source = _last(orders)
        told.append((source.done, source.photos_done, orders.count(CardItem)))

    number = send(orders, sheet(persons), samples.photos_of(persons[:3]))
    stop = events.listen(look)
    try:
        import_reading.read_due()
    finally:
        stop()
    assert sorted(set(told)) == [(2, 2, 2), (4, 3, 4), (5, 3, 5)]
    assert orders.view(number).total == 5


def _last(orders: Desk) -> import_progress.ImportRow:
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        return import_progress.row(session, session.exec(select(Import)).one())


def test_another_claim_writes_and_ends_nothing(orders: Desk) -> None:
    number = send(orders, sheet(staff(2)))
    mine = import_queue.claim(import_queue.due()[0])
    assert mine
    false = Held(mine.import_id, "0" * 32)
    for act in (
        lambda: perform(imports.take_rows, orders.orderer, held=false, start=0, rows=[]),
        lambda: perform(imports.finish, orders.orderer, held=false),
    ):
        with pytest.raises(Conflict):
            act()
    import_queue.end(replace(mine, token=false.claim))
    import_queue.release(replace(mine, token=false.claim))
    reading = orders.view(number).reading
    assert reading
    assert (reading.state, reading.waiting) == ("reading", False)
    assert import_queue.due() == []


def test_a_part_whose_answer_was_lost_is_not_doubled(orders: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "PAUSES", (0, 0))
    monkeypatch.setattr(import_reading, "PART", 2)
    lost = iter([True, False, True])

    def then_away(*args: Any, **given: Any) -> Any:
        done = perform(*args, **given)
        if next(lost, False):
            raise Unavailable
        return done

    monkeypatch.setattr(import_reading, "perform", then_away)
    number = read(orders, sheet(staff(4)))
    assert [row.source_row for row in orders.view(number).rows.rows] == [2, 3, 4, 5]
