"""The doors of passkeys, behind the guard: tokens, origins, new ids, and the way back when refused."""

import json
from datetime import timedelta

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import csrf, passkeys, sessions, team
from nexus_portal.services.use_case import perform
from tests.authenticator import Authenticator
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    RECOVERY,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import ORIGIN, Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")

USE, MAKE = "/auth/passkey/options", "/account/passkeys/options"
DOORS = (USE, MAKE, "/auth/passkey", "/account/passkeys")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def person(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home)


def opened() -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    return browser


@pytest.fixture
def browser(person: Person) -> Browser:
    """Somebody who has just signed in with a code."""
    browser = opened()
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


@pytest.fixture
def key(browser: Browser, person: Person) -> Authenticator:
    """Their passkey, added by the doors."""
    made = Authenticator(handle=person.user_id.bytes)
    answer = made.create(browser.post(MAKE).text)
    assert where(browser.post("/account/passkeys", name="Phone", passkey=answer)) == "/account"
    told = browser.told()
    assert told is not None
    assert told.kind == "success"
    return made


def names(browser: Browser) -> list[str]:
    assert browser.visit is not None
    return [row.name for row in perform(passkeys.own, browser.visit.actor)]


def test_added_by_the_doors(browser: Browser, key: Authenticator) -> None:
    assert names(browser) == ["Phone"]


def test_alone_signs_in_and_lands_where_one_wanted_to_go(key: Authenticator, person: Person) -> None:
    stranger = opened()
    before = stranger.sid

    answer = stranger.post("/auth/passkey", passkey=key.sign(stranger.post(USE).text), next="/orders?page=2")

    assert where(answer) == "/orders?page=2"
    assert sessions.resolve(before) is None
    assert stranger.visit is not None
    assert (stranger.visit.level, stranger.visit.user_id) == (SessionLevel.FULL, person.user_id)
    assert stranger.cookies["known"]


def test_second_factor_signs_in(key: Authenticator, person: Person) -> None:
    half = opened()
    half.post("/auth/sign-in", email=person.email, password=PASSWORD)

    assert where(half.post("/auth/passkey", passkey=key.sign(half.post(USE).text))) == "/"
    assert half.visit is not None
    assert half.visit.level is SessionLevel.FULL


def test_refusal_leads_back_to_the_form_and_says_so(key: Authenticator) -> None:
    stranger = opened()
    stranger.post(USE)

    assert where(stranger.post("/auth/passkey", passkey="{}", next="/orders")) == "/sign-in?next=%2Forders"
    told = stranger.told()
    assert told is not None
    assert (told.kind, told.kept) == ("error", {"at": "passkey"})


@pytest.mark.parametrize(
    "path", [USE, MAKE, "/auth/passkey", "/account/passkeys", "/account/passkeys/confirm"]
)
def test_token_of_another_session_is_refused(browser: Browser, path: str) -> None:
    foreign = browser.post(path, form_of="0" * 64)

    assert "challenge" not in foreign.text
    assert foreign.status_code == 303
    told = browser.told()
    assert told is not None
    assert str(told.message).startswith("This form is from an earlier visit.")


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("origin", ["https://example.test", "http://localhost:8001", "null"])
def test_other_origins_get_nothing(browser: Browser, path: str, origin: str) -> None:
    headers = {"origin": origin, "accept": "application/json"}

    assert browser._send("POST", path, headers, {}).status_code == 403


def test_script_learns_in_words_why_there_is_no_challenge(browser: Browser, clock: Clock) -> None:
    clock.forward(timedelta(minutes=6))
    headers = {"origin": ORIGIN, "accept": "application/json"}
    answer = browser._send("POST", MAKE, headers, {"csrf": csrf.token(sessions.hash_of(browser.sid))})

    assert answer.status_code == 403
    assert json.loads(answer.text)["error"].startswith("Confirm with a code")


def test_without_a_session_there_is_no_challenge(world: World) -> None:
    assert where(Browser().post(USE, form_of="")) == "/sign-in"


def test_confirming_steps_up_under_a_new_id_and_goes_on(browser: Browser, clock: Clock) -> None:
    clock.forward(timedelta(minutes=6))
    before = browser.sid

    assert where(browser.post("/account/passkeys/confirm", code=code())) == "/account?passkey=new"

    assert browser.sid != before
    assert "challenge" in browser.post(MAKE).text


def test_wrong_code_leads_back_to_its_dialog(browser: Browser) -> None:
    assert where(browser.post("/account/passkeys/confirm", code="000000x")) == "/account"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "passkey-confirm", "at": "code"}


def test_too_late_begins_with_the_second_factor_again(browser: Browser, clock: Clock) -> None:
    answer = Authenticator().create(browser.post(MAKE).text)
    clock.forward(timedelta(minutes=6))

    assert where(browser.post("/account/passkeys", name="Phone", passkey=answer)) == "/account"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "passkey-confirm", "at": "code"}
    assert names(browser) == []


def test_what_does_not_fit_leads_back_to_its_dialog_with_the_name(browser: Browser) -> None:
    assert where(browser.post("/account/passkeys", name="Phone", passkey="{}")) == "/account"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "passkey-new", "name": "Phone"}


def test_a_passkey_stands_in_for_the_code_of_an_act(
    browser: Browser, key: Authenticator, world: World, home: Account, clock: Clock
) -> None:
    enrolled(world, Role.ORDERER, home)
    clock.forward(timedelta(minutes=10))
    before = browser.sid
    answer = key.sign(browser.post(USE).text)

    invited = browser.post(
        "/team/invite", email="tilde@example.test", name="Tilde", role="orderer", code="", passkey=answer
    )

    assert where(invited).startswith("/team?invited=")
    assert browser.sid != before
    assert browser.visit is not None
    assert browser.visit.actor.stepped_up(clock.now())
    assert len(perform(team.team, browser.visit.actor).invitations) == 1


def test_wrong_passkey_does_not_carry_out_an_act_even_just_after_a_code(
    browser: Browser, key: Authenticator
) -> None:
    browser.post(USE)

    refused = browser.post("/team/invite", email="t@example.test", name="T", role="orderer", passkey="{}")

    assert where(refused) == "/team"
    told = browser.told()
    assert told is not None
    assert told.kept["at"] == "code"


def test_a_recovery_code_stands_in_too(browser: Browser, clock: Clock) -> None:
    clock.forward(timedelta(minutes=10))

    invited = browser.post(
        "/team/invite", email="t@example.test", name="T", role="orderer", code="", recovery=RECOVERY
    )

    assert where(invited).startswith("/team?invited=")


def test_removed_with_a_second_factor(browser: Browser, key: Authenticator, clock: Clock) -> None:
    assert browser.visit is not None
    (row,) = perform(passkeys.own, browser.visit.actor)
    path = f"/account/passkeys/{row.id}/remove"
    clock.forward(timedelta(minutes=10))

    assert where(browser.post(path)) == "/account"
    told = browser.told()
    assert told is not None
    assert told.kept == {"dialog": "passkey-remove", "passkey": row.id, "at": "code"}
    assert names(browser) == ["Phone"]

    browser.post(path, code=code())
    assert names(browser) == []


def test_what_is_no_passkey_is_not_there(browser: Browser) -> None:
    browser.post("/account/passkeys/nonsense/remove", code=code())
    told = browser.told()
    assert told is not None
    assert told.kind == "error"
