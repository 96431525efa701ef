"""Persons through the door: with a second factor, in a file that carries the session's new id."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    RECOVERY,
    Person,
    audited,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
WHY = {"kind": "csv", "purpose": "request of the person"}
FORMULA = {"name": '=HYPERLINK("http://x")', "personal_number": "191212121212"}


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def ordered(world: World, account: Account) -> Ordered:
    return order_of(world, world.person(Role.ORDERER, account), ASTRID, BENGT, FORMULA)


@pytest.fixture
def officer(world: World, account: Account, clock: Clock) -> Browser:
    """Signed in so long ago that a second factor is asked for."""
    return arrived(enrolled(world, Role.PRIVACY_OFFICER, account), clock)


def arrived(person: Person, clock: Clock) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    clock.forward(timedelta(minutes=10))
    return browser


def number_of(database: Database, ordered: Ordered) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        return order_number(session.get_one(Order, ordered.id).serial)


def read(answer: Any) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_file_comes_with_the_new_id_and_is_kept_by_nobody(
    officer: Browser, ordered: Ordered, database: Database
) -> None:
    number, before = number_of(database, ordered), officer.sid
    answer = officer.post("/orders/persons", code=code(), **WHY)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="persons-2026-03-02.csv"'
    lines = read(answer)
    assert [line["Card"] for line in lines] == [f"{number}-{place}" for place in (1, 2, 3)]
    assert [line["Name"] for line in lines] == [ASTRID["name"], BENGT["name"], f"'{FORMULA['name']}"]
    assert lines[0]["Personal number"] == "19640823-3234"
    assert officer.sid != before
    told = officer.told()
    assert told is not None
    assert (told.kind, told.kept) == ("success", {})


def test_the_address_narrows_it_and_leads_back(officer: Browser, ordered: Ordered, world: World) -> None:
    address = urlencode({"billing": "paid", "sort": "number", "columns": "cards~billing", "page": "x"})
    refused = officer.post("/orders/persons", code=code(), wanted=address, **WHY)
    assert where(refused) == f"/orders?{address}"
    told = officer.told()
    assert told is not None
    assert told.message.msgid.startswith("There is nobody")
    assert told.kept == {"dialog": "persons", **WHY}
    assert len(read(officer.post("/orders/persons", wanted="billing=invoiced", **WHY))) == 3
    (entry,) = audited(world, "person:exported")
    assert entry.facts["filters"] == ["billing"]


def test_one_order_in_swedish_as_a_workbook(officer: Browser, ordered: Ordered, database: Database) -> None:
    number = number_of(database, ordered)
    officer.cookies["language"] = "sv"
    answer = officer.post(f"/orders/{number}/persons", recovery=RECOVERY, **{**WHY, "kind": "xlsx"})
    named = f'attachment; filename="persons-{number}-2026-03-02.xlsx"'
    assert answer.headers["content-disposition"] == named
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = list(sheet.iter_rows())
    assert [cell.value for cell in cells[0]][2:] == ["Layout", "Steg", "Namn", "Personnummer"]
    assert {cell.data_type for row in cells for cell in row} == {"s"}
    assert cells[3][4].value == FORMULA["name"]


@pytest.mark.parametrize("given", [{}, {"code": "000000"}, {"recovery": "XXXX-XXXX"}, {"passkey": "{}"}])
def test_without_a_second_factor_that_fits_nobody_is_taken(
    officer: Browser, ordered: Ordered, world: World, given: dict[str, str]
) -> None:
    before = officer.sid
    answer = officer.post("/orders/persons", wanted="billing=invoiced", **WHY, **given)
    assert where(answer) == "/orders?billing=invoiced"
    assert officer.sid == before
    told = officer.told()
    assert told is not None
    assert (told.kind, told.kept) == ("error", {"dialog": "persons", "at": "code", **WHY})
    assert audited(world, "person:exported") == []


def test_a_refusal_after_the_second_factor_keeps_what_was_chosen_and_renews_the_id(
    officer: Browser, ordered: Ordered, database: Database, world: World
) -> None:
    number, before = number_of(database, ordered), officer.sid
    answer = officer.post(f"/orders/{number}/persons", code=code(), kind="csv", purpose="curiosity")
    assert where(answer) == f"/orders/{number}"
    assert officer.sid != before
    told = officer.told()
    assert told is not None
    assert told.kept == {"dialog": "persons", "kind": "csv", "purpose": "curiosity"}
    assert audited(world, "person:exported") == []


def test_others_take_nobody(
    world: World, account: Account, officer: Browser, ordered: Ordered, clock: Clock
) -> None:
    number = number_of(world.database, ordered)
    assert officer.post("/orders/persons", form_of="0" * 64, code=code(), **WHY).status_code == 303
    auditor = arrived(enrolled(world, Role.AUDITOR, account), clock)
    stranger = arrived(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi")), clock)
    for browser in (auditor, stranger):
        assert where(browser.post("/orders/persons", code=code(), **WHY)) == "/orders"
        assert where(browser.post(f"/orders/{number}/persons", **WHY)) == f"/orders/{number}"
        told = browser.told()
        assert told is not None
        assert told.kind == "error"
    visitor = Browser()
    visitor.get("/sign-in")
    assert visitor.post("/orders/persons", code=code(), **WHY).status_code in {303, 401}
    assert officer.get("/orders/persons", accept="*/*").status_code == 405
    assert audited(world, "person:exported") == []
