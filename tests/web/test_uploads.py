"""Files through the door: every kind of bad input gets words and stores nothing, good input arrives."""

import asyncio
import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import PortalError, Unavailable
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.imports import Import, Inspection
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import csrf, drafts, import_inspections, import_reading, import_run
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from nexus_portal.web import multipart, uploads
from nexus_portal.web.app import refused
from nexus_portal.web.caller import VISIT
from tests import samples
from tests.ordering_helpers import Desk, desk, staff, with_bad_number
from tests.samples import HEADERS
from tests.world import World

SCRIPT = {"accept": "application/json"}
PERSON = {"accept": "text/html", "referer": "http://localhost:8000/orders/import"}


class Door:
    """The upload routes as somebody's browser reaches them, behind the guard."""

    def __init__(self, orders: Desk, routes: Sequence[Route] = uploads.routes) -> None:
        self.orders = orders
        self.actor: Actor | None = orders.orderer
        app = Starlette(routes=routes, exception_handlers={PortalError: refused})  # pyright: ignore[reportArgumentType] - Starlette wants handlers of every exception
        self.transport = httpx.ASGITransport(self._signed_in(app))

    def _signed_in(self, app: ASGIApp) -> ASGIApp:
        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            if self.actor is not None:
                hashed = self.actor.session_id
                scope[VISIT] = Visit(self.actor, SessionLevel.FULL, hashed, self.actor.user_id, clock.now())
            await app(scope, receive, send)

        return outer

    @property
    def fields(self) -> dict[str, str]:
        """What every form of the import page carries."""
        token = csrf.token(self.orders.orderer.session_id)
        return {"csrf": token, "layout": str(self.orders.layout.id), "key": self.orders.key()}

    def send(
        self, path: str = "/imports", *, headers: dict[str, str] = SCRIPT, **parts: Any
    ) -> httpx.Response:
        """Post a form; bytes become files, texts become fields."""
        files = {name: ("whatever", value) for name, value in parts.items() if isinstance(value, bytes)}
        fields = {name: value for name, value in parts.items() if isinstance(value, str)}
        # A form without a file is sent as one with files all the same.
        answer = self.ask(
            "POST", path, data={**self.fields, **fields}, files=files or {"none": ("", b"")}, headers=headers
        )
        import_reading.read_due()
        return answer

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self.transport, base_url="http://localhost:8000"
            ) as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def door(orders: Desk) -> Door:
    return Door(orders)


def spreadsheet(count: int = 2) -> bytes:
    return samples.csv_bytes([HEADERS, *(person.cells for person in staff(count))])


def png_claiming(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def stored(orders: Desk) -> list[int]:
    return [orders.count(table) for table in (Order, CardItem, HolderRecord, Import, Inspection)]


def test_a_spreadsheet_and_photos_become_a_draft(orders: Desk, door: Door) -> None:
    people = staff(3)
    answer = door.send(spreadsheet=spreadsheet(3), photos=samples.photos_of(people))
    assert answer.status_code == 200
    number = answer.json()["next"].removeprefix("/orders/")
    assert orders.view(number).ready == 3


def test_a_person_without_the_script_is_led_to_the_draft(door: Door) -> None:
    answer = door.send(headers=PERSON, spreadsheet=spreadsheet())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/orders/2026-")


def test_the_mapping_of_the_page_is_used(orders: Desk, door: Door) -> None:
    rows = [("A", "B"), ("640823-3234", "Åsa Berg")]
    answer = door.send(
        spreadsheet=samples.csv_bytes(rows),
        mapped="1",
        **{"column-0": "personal_number", "column-1": "name", "column-2": ""},
    )
    assert (
        orders.view(answer.json()["next"].removeprefix("/orders/")).rows.rows[0].values["name"] == "Åsa Berg"
    )


def test_an_inspection_answers_with_counts_and_keeps_the_headers(orders: Desk, door: Door) -> None:
    answer = door.send("/imports/inspect", spreadsheet=spreadsheet(4))
    assert answer.json()["rows"] == 4
    kept = perform(import_inspections.inspection, orders.orderer)
    assert kept
    assert (kept.id, kept.headers) == (answer.json()["inspection"], HEADERS)


def test_a_double_click_reads_once(orders: Desk, door: Door) -> None:
    sheet = spreadsheet()
    answers = [door.send(spreadsheet=sheet, key="one-form").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert orders.count(Order) == 1


def merged_headers() -> bytes:
    rows = [("Person", None, "Foto"), ("Åsa", "Berg", "1.jpg")]
    return samples.workbook_bytes(rows, merged=["A1:B1"])


def formulas() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADERS)
    sheet.append(('=HYPERLINK("http://x")', "=1+1", "1.jpg", "Ekonomi"))
    return samples.saved(book)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 150_000_000)
    return file.getvalue()


