"""The access log and the audit log to take away, and for how long the access log is kept."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import audit_checks, vault_people
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, order_of
from tests.web.browser import Browser
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
STEP_UP_OVER = timedelta(minutes=6)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Person:
    orderer = world.person(Role.ORDERER, account, name="=Olle")
    ordered = order_of(world, orderer, ASTRID, BENGT)
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    return enrolled(world, Role.PRIVACY_OFFICER, account)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def test_the_access_log_is_taken_away_without_formulas_and_persons(officer: Person) -> None:
    browser = entered(officer)
    answer = browser.get("/privacy/access/export.csv?act=revealed", accept="*/*")
    assert answer.status_code == 200
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert table[0][:3] == ["When", "Who", "Role"]
    assert {row[1] for row in table[1:]} == {"'=Olle"}
    assert {row[7] for row in table[1:]} == {"2026-00001-1", "2026-00001-2"}
    assert table[1][4:6] == ["Shown", "On the page of the order"]
    assert {row[9] for row in table[1:]} == {"Name, Personal number"}
    assert "Astrid" not in answer.text
    lines = browser.get("/privacy/access/export.jsonl", accept="*/*").text.splitlines()
    assert [json.loads(line)["act"] for line in lines] == ["revealed", "revealed"]
    assert browser.get("/privacy/access/export.pdf", accept="application/json").status_code == 422


def test_the_chain_that_is_taken_away_verifies(officer: Person) -> None:
    answer = entered(officer).get("/audit/export.jsonl", accept="*/*")
    lines = answer.text.encode().splitlines()
    assert json.loads(lines[-1])["action"] == "audit:exported"
    assert audit_checks.verify_lines(lines) is None


def test_how_long_it_is_kept_takes_a_second_factor(
    database: Database, clock: Clock, officer: Person, account: Account
) -> None:
    browser = entered(officer)

    def kept() -> int:
        with database.transaction(SYSTEM, writes=False) as session:
            return session.exec(select(Account.access_months).where(Account.id == account.id)).one()

    browser.post("/privacy/access/keep", months="9", code="")
    assert kept() == 24
    clock.forward(STEP_UP_OVER)
    browser.post("/privacy/access/keep", months="36", code="000000")
    assert kept() == 24
    browser.post("/privacy/access/keep", months="36", code=code())
    assert kept() == 36


def test_who_may_not_read_the_logs_takes_none_away(world: World, account: Account) -> None:
    browser = entered(enrolled(world, Role.ORDERER, account))
    for path in ("/privacy/access/export.csv", "/audit/export.jsonl"):
        assert browser.get(path, accept="*/*").status_code == 403
