"""Files by the page: sent as they arrive, taken away by who may, deleted with a code, rules by the admin."""

import asyncio
from urllib.parse import quote

import httpx
import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import csrf, file_list, file_rules, sessions
from nexus_portal.services.file_list import FileRow
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import HEADERS, ORIGIN, Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")
NAME = "Klass 9B – Åsa.csv"
DATA = b"Namn;Klass\r\n" * 100_000


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, home: Account) -> Person:
    return enrolled(world, Role.ORDERER, home)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


def send(browser: Browser, name: str, data: bytes, *, token: str | None = None) -> httpx.Response:
    """What `assets/dropping.js` sends: the file as the body, its name in a header."""
    headers = {
        **HEADERS,
        "accept": "application/json",
        "origin": ORIGIN,
        "sec-fetch-site": "same-origin",
        "cookie": f"sid={browser.sid}",
        "x-csrf": csrf.token(sessions.hash_of(browser.sid)) if token is None else token,
        "x-file-name": quote(name),
        "content-type": "application/octet-stream",
    }

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=browser.transport, base_url=ORIGIN) as client:
            return await client.post("/files/send", headers=headers, content=data)

    return asyncio.run(ask())


def listed(world: World, home: Account) -> tuple[FileRow, ...]:
    return perform(file_list.files, world.person(Role.PRIVACY_OFFICER, home)).rows


def test_a_file_is_sent_taken_and_deleted(world: World, home: Account, orderer: Person, clock: Clock) -> None:
    assert clock
    browser = entered(orderer)
    assert send(browser, NAME, DATA).status_code == 200
    [row] = listed(world, home)
    assert (row.name, row.size, row.state, row.by) == (NAME, len(DATA), "received", orderer.actor.name)

    taken = browser.get(f"/files/{row.id}/content")
    assert taken.content == DATA
    assert taken.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(NAME, safe='')}"
    assert taken.headers["cache-control"] == "no-store"

    answer = browser.post("/files/remove", files=row.id)
    told = browser.told()
    assert (where(answer), told and told.kept["dialog"]) == ("/files", "removed"), "the code is fresh"
    assert listed(world, home) == ()
    assert browser.get(f"/files/{row.id}/content").status_code == 404
    assert browser.get(f"/certificates/{told and told.kept['erasure']}.json").status_code == 200


def test_what_cannot_be_taken_in_is_said(world: World, home: Account, orderer: Person) -> None:
    browser = entered(orderer)
    for name in ("../../etc/passwd", "a/b.csv", "a\x00.csv", "\u202efdp.csv", ""):
        refused = send(browser, name, b"x")
        assert (refused.status_code, "error" in refused.json()) == (422, True)
    assert send(browser, "lista.csv", b"x", token="another").status_code == 422
    assert listed(world, home) == ()


def test_others_reach_nothing(world: World, home: Account, orderer: Person) -> None:
    send(entered(orderer), "lista.csv", b"x")
    [row] = listed(world, home)
    admin, stranger = (
        entered(enrolled(world, Role.ACCOUNT_ADMIN, home)),
        entered(enrolled(world, Role.ORDERER, world.account())),
    )
    colleague = entered(enrolled(world, Role.ORDERER, home))
    assert colleague.get(f"/files/{row.id}/content").status_code == 404
    colleague.post("/files/remove", files=row.id)
    assert [each.id for each in listed(world, home)] == [row.id], "a colleague’s is like an absent one"
    officer = entered(enrolled(world, Role.PRIVACY_OFFICER, home))
    assert officer.get(f"/files/{row.id}/content").content == b"x"
    assert admin.get(f"/files/{row.id}/content").status_code == 403
    assert send(admin, "lista.csv", b"x").status_code == 403
    assert stranger.get(f"/files/{row.id}/content").status_code == 404
    stranger.post("/files/remove", files=row.id)
    assert [each.id for each in listed(world, home)] == [row.id]
    assert Browser().get(f"/files/{row.id}/content").status_code in {303, 401}


def test_the_rules_are_changed_with_a_code(
    world: World, home: Account, orderer: Person, clock: Clock
) -> None:
    assert clock
    browser = entered(enrolled(world, Role.ACCOUNT_ADMIN, home))
    admin = world.person(Role.ACCOUNT_ADMIN, home)
    typed = {
        "orders_as": str(orderer.user_id),
        "submits": "yes",
        "layout": "",
        "archives": "no",
        "days_after_use": "3",
    }
    browser.post("/files/rules", **typed, days_unused="many")
    assert perform(file_rules.rules, admin).orderer == "", "many is no number of days"
    browser.post("/files/rules", **typed, days_unused="9")
    view = perform(file_rules.rules, admin)
    assert (view.rules.submits, view.rules.days_after_use, view.rules.days_unused) == (True, 3, 9)