BAD_SHEETS: dict[str, Callable[[], bytes]] = {
    "100,000 rows": lambda: samples.csv_bytes(
        [("Namn", "Personnummer"), *[("Åsa", "640823-3234")] * 100_000]
    ),
    "2,000 columns": lambda: samples.csv_bytes([[f"K{n}" for n in range(2000)], ["x"] * 2000]),
    "merged header cells": merged_headers,
    "empty": lambda: b" \r\n",
    "a PDF": lambda: b"%PDF-1.7 something",
    "a photo": samples.jpeg_bytes,
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a ZIP bomb": bomb,
    "no header": lambda: samples.csv_bytes([person.cells for person in staff(3)]),
    "only a header": lambda: samples.csv_bytes([HEADERS]),
    "noise": lambda: bytes(range(256)) * 40,
}


@pytest.mark.parametrize(
    ("kind", "path"), [*((kind, "/imports") for kind in BAD_SHEETS), ("no header", "/imports/inspect")]
)
def test_a_spreadsheet_that_cannot_be_used_is_refused_in_words(
    orders: Desk, door: Door, kind: str, path: str
) -> None:
    answer = door.send(path, spreadsheet=BAD_SHEETS[kind]())
    assert answer.status_code == 422
    assert len(answer.json()["error"]) > 15
    assert stored(orders) == [0] * 5


def test_formulas_are_said_at_their_fields(orders: Desk, door: Door) -> None:
    answer = door.send(spreadsheet=formulas())
    if answer.status_code == 422:
        assert "formula" in answer.json()["error"].lower()
        return
    [row] = orders.view(answer.json()["next"].removeprefix("/orders/")).rows.rows
    assert {"name", "personal_number"} <= {problem.field for problem in row.problems}


BAD_PHOTOS: dict[str, Callable[[], bytes]] = {
    "a renamed PDF": lambda: b"%PDF-1.7 something",
    "20,000 × 20,000 pixels": lambda: png_claiming(20_000, 20_000),
    "too small": lambda: samples.jpeg_bytes(299, 409),
    "half of one": lambda: samples.jpeg_bytes()[:2000],
    "five megabytes and more": lambda: samples.jpeg_bytes() + bytes(5 * 1024 * 1024),
}


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_a_photo_that_cannot_be_used_is_refused_in_words(orders: Desk, door: Door, kind: str) -> None:
    number = orders.draft(staff(1), photo=None)
    answer = door.send(f"/orders/items/{orders.item(number)}/photo", photo=BAD_PHOTOS[kind]())
    assert answer.status_code == 422
    assert len(answer.json()["error"]) > 15
    assert not orders.view(number).rows.rows[0].has_photo


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_the_same_in_an_archive_is_said_at_its_row(orders: Desk, door: Door, kind: str) -> None:
    good, bad = staff(2)
    photos = samples.archive_bytes([(good.photo, samples.jpeg_bytes()), (bad.photo, BAD_PHOTOS[kind]())])
    answer = door.send(spreadsheet=spreadsheet(2), photos=photos)
    first, second = orders.view(answer.json()["next"].removeprefix("/orders/")).rows.rows
    assert first.ready
    assert [problem.field for problem in second.problems] == ["photo"]


