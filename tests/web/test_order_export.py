"""The order history as CSV and XLSX: all that is wanted, and nothing that a spreadsheet would carry out."""

import csv
import io
import tracemalloc
from typing import Any

import openpyxl
import pytest
from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import Order
from nexus_portal.services import history_export
from nexus_portal.services.draft_orders import own_account
from nexus_portal.services.history import Wanted
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser
from tests.world import World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
FIRST = 2_026_000_001
REFERENCES = ("Staff", '=HYPERLINK("http://x")', "+46", "@x", " =1+1")


@pytest.fixture
def person(world: World) -> Person:
    own = enrolled(world, Role.APPROVER, world.account())
    stranger = enrolled(world, Role.APPROVER, world.account("Nordhamn Energi"))
    with world.database.transaction(SYSTEM) as session:
        session.add_all(order(own, FIRST + place, REFERENCES[place % 5]) for place in range(120))
        session.add(order(stranger, FIRST + 500, "Not theirs"))
    return own


def order(who: Person, serial: int, reference: str) -> Order:
    return Order(
        account_id=own_account(who.actor),
        serial=serial,
        orderer_id=who.user_id,
        reference=reference,
        cards=3,
        created_at=clock.now(),
        changed_at=clock.now(),
    )


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_csv_has_all_that_is_wanted_and_no_formula(person: Person, database: Database) -> None:
    answer = entered(person).get("/orders/export.csv?sort=number&search=2026-000", accept="*/*")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    lines = read(answer.content.decode("utf-8-sig"))
    assert [line["Order"] for line in lines] == [f"2026-{place:05d}" for place in range(1, 100)]
    assert {line["Reference"] for line in lines} == {"Staff", *(f"'{each}" for each in REFERENCES[1:])}
    assert (lines[0]["Fulfilment"], lines[0]["Orderer"]) == ("Draft", person.actor.name)
    with database.transaction(SYSTEM, writes=False) as session:
        newest = session.exec(
            select(AuditEvent)
            .where(AuditEvent.chain == str(person.actor.account_id))
            .order_by(col(AuditEvent.seq).desc())
        ).first()
    assert newest is not None
    assert (newest.action, newest.facts) == ("orders:exported", {"orders": 99, "filters": ["search"]})


def test_xlsx_has_text_and_numbers_only(person: Person) -> None:
    browser = entered(person)
    browser.cookies["language"] = "sv"
    answer = browser.get("/orders/export.xlsx", accept="*/*")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = list(sheet.iter_rows())
    assert [cell.value for cell in cells[0]][:2] == ["Beställning", "Beställd"]
    assert len(cells) == 121
    assert {cell.data_type for row in cells for cell in row} <= {"s", "n"}
    assert {row[3].value for row in cells[1:]} == set(REFERENCES)
    assert cells[1][5].value == 3


@pytest.mark.parametrize("path", ["/orders/export.ods", "/orders/export.csv%00"])
def test_there_is_no_other_form(person: Person, path: str) -> None:
    assert entered(person).get(path, accept="application/json").status_code in {404, 422}


def test_only_who_may_see_orders_takes_them_away(world: World) -> None:
    assert Browser().get("/orders/export.csv", accept="*/*").status_code == 401
    biller = entered(enrolled(world, Role.BILLING, world.bureau()))
    assert biller.get("/orders/export.csv", accept="*/*").status_code == 403


def test_a_long_history_is_not_kept_in_memory(person: Person) -> None:
    def most(rows: Any) -> int:
        tracemalloc.reset_peak()
        for _ in rows:
            pass
        return tracemalloc.get_traced_memory()[1]

    wanted = Wanted()
    tracemalloc.start()
    try:
        most(history_export.rows(person.actor, wanted=wanted))
        few = most(history_export.rows(person.actor, wanted=Wanted(search="2026-00001")))
        many = most(history_export.rows(person.actor, wanted=wanted))
    finally:
        tracemalloc.stop()
    assert many < few + 400_000
