"""The print file behind the guard: sent in parts and never kept, after a second factor where it is large."""

import io
import os
import zipfile
from datetime import timedelta

import pytest

from nexus_portal.adapters import zip_stream
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.services import print_file, production
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.ordering_helpers import Desk, desk, staff
from tests.pdf_texts import texts
from tests.services.test_print_file import printing
from tests.web.browser import Browser
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def operator(world: World) -> Person:
    return enrolled(world, Role.PRODUCTION_OPERATOR, world.bureau())


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def archive(answer) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_file_is_a_pdf_of_each_part_and_is_not_kept(
    orders: Desk, operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_file, "PART", 2)
    persons = staff(3)
    _, batch = printing(orders, operator.actor, persons)
    answer = entered(operator).get(f"/production/{batch}/print.zip?printer=Standard")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="{batch}.zip"'
    with archive(answer) as files:
        assert files.testzip() is None
        assert files.namelist() == [f"{batch}-01.pdf", f"{batch}-02.pdf"]
        said = " ".join(text for name in files.namelist() for text in texts(files.read(name)))
    assert [person.name in said for person in persons] == [True] * 3


def test_a_refusal_leads_back_to_the_batch_and_says_why(orders: Desk, operator: Person) -> None:
    _, batch = printing(orders, operator.actor, staff(1))
    perform(production.advance, operator.actor, number=batch, to=Stage.QC)
    browser = entered(operator)
    answer = browser.get(f"/production/{batch}/print.zip?printer=Standard")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bureau/production/{batch}")
    assert browser.told().kind == "error"
    answer = browser.get("/production/..%5Cevil/print.zip?printer=Standard")
    assert answer.headers["location"] == "/bureau/production"


def test_more_than_fifty_persons_are_sent_after_a_second_factor(
    orders: Desk, operator: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_file, "MANY", 1)
    _, batch = printing(orders, operator.actor, staff(2))
    browser = entered(operator)
    clock.forward(timedelta(minutes=10))
    address = f"/production/{batch}/print.zip?printer=Standard"
    assert browser.get(address).status_code == 303
    browser.post(f"/production/{batch}/print")
    assert browser.get(address).status_code == 303
    answer = browser.post(f"/production/{batch}/print", code=code())
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bureau/production/{batch}")
    with archive(browser.get(address)) as files:
        assert len(files.namelist()) == 1


def test_only_production_confirms_and_takes_it(orders: Desk, operator: Person, world: World) -> None:
    _, batch = printing(orders, operator.actor, staff(1))
    stranger = entered(enrolled(world, Role.ORDER_DESK, world.bureau()))
    assert stranger.get(f"/production/{batch}/print.zip?printer=Standard").status_code == 303
    stranger.post(f"/production/{batch}/print", code=code())
    assert stranger.told().kind == "error"
    assert Browser().get(f"/production/{batch}/print.zip?printer=Standard").status_code in {303, 401}


def test_an_archive_leaves_piece_by_piece() -> None:
    pieces = zip_stream.pieces((f"{place}.txt", os.urandom(1000)) for place in range(3))
    sent = [len(piece) for piece in pieces]
    assert len(sent) == 4
    assert all(1000 < size < 1200 for size in sent[:3])