def test_paths_in_an_archive_lead_nowhere(orders: Desk, door: Door, installation: Path) -> None:
    [person] = staff(1)
    photos = samples.archive_bytes(
        [(f"../../{person.photo}", samples.jpeg_bytes()), ("/etc/evil.jpg", samples.jpeg_bytes())]
    )
    answer = door.send(spreadsheet=spreadsheet(1), photos=photos)
    view = orders.view(answer.json()["next"].removeprefix("/orders/"))
    assert not view.rows.rows[0].has_photo
    assert view.reading
    assert "Its path leads out of the archive." in [str(note) for note in view.reading.notes]
    assert not list(installation.rglob("*.jpg"))


@pytest.mark.parametrize("photos", [b"not a zip", b"PK\x05\x06" + bytes(18), samples.jpeg_bytes()])
def test_an_archive_that_cannot_be_used_is_refused_in_words(orders: Desk, door: Door, photos: bytes) -> None:
    answer = door.send(spreadsheet=spreadsheet(), photos=photos)
    assert answer.status_code == 422
    assert stored(orders) == [0] * 5


def test_no_file_at_all_says_so(door: Door) -> None:
    for path in ("/imports", "/imports/inspect"):
        assert "Choose the file" in door.send(path).json()["error"]


def test_what_is_no_form_with_files_says_so(door: Door) -> None:
    answer = door.ask("POST", "/imports", data=door.fields, headers=SCRIPT)
    assert (answer.status_code, "Choose the file" in answer.json()["error"]) == (422, True)
    broken = {**SCRIPT, "content-type": "multipart/form-data; boundary=x"}
    answer = door.ask("POST", "/imports", content=b"no boundary here", headers=broken)
    assert answer.status_code == 422
    nameless = {**SCRIPT, "content-type": "multipart/form-data"}
    assert door.ask("POST", "/imports", content=b"--", headers=nameless).status_code == 422


def test_a_body_beyond_the_limit_is_refused_by_its_length_alone(
    orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "_read", None)
    monkeypatch.setattr(uploads, "MOST", 1000)
    answer = door.send(spreadsheet=bytes(2000))
    assert answer.status_code == 422
    assert "larger than" in answer.json()["error"]


