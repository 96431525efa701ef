"""The forms of signing in and out, behind the guard: cookies, redirects, tokens, words."""

import re
from datetime import timedelta

import pytest

from nexus_portal.adapters import db
from nexus_portal.adapters.db import Database
from nexus_portal.domain.permissions import Role
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import csrf, sessions
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    RECOVERY,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.services.test_account import also_in
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


@pytest.fixture
def browser(world: World) -> Browser:
    opened = Browser()
    opened.get("/sign-in")
    return opened


def first_step(browser: Browser, person: Person, **more: str) -> str:
    return where(browser.post("/auth/sign-in", email=person.email, password=PASSWORD, **more))


def enter(browser: Browser, person: Person, **more: str) -> str:
    first_step(browser, person)
    return where(browser.post("/auth/second-factor", code=code(), **more))


def level(browser: Browser) -> SessionLevel | None:
    return browser.visit.level if browser.visit else None


def test_two_forms_sign_in_and_land_where_one_wanted_to_go(browser: Browser, person: Person) -> None:
    ids = [browser.sid]
    assert first_step(browser, person, next="/orders?page=2") == "/sign-in?next=%2Forders%3Fpage%3D2"
    ids.append(browser.sid)
    assert where(browser.post("/auth/second-factor", code=code(), next="/orders?page=2")) == "/orders?page=2"
    ids.append(browser.sid)

    assert len(set(ids)) == 3
    assert [sessions.resolve(sid) is not None for sid in ids] == [False, False, True]
    assert level(browser) is SessionLevel.FULL


def test_cookie_is_for_this_host_and_no_script(browser: Browser, person: Person) -> None:
    answer = browser.post("/auth/sign-in", email=person.email, password=PASSWORD)

    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("sid=")]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags
    assert not any(flag.startswith(("domain", "max-age", "expires")) for flag in flags)
    assert re.fullmatch(r"sid=[\w-]{43}", cookie.split(";")[0])


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "orders",
        "/sign-in",
        "/auth/sign-in",
        "/sign-out",
        "/orders\r\nSet-Cookie: x=y",
        "",
    ],
)
def test_landing_never_leaves_the_site(browser: Browser, person: Person, target: str) -> None:
    landed = enter(browser, person, next=target)

    assert landed == "/" or landed.startswith("/%09/")
    assert "evil" not in landed or landed.startswith("/%09")


def test_language_of_the_person_is_remembered(browser: Browser, person: Person, world: World) -> None:
    browser.cookies["language"] = "sv"
    enter(browser, person)

    assert browser.cookies["language"] == "en"


def test_wrong_password_is_said_at_its_field_and_the_address_kept(browser: Browser, person: Person) -> None:
    answer = browser.post("/auth/sign-in", email=person.email, password="wrong password")

    assert where(answer) == "/sign-in"
    said = browser.told()
    assert said is not None
    assert str(said.message) == "Address and password do not fit together."
    assert said.kept == {"at": "password", "email": person.email}
    assert level(browser) is SessionLevel.ANONYMOUS


@pytest.mark.parametrize(("kind", "at"), [("", "code"), ("recovery", "recovery")])
def test_wrong_code_is_said_at_its_field(browser: Browser, person: Person, kind: str, at: str) -> None:
    first_step(browser, person)

    assert where(browser.post("/auth/second-factor", code="000000x", kind=kind)) == "/sign-in"
    said = browser.told()
    assert said is not None
    assert said.kept == {"at": at}
    assert level(browser) is SessionLevel.PASSWORD


def test_recovery_code_signs_in_and_says_how_many_are_left(browser: Browser, person: Person) -> None:
    first_step(browser, person)

    answer = browser.post("/auth/second-factor", code=RECOVERY, kind="recovery", next="/orders?page=2")

    assert where(answer) == "/account/authenticator?next=%2Forders%3Fpage%3D2"
    said = browser.told()
    assert said is not None
    assert said.message.params == {"left": 0}


