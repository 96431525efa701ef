"""A person's package through the door: to whom, after what, and written down before its first byte."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.privacy import Access, AccessAct, CopyKind, DataCopy
from nexus_portal.services import person_package, sessions
from nexus_portal.services.person_package import Package
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    RECOVERY,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.web.browser import Browser, entered, where
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
PATH = "/people/package"
WHY = {"purpose": "request of the person", "language": "en"}


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def ordered(world: World, account: Account) -> Ordered:
    return order_of(world, world.person(Role.ORDERER, account), ASTRID, BENGT, photos=True)


@pytest.fixture
def person(world: World, account: Account) -> Person:
    return enrolled(world, Role.PRIVACY_OFFICER, account)


@pytest.fixture
def officer(person: Person, clock: Clock) -> Browser:
    """Signed in so long ago that a second factor is asked for."""
    return arrived(person, clock)


def arrived(person: Person, clock: Clock) -> Browser:
    browser = entered(person)
    clock.forward(timedelta(minutes=10))
    return browser


def packed(database: Database) -> list[Access]:
    with database.transaction(SYSTEM, writes=False) as session:
        assert len(session.exec(select(DataCopy).where(DataCopy.kind == CopyKind.PACKAGE)).all()) in {0, 1}
        return list(session.exec(select(Access).where(Access.act == AccessAct.PACKAGED)).all())


def said(browser: Browser) -> tuple[str, dict[str, str]]:
    told = browser.told()
    assert told is not None
    return told.kind, dict(told.kept)


def test_the_file_comes_with_the_new_id_and_is_kept_by_nobody(
    officer: Browser, ordered: Ordered, database: Database
) -> None:
    before = officer.sid
    answer = officer.post(PATH, items=str(ordered.items[0]), code=code(), **WHY)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="person-package-2026-03-02.zip"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held: dict[str, Any] = json.loads(archive.read("person.json"))
        photos = [name for name in archive.namelist() if name.startswith("photos/")]
    assert ASTRID["name"] in json.dumps(held, ensure_ascii=False)
    assert BENGT["name"] not in json.dumps(held, ensure_ascii=False)
    assert len(photos) == 2
    assert officer.sid != before
    assert said(officer) == ("success", {})
    [row] = packed(database)
    assert (row.item_id, row.purpose) == (ordered.items[0], WHY["purpose"])


def test_it_is_written_down_before_the_first_byte(
    officer: Browser, ordered: Ordered, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def broken_off(_actor: Actor, _package: Package) -> Iterator[tuple[str, bytes]]:
        seen.append(len(packed(database)))
        raise ConnectionResetError
        yield "", b""

    monkeypatch.setattr(person_package, "files", broken_off)
    officer.post(PATH, items=str(ordered.items[0]), code=code(), **WHY)
    assert seen == [1]
    assert len(packed(database)) == 1


def test_who_is_signed_out_meanwhile_gets_no_more(
    officer: Browser, ordered: Ordered, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, ended_at = person_package.files, list[int]()

    def ended(actor: Actor, package: Package) -> Iterator[tuple[str, bytes]]:
        assert actor.user_id is not None
        with sessions.system() as session:
            sessions.end_all_of(session, actor.user_id)
        ended_at.append(len(packed(database)))
        yield from whole(actor, package)

    monkeypatch.setattr(person_package, "files", ended)
    answer = officer.post(PATH, items=str(ordered.items[0]), code=code(), **WHY)
    assert ended_at == [1]
    assert officer.visit is None
    assert not zipfile.is_zipfile(io.BytesIO(answer.content))


@pytest.mark.parametrize("given", [{}, {"code": "000000"}, {"recovery": "XXXX-XXXX"}, {"passkey": "{}"}])
def test_without_a_second_factor_that_fits_nothing_is_made(
    officer: Browser, ordered: Ordered, database: Database, given: dict[str, str]
) -> None:
    before, items = officer.sid, str(ordered.items[0])
    assert where(officer.post(PATH, items=items, **WHY, **given)) == "/people"
    assert officer.sid == before
    assert said(officer) == ("error", {"dialog": "package", "at": "code", "items": items, **WHY})
    assert packed(database) == []


def test_within_five_minutes_of_one_no_other_is_asked_for(
    person: Person, ordered: Ordered, clock: Clock
) -> None:
    browser = entered(person)
    before = browser.sid
    assert browser.post(PATH, items=str(ordered.items[0]), **WHY).status_code == 200
    assert browser.sid == before
    clock.forward(timedelta(minutes=5, seconds=1))
    assert where(browser.post(PATH, items=str(ordered.items[0]), **WHY)) == "/people"


@pytest.mark.parametrize("wrong", [{"purpose": ""}, {"purpose": "curiosity"}, {"language": "xx"}])
def test_a_refusal_after_the_second_factor_keeps_what_was_chosen_and_renews_the_id(
    officer: Browser, ordered: Ordered, database: Database, wrong: dict[str, str]
) -> None:
    before, asked = officer.sid, {"items": str(ordered.items[0]), **WHY, **wrong}
    assert where(officer.post(PATH, code=code(), **asked)) == "/people"
    assert officer.sid != before
    assert said(officer) == ("error", {"dialog": "package", **asked})
    assert packed(database) == []


def test_two_persons_are_not_put_into_one_package(
    officer: Browser, ordered: Ordered, database: Database
) -> None:
    both = " ".join(map(str, ordered.items))
    assert where(officer.post(PATH, items=both, code=code(), **WHY)) == "/people"
    assert said(officer)[0] == "error"
    assert packed(database) == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ORDERER, Role.ACCOUNT_ADMIN, Role.APPROVER])
def test_who_may_not_take_persons_away_gets_none(
    world: World, account: Account, ordered: Ordered, clock: Clock, role: Role
) -> None:
    browser = arrived(enrolled(world, role, account), clock)
    assert where(browser.post(PATH, items=str(ordered.items[0]), recovery=RECOVERY, **WHY)) == "/people"
    assert said(browser)[0] == "error"
    assert packed(world.database) == []


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.BUREAU_ADMIN])
def test_another_account_gets_none_and_is_not_told_that_it_exists(
    world: World, ordered: Ordered, clock: Clock, role: Role
) -> None:
    home = world.bureau() if role is Role.BUREAU_ADMIN else world.account("Nordhamn Energi")
    browser = arrived(enrolled(world, role, home), clock)
    answers: list[object] = []
    for items, factor in ((ordered.items[0], {"code": code()}), (uuid4(), {})):
        assert where(browser.post(PATH, items=str(items), **factor, **WHY)) == "/people"
        told = browser.told()
        assert told is not None
        answers.append((told.kind, told.message))
    assert answers[0] == answers[1]
    assert packed(world.database) == []


def test_forms_of_others_and_strangers_are_refused(
    officer: Browser, ordered: Ordered, database: Database
) -> None:
    items = str(ordered.items[0])
    assert officer.post(PATH, form_of="0" * 64, items=items, code=code(), **WHY).status_code in {303, 403}
    assert packed(database) == []
    visitor = Browser()
    visitor.get("/sign-in")
    assert visitor.post(PATH, items=items, code=code(), **WHY).status_code in {303, 401}
    assert officer.get(PATH, accept="*/*").status_code == 405
    assert officer.post(PATH, items="nonsense", code=code(), **WHY).status_code in {303, 404}
    assert packed(database) == []