def test_a_body_that_hides_its_length_is_cut_off(
    orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST", 100_000)
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        head = '--x\r\nContent-Disposition: form-data; name="spreadsheet"; filename="a"\r\n\r\n'
        yield head.encode()
        for part in range(1000):
            sent.append(part)
            yield bytes(10_000)

    headers = {**SCRIPT, "content-type": "multipart/form-data; boundary=x"}
    answer = door.ask("POST", "/imports", content=endless(), headers=headers)
    assert "larger than" in answer.json()["error"]
    assert stored(orders) == [0] * 5


def test_nothing_of_an_upload_touches_the_disk(
    orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("an upload was about to be written to the disk in clear")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    large = samples.csv_bytes([HEADERS, *[("Åsa Berg", "640823-3234", "", "x" * 900)] * 3000])
    assert len(large) > 2 * 1024 * 1024
    answer = door.send("/imports/inspect", spreadsheet=large)
    assert answer.json()["rows"] == 3000


def test_a_form_of_another_session_is_refused(orders: Desk, door: Door) -> None:
    answer = door.send(spreadsheet=spreadsheet(), csrf="0" * 64)
    assert answer.status_code == 422
    assert stored(orders) == [0] * 5


def test_nobody_and_those_who_do_not_order_are_refused_before_the_body_is_read(
    orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "receiving", None)
    item = orders.item(orders.draft(staff(1)))
    for path in ("/imports", "/imports/inspect", "/orders/cards", f"/orders/items/{item}/photo"):
        door.actor = None
        assert door.send(path, spreadsheet=b"x").status_code == 401
        door.actor = orders.world.person(Role.AUDITOR, orders.account)
        assert door.send(path, spreadsheet=b"x").status_code == 403


def test_another_accounts_rows_and_layouts_are_not_found(orders: Desk, door: Door) -> None:
    other = desk(orders.world)
    item = other.item(other.draft(staff(1)))
    photo = samples.jpeg_bytes()
    assert door.send(f"/orders/items/{item}/photo", photo=photo).status_code == 404
    assert door.send("/orders/items/none/photo", photo=photo).status_code == 404
    assert door.send(spreadsheet=spreadsheet(), layout=str(other.layout.id)).status_code == 404
    assert door.send(spreadsheet=spreadsheet(), layout="x").status_code == 404
    assert door.ask("GET", f"/layouts/{other.layout.id}/template.csv", headers=SCRIPT).status_code == 404


def test_one_card_is_ordered_from_its_form(orders: Desk, door: Door) -> None:
    [person] = staff(1)
    answer = door.send(
        "/orders/cards",
        headers=PERSON,
        photo=samples.jpeg_bytes(),
        then="order",
        **{"value-name": person.name, "value-personal_number": person.personal_number},
    )
    assert answer.status_code == 303
    number = answer.headers["location"].removeprefix("/orders/")
    assert orders.order(number).fulfilment == Fulfilment.SUBMITTED


def test_a_form_with_errors_leads_back_to_itself_with_nothing_lost(orders: Desk, door: Door) -> None:
    [person] = staff(1)
    wrong = {"value-name": person.name, "value-personal_number": with_bad_number(person).personal_number}
    answer = door.send("/orders/cards", headers=PERSON, photo=b"%PDF", then="order", **wrong)
    path, _, number = answer.headers["location"].partition("?draft=")
    assert path == "/orders/new"
    assert person.name not in answer.headers["location"]
    [row] = orders.view(number).rows.rows
    assert row.values["name"] == person.name
    assert {problem.field for problem in row.problems} == {"personal_number", "photo"}
    right = {"value-personal_number": person.personal_number, "item": row.item_id, "then": "draft"}
    answer = door.send("/orders/cards", headers=PERSON, photo=samples.jpeg_bytes(), **right)
    assert answer.headers["location"] == f"/orders/{number}"
    assert orders.view(number).ready == 1


def test_a_form_that_showed_an_older_row_writes_nothing_and_says_so(orders: Desk, door: Door) -> None:
    number = orders.draft(staff(1))
    [row] = orders.view(number).rows.rows
    saw = perform(drafts.draft_row, orders.orderer, item_id=UUID(row.item_id)).version
    form = {"item": row.item_id, "saw": saw, "then": "draft"}
    assert door.send("/orders/cards", **form, **{"value-name": "Åsa Ett"}).json() == {
        "next": f"/orders/{number}"
    }
    answer = door.send("/orders/cards", photo=samples.jpeg_bytes(), **form, **{"value-name": "Bo Två"})
    assert (answer.status_code, "changed meanwhile" in answer.json()["error"]) == (409, True)
    assert orders.persons(number)[0]["name"] == "Åsa Ett"


def test_a_photo_is_replaced_and_leads_back(orders: Desk, door: Door) -> None:
    number = orders.draft(staff(1), photo=None)
    path = f"/orders/items/{orders.item(number)}/photo"
    answer = door.send(path, headers=PERSON, photo=samples.png_bytes(), next=f"/orders/{number}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{number}")
    assert orders.view(number).ready == 1
    assert door.send(path, photo=samples.png_bytes()).json() == {"ready": True}
    away = door.send(path, headers=PERSON, photo=samples.png_bytes(), next="https://elsewhere.example/")
    assert away.headers["location"] == "/"


@pytest.mark.parametrize(("kind", "start"), [("csv", "\ufeffName;Personal number".encode()), ("xlsx", b"PK")])
def test_an_empty_spreadsheet_for_the_layout(orders: Desk, door: Door, kind: str, start: bytes) -> None:
    answer = door.ask("GET", f"/layouts/{orders.layout.id}/template.{kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert f'filename="nexus-portal.{kind}"' in answer.headers["content-disposition"]
    assert door.ask("GET", f"/layouts/{orders.layout.id}/template.exe", headers=SCRIPT).status_code == 404


def test_a_locked_database_says_so_and_loses_nothing(
    orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_args: object, **_kwargs: object) -> None:
        raise Unavailable

    with monkeypatch.context() as away:
        away.setattr(import_run, "perform", locked)
        answer = door.send(spreadsheet=spreadsheet(), key="one-form")
    assert (answer.status_code, "Nothing was lost" in answer.json()["error"]) == (503, True)
    assert door.send(spreadsheet=spreadsheet(), key="one-form").status_code == 200
