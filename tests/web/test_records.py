"""Records of processing, and what a breach could have touched, taken away."""

import csv
import io
import json
from datetime import timedelta

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import vault_people
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


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def officer(world: World, account: Account) -> Person:
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID, BENGT)
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    return enrolled(world, Role.PRIVACY_OFFICER, account)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def test_the_record_is_taken_away_on_paper_and_as_json(officer: Person, account: Account) -> None:
    browser = entered(officer)
    paper = browser.get("/privacy/records/now.pdf", accept="*/*")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    told = json.loads(browser.get("/privacy/records/now.json", accept="*/*").content)
    assert (told["record"], told["account"]) == ("controller", account.number)
    assert ASTRID["name"] not in json.dumps(told, ensure_ascii=False)
    for path in ("/privacy/records/1.pdf", "/privacy/records/now.txt", "/privacy/records/x.pdf"):
        assert browser.get(path, accept="*/*").status_code == 404
    assert browser.get("/bureau/processing/now.pdf", accept="*/*").status_code == 403


def test_the_bureau_takes_its_own_away(world: World) -> None:
    browser = entered(enrolled(world, Role.BUREAU_ADMIN, world.bureau()))
    told = json.loads(browser.get("/bureau/processing/now.json", accept="*/*").content)
    assert told["record"] == "processor"
    assert browser.get("/privacy/records/now.json", accept="*/*").status_code == 403


def test_what_could_be_touched_is_taken_away_with_a_second_factor(officer: Person, clock: Clock) -> None:
    browser = entered(officer)
    asked = {"since": "2026-01-01", "purpose": "security incident", "kind": "csv"}
    clock.forward(timedelta(minutes=6))
    refused = browser.post("/breaches/export", code="000000", **asked)
    assert (refused.status_code, refused.headers["location"]) == (303, "/privacy/breaches")
    flash = browser.told()
    assert flash is not None
    assert (flash.kept["dialog"], flash.kept["since"]) == ("export", "2026-01-01")
    answer = browser.post("/breaches/export", code=code(), **asked)
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert table[0][:4] == ["Account", "Order", "Card", "How certain"]
    assert [row[2] for row in table[1:]] == ["", "2026-00001-1", "2026-00001-2"]
    assert "Astrid" not in answer.text
    rows = json.loads(browser.post("/breaches/export", **{**asked, "kind": "json"}).content)
    assert [row["certainty"] for row in rows] == ["open", "sure", "sure"]


def test_who_may_not_handle_breaches_takes_nothing_away(world: World, account: Account) -> None:
    browser = entered(enrolled(world, Role.AUDITOR, account))
    answer = browser.post("/breaches/export", since="2026-01-01", purpose="other", kind="csv")
    assert answer.status_code == 303
    assert "filename" not in answer.headers.get("content-disposition", "")
