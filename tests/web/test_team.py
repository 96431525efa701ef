"""Changing the team by forms: a code each, a new session id, and the typed fields back on a refusal."""

from datetime import timedelta

import pytest

from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.services import sessions, team, team_roles
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    PASSWORD,
    RECOVERY,
    Person,
    code,
    enrolled,
    quick_passwords,
)
from tests.web.browser import Browser, where
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def home(world: World) -> Account:
    return world.account()


@pytest.fixture
def admin(world: World, home: Account) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, home)


@pytest.fixture
def orderer(world: World, home: Account) -> Person:
    return enrolled(world, Role.ORDERER, home)


def entered(person: Person) -> Browser:
    browser = Browser()
    browser.get("/sign-in")
    browser.post("/auth/sign-in", email=person.email, password=PASSWORD)
    browser.post("/auth/second-factor", code=code())
    return browser


@pytest.fixture
def browser(admin: Person, clock: Clock) -> Browser:
    """The admin's browser, ten minutes after signing in."""
    opened = entered(admin)
    clock.forward(timedelta(minutes=10))
    return opened


def id_of(browser: Browser, person: Person) -> str:
    assert browser.visit is not None
    return next(
        row.id for row in perform(team.team, browser.visit.actor).members if row.email == person.email
    )


def row_of(browser: Browser, person: Person) -> team.MemberRow:
    assert browser.visit is not None
    return next(row for row in perform(team.team, browser.visit.actor).members if row.email == person.email)


def test_role_is_changed_with_a_code_and_the_session_gets_a_new_id(
    browser: Browser, admin: Person, orderer: Person
) -> None:
    before = browser.sid

    answer = browser.post(f"/team/{id_of(browser, orderer)}/role", role="approver", code=code())

    assert where(answer) == "/team"
    assert sessions.resolve(before) is None
    assert browser.visit is not None
    assert row_of(browser, orderer).role == "approver"
    said = browser.told()
    assert said is not None
    assert said.kind == "success"


@pytest.mark.parametrize("wrong", ["", "000000x", "12345"])
def test_without_a_code_nothing_changes_and_the_dialog_keeps_its_fields(
    browser: Browser, orderer: Person, wrong: str
) -> None:
    before, member = browser.sid, id_of(browser, orderer)

    assert where(browser.post(f"/team/{member}/role", role="approver", code=wrong)) == "/team"

    assert browser.sid == before
    assert row_of(browser, orderer).role == "orderer"
    said = browser.told()
    assert said is not None
    assert said.kept == {"dialog": "role", "member": member, "role": "approver", "at": "code"}


def test_a_code_is_good_for_five_minutes(browser: Browser, orderer: Person, clock: Clock) -> None:
    member = id_of(browser, orderer)
    browser.post(f"/team/{member}/deactivate", code=code())
    renewed = browser.sid

    clock.forward(timedelta(minutes=5))
    browser.post(f"/team/{member}/reactivate", code="")
    assert (row_of(browser, orderer).active, browser.sid) == (True, renewed)
    clock.forward(timedelta(seconds=1))
    browser.post(f"/team/{member}/deactivate", code="")
    assert row_of(browser, orderer).active


def test_wrong_code_is_refused_even_where_none_is_needed(browser: Browser, orderer: Person) -> None:
    member = id_of(browser, orderer)
    browser.post(f"/team/{member}/deactivate", code=code())

    browser.post(f"/team/{member}/reactivate", code="000000x")

    assert not row_of(browser, orderer).active


def test_recovery_code_steps_up_too(browser: Browser, orderer: Person) -> None:
    browser.post(f"/team/{id_of(browser, orderer)}/deactivate", code=RECOVERY)

    assert not row_of(browser, orderer).active


def test_spent_code_does_not_step_up(browser: Browser, orderer: Person, clock: Clock) -> None:
    member, used = id_of(browser, orderer), code()
    browser.post(f"/team/{member}/deactivate", code=used)
    other = Browser()
    other.cookies = dict(browser.cookies)
    clock.forward(timedelta(minutes=6))

    browser.post(f"/team/{member}/reactivate", code=used)

    assert not row_of(browser, orderer).active


def test_refused_after_the_step_up_still_carries_the_new_id(browser: Browser, admin: Person) -> None:
    before = browser.sid

    assert where(browser.post(f"/team/{id_of(browser, admin)}/deactivate", code=code())) == "/team"

    assert browser.sid != before
    said = browser.told()
    assert said is not None
    assert (said.kind, said.kept["dialog"]) == ("error", "deactivate")
    assert "last admin" in str(said.message)


