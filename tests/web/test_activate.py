"""The forms of enrolling, behind the guard: the link's secret in no address, a new id at each step."""

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import enrolment_stage, invitations, sessions
from nexus_portal.services.invitations import Invited
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, where
from tests.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def invited(world: World) -> Invited:
    admin = world.person(Role.ACCOUNT_ADMIN, world.account(), stepped_up=True)
    return perform(
        invitations.invite, admin, email="maja@bjorkskolan.example", name="Maja", role=Role.ORDERER
    )


@pytest.fixture
def browser(world: World) -> Browser:
    opened = Browser()
    opened.get("/activate/link")
    return opened


def token_of(invited: Invited) -> str:
    return invited.link.partition("#")[2]


def shown(browser: Browser) -> enrolment_stage.Enrolment:
    assert browser.visit is not None
    return enrolment_stage.where(browser.visit)


def until_codes(browser: Browser, invited: Invited) -> None:
    browser.post("/activate/start", token=token_of(invited))
    browser.post("/activate/password", password=PASSWORD)
    browser.post("/activate/totp", code=code(shown(browser).secret.replace(" ", "")))


def test_link_page_carries_the_form_and_no_secret(browser: Browser, invited: Invited) -> None:
    page = browser.get("/activate/link")

    assert page.status_code == 200
    assert 'action="/activate/start"' in page.text
    assert '<script src="/link.js">' in page.text
    assert token_of(invited) not in page.text


def test_link_page_speaks_the_readers_language(browser: Browser) -> None:
    assert "Open the invitation" in browser.get("/activate/link").text
    browser.cookies["language"] = "sv"
    assert "Öppna inbjudan" in browser.get("/activate/link").text


def test_four_forms_end_in_a_full_session(browser: Browser, invited: Invited) -> None:
    ids = [browser.sid]
    assert where(browser.post("/activate/start", token=token_of(invited))) == "/activate"
    ids.append(browser.sid)
    assert where(browser.post("/activate/password", password=PASSWORD)) == "/activate"
    ids.append(browser.sid)
    secret = shown(browser).secret.replace(" ", "")
    assert where(browser.post("/activate/totp", code=code(secret))) == "/activate"
    ids.append(browser.sid)
    assert where(browser.get("/orders")).startswith("/sign-in")
    assert where(browser.post("/activate/done", code=shown(browser).codes[0])) == "/"
    ids.append(browser.sid)

    assert len(set(ids)) == 5
    assert [sessions.resolve(sid) is not None for sid in ids] == [False] * 4 + [True]
    assert browser.visit is not None
    assert browser.visit.level is SessionLevel.FULL


def test_codes_are_a_file_while_they_are_shown(browser: Browser, invited: Invited) -> None:
    until_codes(browser, invited)

    file = browser.get("/activate/recovery-codes.txt")

    assert file.headers["content-type"].startswith("text/plain")
    assert "attachment" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "no-store"
    assert [line for line in file.text.splitlines() if line.count("-") == 3] == list(shown(browser).codes)
    browser.post("/activate/done", code=shown(browser).codes[0])
    assert browser.get("/activate/recovery-codes.txt").status_code != 200


def test_codes_are_nobody_elses_file(browser: Browser, invited: Invited, world: World) -> None:
    until_codes(browser, invited)

    other = Browser()
    other.get("/sign-in")
    assert other.get("/activate/recovery-codes.txt").status_code == 401
    browser.post("/activate/start", token="x")


@pytest.mark.parametrize(
    ("path", "fields", "at"),
    [
        ("/activate/password", {"password": "short"}, "password"),
        ("/activate/password", {}, "password"),
        ("/activate/totp", {"code": "123456"}, "code"),
        ("/activate/done", {"code": "x"}, "recovery"),
    ],
)
def test_refusals_are_said_at_the_field(
    browser: Browser, invited: Invited, path: str, fields: dict[str, str], at: str
) -> None:
    browser.post("/activate/start", token=token_of(invited))
    if at == "code":
        browser.post("/activate/password", password=PASSWORD)
        shown(browser)
    if at == "recovery":
        browser.post("/activate/password", password=PASSWORD)
        browser.post("/activate/totp", code=code(shown(browser).secret.replace(" ", "")))

    assert where(browser.post(path, **fields)) == "/activate"
    said = browser.told()
    assert said is not None
    assert said.kept == {"at": at}


def test_used_link_leads_to_signing_in(browser: Browser, invited: Invited) -> None:
    browser.post("/activate/start", token=token_of(invited))
    browser.post("/activate/password", password=PASSWORD)

    other = Browser()
    other.get("/activate/link")
    assert where(other.post("/activate/start", token=token_of(invited))) == "/sign-in"
    said = other.told()
    assert said is not None
    assert str(said.message) == "This invitation has been used. Sign in instead."


def test_no_step_works_out_of_its_turn(browser: Browser, invited: Invited) -> None:
    for path in ("/activate/password", "/activate/totp", "/activate/done"):
        before = browser.sid
        browser.post(path, password=PASSWORD, code="000000")
        assert browser.sid == before
    browser.post("/activate/start", token=token_of(invited))
    for path in ("/activate/totp", "/activate/done"):
        before = browser.sid
        browser.post(path, code="000000")
        assert browser.sid == before


def test_somebody_who_signs_in_already_is_led_there_and_joins(browser: Browser, world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    other = world.account("Nordhamn Energi")
    admin = world.person(Role.ACCOUNT_ADMIN, other, stepped_up=True)
    invited = perform(invitations.invite, admin, email=person.email, name="M", role=Role.AUDITOR)

    assert where(browser.post("/activate/start", token=token_of(invited))) == "/sign-in"
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())

    assert browser.visit is not None
    assert browser.visit.actor.account_id == other.id
