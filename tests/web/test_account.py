"""The forms of one's own sign-in, and the questions of the script that warns before the session ends."""

from datetime import timedelta

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import renewal, sessions
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")

NEW = "lantern gravel orbit"


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


@pytest.fixture
def browser(person: Person, clock: Clock) -> Browser:
    """Somebody's browser, ten minutes after signing in."""
    opened = Browser()
    opened.get("/sign-in")
    opened.post("/auth/sign-in", email=person.email, password=PASSWORD)
    opened.post("/auth/second-factor", code=code())
    clock.forward(timedelta(minutes=10))
    return opened


def said_at(browser: Browser) -> str:
    said = browser.told()
    assert said is not None
    return said.kept.get("at", "")


def left(browser: Browser) -> tuple[int, int]:
    """Minutes until the session ends, idle and absolutely."""
    answer = browser.get("/session/ends", accept="application/json").json()
    return int(answer["idle"] // 60), int(answer["absolute"] // 60)


def test_password_is_changed_with_a_code_under_a_new_id(browser: Browser) -> None:
    before = browser.sid

    assert where(browser.post("/account/password", present=PASSWORD, new=NEW, code=code())) == "/account"

    assert sessions.resolve(before) is None
    assert browser.visit is not None
    assert browser.visit.level is SessionLevel.FULL
    assert said_at(browser) == ""


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"present": PASSWORD, "new": NEW}, "password-code"),
        ({"present": PASSWORD, "new": NEW, "code": "000000x"}, "password-code"),
        ({"present": "wrong password", "new": NEW, "code": "right"}, "present"),
        ({"present": PASSWORD, "new": "short", "code": "right"}, "new"),
        ({"code": "right"}, "present"),
    ],
)
def test_a_refusal_is_said_at_its_field_and_keeps_nothing_secret(
    browser: Browser, fields: dict[str, str], at: str
) -> None:
    if fields.get("code") == "right":
        fields = {**fields, "code": code()}

    assert where(browser.post("/account/password", **fields)) == "/account"

    said = browser.told()
    assert said is not None
    assert said.kept == {"at": at}
    assert browser.visit is not None


def test_no_code_is_no_wrong_code(browser: Browser) -> None:
    for _ in range(8):
        browser.post("/account/password", present=PASSWORD, new=NEW)

    assert where(browser.post("/account/password", present=PASSWORD, new=NEW, code=code())) == "/account"
    assert said_at(browser) == ""


def test_a_new_authenticator_and_its_codes(browser: Browser) -> None:
    started = where(browser.post("/account/authenticator/start", code=code(), next="/orders"))
    assert started == "/account/authenticator?next=%2Forders"
    assert browser.visit is not None
    secret = perform(renewal.authenticator, browser.visit.actor).secret.replace(" ", "")
    asked = browser.sid

    confirmed = where(browser.post("/account/authenticator/confirm", code=code(secret)))
    assert confirmed == "/account/recovery-codes"
    assert sessions.resolve(asked) is None
    file = browser.get("/account/recovery-codes.txt").text
    codes = [line for line in file.split("\r\n") if line.count("-") == 3]
    assert len(codes) == 10
    assert where(browser.post("/account/recovery-codes/confirm", code="none")) == "/account/recovery-codes"
    assert said_at(browser) == "recovery"
    assert where(browser.post("/account/recovery-codes/confirm", code=codes[0])) == "/account"
    assert browser.get("/account/recovery-codes.txt").status_code == 404


def test_nobody_begins_without_a_code(browser: Browser) -> None:
    for what in ("authenticator", "recovery-codes"):
        assert where(browser.post(f"/account/{what}/start")).startswith(f"/account/{what}")
        assert said_at(browser) == "code"
    assert browser.get("/account/recovery-codes.txt").status_code == 404


def test_next_stays_on_this_site(browser: Browser) -> None:
    answer = browser.post("/account/authenticator/start", code=code(), next="//evil.example/")

    assert where(answer) == "/account/authenticator"


def test_forms_of_strangers_and_of_other_sessions_change_nothing(browser: Browser) -> None:
    stranger = Browser()
    stranger.get("/sign-in")
    for path in ("password", "authenticator/start", "authenticator/confirm", "recovery-codes/start"):
        stranger.post(f"/account/{path}", present=PASSWORD, new=NEW, code=code())
        browser.post(f"/account/{path}", form_of="x", present=PASSWORD, new=NEW, code=code())
    assert stranger.visit is not None
    assert stranger.visit.level is SessionLevel.ANONYMOUS
    assert where(browser.post("/account/password", present=PASSWORD, new=NEW, code=code())) == "/account"
    assert said_at(browser) == ""


def test_asking_for_the_end_keeps_no_session_alive(browser: Browser, clock: Clock) -> None:
    browser.get("/account")
    assert left(browser) == (30, 12 * 60 - 10)
    for minutes in (20, 10, 0):
        clock.forward(timedelta(minutes=10, seconds=-1))
        assert left(browser)[0] == minutes
    clock.forward(timedelta(seconds=3))

    assert browser.get("/session/ends", accept="application/json").json() == {"signed_in": False}


def test_staying_is_activity_but_moves_no_absolute_end(browser: Browser, clock: Clock) -> None:
    browser.get("/account")
    clock.forward(timedelta(minutes=29))

    browser.post("/session/stay")

    assert left(browser) == (30, 12 * 60 - 39)
    for _ in range(40):
        clock.forward(timedelta(minutes=20))
        browser.post("/session/stay")
    assert browser.visit is None


def test_staying_from_another_site_is_refused(browser: Browser, clock: Clock) -> None:
    browser.get("/account")
    clock.forward(timedelta(minutes=29))
    answer = browser._send("POST", "/session/stay", {"origin": "https://evil.example"}, {})

    assert answer.status_code == 403
    assert left(browser)[0] == 1


def test_strangers_learn_nothing_of_the_session(world: World) -> None:
    stranger = Browser()
    stranger.get("/sign-in")

    assert stranger.get("/session/ends", accept="application/json").json() == {"signed_in": False}
    assert stranger.post("/session/stay").json() == {"signed_in": False}


def test_a_page_recognises_the_same_person_in_the_same_account_only(
    browser: Browser, world: World, person: Person
) -> None:
    def place(of: Browser) -> str:
        return of.get("/session/ends", accept="application/json").json()["place"]

    other = enrolled(world, Role.ORDERER, world.account())
    theirs = Browser()
    theirs.get("/sign-in")
    theirs.post("/auth/sign-in", email=other.email, password=PASSWORD)
    theirs.post("/auth/second-factor", code=code())

    assert place(browser) == place(browser) != place(theirs)
    assert str(person.user_id) not in place(browser)
