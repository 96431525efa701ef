"""The forms of a forgotten password, behind the guard: one answer for all, links of our own address only."""

import asyncio

import httpx
import pytest
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import csrf, outbox, password_resets, sessions
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import ORIGIN, Browser, where
from tests.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")
NEW = "lykta grus bana tacke"


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


@pytest.fixture
def browser(world: World) -> Browser:
    opened = Browser()
    opened.get("/forgot")
    return opened


def link_in(world: World) -> str:
    password_resets.answer()
    with world.database.transaction(SYSTEM, writes=False) as session:
        (mail,) = session.exec(select(OutboxMail)).all()
    return outbox.opened(mail).rpartition("\n")[2]


def token(browser: Browser, world: World, person: Person) -> str:
    browser.post("/auth/forgot", email=person.email)
    return link_in(world).partition("#")[2]


def test_known_and_unknown_get_the_same_answer(browser: Browser, person: Person) -> None:
    said: list[object] = []
    for email in (person.email, "nobody@example.test"):
        answer = browser.post("/auth/forgot", email=email)
        said.append((where(answer), answer.content, sorted(answer.headers), browser.told()))

    assert said[0] == said[1]
    assert said[0][0] == "/forgot"  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType] - a list of what a fake was told


def test_what_is_no_address_is_said_at_the_field(browser: Browser) -> None:
    for email in ("nobody", "", "x" * 400 + "@x.se"):
        assert where(browser.post("/auth/forgot", email=email)) == "/forgot"
        said = browser.told()
        assert said is not None
        assert said.kept["at"] == "email"


def test_forms_lead_to_both_factors_each_step_under_a_new_id(
    browser: Browser, world: World, person: Person
) -> None:
    secret, ids = token(browser, world, person), [browser.sid]

    assert where(browser.post("/auth/reset/start", token=secret)) == "/reset"
    ids.append(browser.sid)
    assert where(browser.get("/orders")).startswith("/sign-in")
    assert where(browser.post("/auth/reset/password", password=NEW)) == "/sign-in"
    ids.append(browser.sid)
    said = browser.told()
    assert said is not None
    assert str(said.message).startswith("Your password is changed")
    assert where(browser.get("/orders")).startswith("/sign-in")

    assert len(set(ids)) == 3
    assert [sessions.resolve(sid) is not None for sid in ids] == [False, False, True]
    browser.post("/auth/sign-in", email=person.email, password=NEW)
    assert browser.visit is not None
    assert browser.visit.level is SessionLevel.PASSWORD
    assert where(browser.post("/auth/second-factor", code=code())) == "/"


def test_link_page_carries_the_form_and_no_secret(browser: Browser, world: World, person: Person) -> None:
    secret = token(browser, world, person)

    page = browser.get("/auth/reset/link")

    assert 'action="/auth/reset/start"' in page.text
    assert '<script src="/link.js">' in page.text
    assert "Choose a new password" in page.text
    assert secret not in page.text
    browser.cookies["language"] = "sv"
    assert "Välj ett nytt lösenord" in browser.get("/auth/reset/link").text


def test_used_link_leads_to_a_new_one(browser: Browser, world: World, person: Person) -> None:
    secret = token(browser, world, person)
    browser.post("/auth/reset/start", token=secret)
    browser.post("/auth/reset/password", password=NEW)

    for again in (secret, "x"):
        assert where(browser.post("/auth/reset/start", token=again)) == "/forgot"
        said = browser.told()
        assert said is not None
        assert "no longer works" in str(said.message)


def test_weak_password_is_said_at_the_field(browser: Browser, world: World, person: Person) -> None:
    browser.post("/auth/reset/start", token=token(browser, world, person))
    before = browser.sid

    assert where(browser.post("/auth/reset/password", password="short")) == "/reset"

    said = browser.told()
    assert said is not None
    assert said.kept == {"at": "password"}
    assert browser.sid == before


def poisoned(browser: Browser, email: str, **headers: str) -> httpx.Response:
    """Ask for a link with headers that name another host."""
    fields = {"csrf": csrf.token(sessions.hash_of(browser.sid)), "email": email}
    sent = {"accept": "text/html", "cookie": f"sid={browser.sid}", "origin": ORIGIN, **headers}

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=browser.transport, base_url=ORIGIN) as client:
            return await client.post("/auth/forgot", headers=sent, data=fields)

    return asyncio.run(send())


def test_poisoned_host_and_origin_change_nothing(browser: Browser, world: World, person: Person) -> None:
    assert poisoned(browser, person.email, host="evil.example").status_code == 421
    assert poisoned(browser, person.email, origin="https://evil.example").status_code == 403
    misleading = {
        "x-forwarded-host": "evil.example",
        "forwarded": "host=evil.example",
        "referer": "https://evil.example/",
    }
    assert poisoned(browser, person.email, **misleading).status_code == 303

    assert link_in(world).startswith(f"{ORIGIN}/assets/reset/#")


def test_form_of_another_session_asks_for_nothing(browser: Browser, world: World, person: Person) -> None:
    browser.post("/auth/forgot", form_of="x", email=person.email)
    password_resets.answer()
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(OutboxMail)).all() == []


def test_everything_but_the_link_needs_a_post(browser: Browser) -> None:
    for path in ("/auth/forgot", "/auth/reset/start", "/auth/reset/password"):
        assert browser.get(path).status_code == 405
