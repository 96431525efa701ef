"""Certificates and photos behind the guard: only for those who may, never kept, always written down."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.services import certificates, erasure
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.people import ASTRID, Ordered, Picture, order_of
from tests.web.browser import Browser
from tests.world import World

pytestmark = [
    pytest.mark.usefixtures("quick_passwords"),
]


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, home: Account) -> Person:
    return enrolled(world, Role.ORDERER, home)


@pytest.fixture
def ordered(world: World, orderer: Person) -> Ordered:
    return order_of(world, orderer.actor, ASTRID, photos=True)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def removed(person: Person, ordered: Ordered) -> UUID:
    stepped_up = replace(person.actor, stepped_up_at=clock.now())
    return perform(erasure.erase_personal_data, stepped_up, order_id=ordered.id).id


def test_the_orderer_gets_the_photo_and_it_is_written_down(
    database: Database, orderer: Person, ordered: Ordered
) -> None:
    answer = entered(orderer).get(f"/photos/{ordered.items[0]}", accept="image/*")

    assert answer.status_code == 200
    assert answer.content == Picture().crop
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    with database.transaction(SYSTEM, writes=False) as session:
        newest = session.exec(
            select(AuditEvent)
            .where(AuditEvent.chain == str(orderer.actor.account_id))
            .order_by(col(AuditEvent.seq).desc())
        ).first()
    assert newest is not None
    assert (newest.action, newest.actor_id, newest.facts["fields"]) == (
        "person:revealed",
        orderer.user_id,
        ["photo"],
    )


def test_another_s_photo_is_like_an_absent_one(world: World, home: Account, ordered: Ordered) -> None:
    stranger = entered(enrolled(world, Role.ORDERER, world.account("Nordhamn Energi")))
    colleague = entered(enrolled(world, Role.ORDERER, home))
    paths = (f"/photos/{ordered.items[0]}", f"/photos/{new_id()}", "/photos/..%2f..%2fkeys", "/photos/x")
    answers = {
        (answer.status_code, answer.text)
        for browser in (stranger, colleague)
        for answer in (browser.get(path, accept="image/*") for path in paths[:2])
    }
    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1
    for path in paths[2:]:
        assert stranger.get(path, accept="image/*").status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.PRIVACY_OFFICER])
def test_who_may_see_orders_does_not_see_photos(
    world: World, home: Account, ordered: Ordered, role: Role
) -> None:
    answer = entered(enrolled(world, role, home)).get(f"/photos/{ordered.items[0]}", accept="image/*")
    assert answer.status_code == 403


def test_nobody_gets_anything_without_signing_in(orderer: Person, ordered: Ordered) -> None:
    erasure_id = removed(orderer, ordered)
    for path in (f"/photos/{ordered.items[0]}", f"/certificates/{erasure_id}.json"):
        assert Browser().get(path, accept="*/*").status_code == 401


def test_a_removed_photo_is_gone(orderer: Person, ordered: Ordered) -> None:
    removed(orderer, ordered)
    assert entered(orderer).get(f"/photos/{ordered.items[0]}", accept="image/*").status_code == 404


def test_the_certificate_comes_as_json_that_verifies(orderer: Person, ordered: Ordered) -> None:
    browser = entered(orderer)
    erasure_id = removed(orderer, ordered)

    answer = browser.get(f"/certificates/{erasure_id}.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    pem = Browser().get("/certificates/public-key", accept="*/*")
    assert pem.status_code == 200
    assert certificates.why_invalid(certificates.read(answer.json()), pem.content) is None


def test_the_certificate_comes_as_a_page_in_the_reader_s_language(orderer: Person, ordered: Ordered) -> None:
    browser = entered(orderer)
    erasure_id = removed(orderer, ordered)
    browser.cookies["language"] = "sv"

    answer = browser.get(f"/certificates/{erasure_id}.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"/Lang (sv)" in answer.content


def test_a_foreign_certificate_is_like_an_absent_one(world: World, orderer: Person, ordered: Ordered) -> None:
    erasure_id = removed(orderer, ordered)
    stranger = entered(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi")))
    for form in ("json", "pdf"):
        answers = [
            stranger.get(f"/certificates/{number}.{form}")
            for number in (erasure_id, new_id(), "no-number", "..%2f..%2fportal")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert answers[0].text == answers[1].text