def test_deactivated_person_is_out_at_once(browser: Browser, orderer: Person) -> None:
    theirs = entered(orderer)

    browser.post(f"/team/{id_of(browser, orderer)}/deactivate", code=code())

    assert theirs.visit is None
    assert where(theirs.get("/orders")).startswith("/sign-in")


def test_invitation_leads_to_the_page_that_shows_its_link(browser: Browser) -> None:
    answer = browser.post(
        "/team/invite", email="maja@x.example", name="Maja Lind", role="orderer", code=code()
    )

    assert browser.visit is not None
    (row,) = perform(team.team, browser.visit.actor).invitations
    assert where(answer) == f"/team?invited={row.id}"
    assert row.has_link


def test_refused_invitation_keeps_what_was_typed(browser: Browser) -> None:
    typed = {"email": "maja", "name": "Maja Lind", "role": "orderer"}

    assert where(browser.post("/team/invite", **typed, code=code())) == "/team"
    said = browser.told()
    assert said is not None
    assert said.kept == {"dialog": "invite", **typed}


@pytest.mark.parametrize("path", ["role", "deactivate", "reactivate"])
def test_others_may_not(orderer: Person, admin: Person, browser: Browser, path: str) -> None:
    theirs, member = entered(orderer), id_of(browser, admin)

    theirs.post(f"/team/{member}/{path}", role="orderer", code="")

    assert row_of(browser, admin).role == "account_admin"
    assert row_of(browser, admin).active


def test_crooked_ids_are_not_found(browser: Browser) -> None:
    for member in ("x", "00000000-0000-7000-8000-000000000000"):
        browser.post(f"/team/{member}/deactivate", code="")
    assert browser.visit is not None


def test_nobody_acts_without_a_session(world: World) -> None:
    stranger = Browser()
    stranger.get("/sign-in")
    assert where(stranger.post("/team/invite", email="a@b.se", name="A", role="orderer")) == "/sign-in"


def test_good_lines_are_invited_and_bad_ones_stay(browser: Browser, orderer: Person) -> None:
    people = f"Siv Ek <siv@x.example>; nobody\nbo@x.example, {orderer.email}"

    assert where(browser.post("/team/invite-many", people=people, role="orderer", code=code())) == "/team"

    assert browser.visit is not None
    rows = perform(team.team, browser.visit.actor).invitations
    assert {(row.name, row.email) for row in rows} == {("Siv Ek", "siv@x.example"), ("Bo", "bo@x.example")}
    said = browser.told()
    assert said is not None
    assert said.kept["people"].splitlines() == ["nobody", orderer.email]
    assert "in the team already" in said.kept["problems"]


def test_second_factor_is_reset_for_a_reason(browser: Browser, orderer: Person) -> None:
    member = id_of(browser, orderer)

    browser.post(f"/team/{member}/reset-factor", reason="", code=code())
    assert row_of(browser, orderer).enrolled
    browser.post(f"/team/{member}/reset-factor", reason="Lost the phone", code="")
    assert not row_of(browser, orderer).enrolled


def test_role_is_made_changed_and_removed_by_forms(browser: Browser) -> None:
    browser.post("/team/roles/new", name="Desk", **{"orders:read": "on", "code": code()})
    assert browser.visit is not None
    made = next(row for row in perform(team_roles.matrix, browser.visit.actor).roles if row.own)
    assert (made.shown, made.permissions) == ("Desk", ("orders:read",))

    role = made.id.removeprefix("own:")
    browser.post(f"/team/roles/{role}", name="Front", **{"cards:read": "on", "code": ""})
    assert browser.visit is not None
    changed = next(row for row in perform(team_roles.matrix, browser.visit.actor).roles if row.own)
    assert (changed.shown, changed.permissions) == ("Front", ("cards:read",))
    browser.post(f"/team/roles/{role}/remove", code="")
    assert not any(row.own for row in perform(team_roles.matrix, browser.visit.actor).roles)


def test_review_is_taken_away_as_a_table(browser: Browser, orderer: Person) -> None:
    answer = browser.get("/team/review.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert orderer.email in answer.content.decode("utf-8-sig")
    assert entered(orderer).get("/team/review.csv").status_code == 403