def test_second_factor_without_the_first_step_leads_back(browser: Browser, person: Person) -> None:
    assert where(browser.post("/auth/second-factor", code=code())) == "/sign-in"
    assert level(browser) is SessionLevel.ANONYMOUS


def test_half_a_session_opens_no_page(browser: Browser, person: Person) -> None:
    first_step(browser, person)

    for path in ("/", "/orders", "/team", "/account"):
        assert where(browser.get(path)).startswith("/sign-in")


def test_form_of_another_session_is_refused(browser: Browser, person: Person) -> None:
    stranger = Browser()
    stranger.get("/sign-in")
    foreign = csrf.token(sessions.hash_of(stranger.sid))
    for token in ("", "x", foreign):
        browser.post("/auth/sign-in", form_of=token, email=person.email, password=PASSWORD)
        assert level(browser) is SessionLevel.ANONYMOUS


def test_form_from_elsewhere_is_refused(browser: Browser, person: Person) -> None:
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        answer = browser._send(
            "POST", "/auth/sign-in", headers, {"email": person.email, "password": PASSWORD}
        )
        assert answer.status_code == 403


def test_signing_out_drops_the_cookie_and_the_pages(browser: Browser, person: Person, clock: Clock) -> None:
    enter(browser, person)
    kept, tab = browser.sid, Browser()
    tab.cookies = dict(browser.cookies)

    answer = browser.post("/sign-out")

    assert where(answer) == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert browser.sid == ""
    assert sessions.resolve(kept) is None
    assert where(tab.get("/orders")).startswith("/sign-in")


def test_signing_out_everywhere_ends_the_other_browsers_too(
    browser: Browser, person: Person, clock: Clock
) -> None:
    other = Browser()
    other.get("/sign-in")
    enter(other, person)
    clock.forward(timedelta(seconds=30))
    enter(browser, person)

    assert where(browser.post("/auth/sign-out-everywhere")) == "/sign-in"

    assert other.visit is None


def test_signing_out_twice_is_no_error(browser: Browser, person: Person) -> None:
    enter(browser, person)
    held = dict(browser.cookies)
    browser.post("/sign-out")
    browser.cookies = held

    assert where(browser.post("/sign-out")) == "/sign-in"


def test_everything_needs_a_post(browser: Browser) -> None:
    for path in ("/auth/sign-in", "/auth/second-factor"):
        assert browser.get(path).status_code == 405


def test_changing_the_account_gives_a_new_id(browser: Browser, person: Person, world: World) -> None:
    second = also_in(world, person, world.account("Nordhamn Energi"), Role.APPROVER)
    enter(browser, person)
    before = browser.sid

    assert where(browser.post("/auth/account", place=str(second.id))) == "/"

    assert sessions.resolve(before) is None
    assert browser.visit is not None
    assert browser.visit.actor.account_name == "Nordhamn Energi"


@pytest.mark.parametrize("place", ["", "x", "00000000-0000-7000-8000-000000000000"])
def test_changing_into_no_account_changes_nothing(browser: Browser, person: Person, place: str) -> None:
    enter(browser, person)
    before = browser.sid

    browser.post("/auth/account", place=place)

    assert browser.sid == before
    assert level(browser) is SessionLevel.FULL


def test_without_the_database_the_form_says_so(browser: Browser, person: Person, world: World) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    db.use(gone)
    try:
        answer = browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    finally:
        db.use(world.database)
        gone.dispose()
    assert answer.status_code == 503
    assert level(browser) is SessionLevel.ANONYMOUS


def test_oversized_fields_are_refused_in_words(browser: Browser, person: Person) -> None:
    for fields in ({"password": "x" * 60_000}, {"email": "x" * 60_000}, {"next": "/" + "x" * 60_000}):
        sent = {"email": person.email, "password": "wrong password", **fields}
        assert where(browser.post("/auth/sign-in", **sent)).startswith("/sign-in")
    assert level(browser) is SessionLevel.ANONYMOUS
