"""Wrong codes never lock a person out, and are shown to them; a known password is told by mail."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, TooMany
from nexus_portal.domain.permissions import Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import attempts, sessions, sign_in
from nexus_portal.services.steps import Browser, Step
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    RECOVERY,
    Person,
    after,
    audited,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    signed_in,
    visit,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")

WRONG = "000000x"


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


def known_token(person: Person, clock: Clock) -> str:
    """What a browser holds in which the person has signed in before."""
    step = sign_in.with_second_factor(with_password(person), code=code())
    clock.forward(timedelta(seconds=30))
    return step.known


def enter(person: Person, typed: str, browser: Browser) -> Step:
    """Both steps from one browser."""
    first = sign_in.with_password(newcomer(), email=person.email, password=PASSWORD, browser=browser)
    return sign_in.with_second_factor(after(first), code=typed, browser=browser)


def guess(person: Person, browser: Browser = BROWSER, typed: str = WRONG) -> bool:
    """Try a wrong code; true when it was looked at."""
    try:
        enter(person, typed, browser)
    except TooMany:
        return False
    except Invalid:
        return True
    pytest.fail("a wrong code was taken")


def mails(world: World) -> list[str]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return [mail.subject for mail in session.exec(select(OutboxMail))]


def test_a_hundred_wrong_codes_from_many_addresses_lock_nobody_out(
    world: World, person: Person, clock: Clock
) -> None:
    known = known_token(person, clock)
    tried = 0
    for n in range(100):
        tried += guess(person, Browser(f"198.51.100.{n}", "Evil"))
        clock.forward(timedelta(minutes=13))

    assert tried == 50
    assert after(enter(person, code(), Browser("203.0.113.1", "Home", known))).level is SessionLevel.FULL
    with pytest.raises(TooMany):
        enter(person, code(steps=1), Browser("203.0.113.2", "Elsewhere"))
    clock.forward(timedelta(days=1))
    assert after(enter(person, code(), Browser("203.0.113.2", "Elsewhere"))).level is SessionLevel.FULL


def test_a_known_browser_has_the_same_narrow_budget(person: Person, clock: Clock) -> None:
    home = Browser("203.0.113.1", "Home", known_token(person, clock))

    assert [guess(person, home) for _ in range(6)] == [True] * 5 + [False]


def test_a_token_of_somebody_else_makes_no_browser_known(world: World, person: Person, clock: Clock) -> None:
    stranger = known_token(enrolled(world, Role.ORDERER, world.account()), clock)
    for token in (stranger, "x", "a.b", f"{stranger}0"):
        guess(person, Browser("192.0.2.9", "", token))
    guess(person)

    assert not guess(person, Browser("192.0.2.9", "", stranger))


def test_recovery_codes_are_counted_apart(person: Person) -> None:
    while guess(person):
        pass

    assert enter(person, RECOVERY, BROWSER).recovered
    assert [guess(person, typed="0" * 16) for _ in range(6)] == [True] * 5 + [False]


def test_step_up_counts_with_the_browser_it_is_in(person: Person, clock: Clock) -> None:
    known = known_token(person, clock)
    here = after(enter(person, code(), Browser("203.0.113.1", "Home", known)))
    while guess(person):
        pass
    clock.forward(timedelta(seconds=30))

    assert visit(sign_in.step_up(here, code=code(), browser=Browser("203.0.113.1", "Home", known)))


def test_the_next_sign_in_says_how_many_failed(person: Person, clock: Clock) -> None:
    assert enter(person, code(), BROWSER).notice is None
    clock.forward(timedelta(minutes=1))
    with pytest.raises(Invalid):
        sign_in.with_password(newcomer(), email=person.email, password="wrong", browser=BROWSER)
    assert "One attempt" in str(enter(person, code(), BROWSER).notice)
    clock.forward(timedelta(minutes=1))
    guess(person)
    guess(person)

    assert str(enter(person, code(), BROWSER).notice).startswith("2 attempts to sign in as you")
    clock.forward(timedelta(minutes=1))
    assert enter(person, code(), BROWSER).notice is None


def test_attempts_are_listed_with_network_and_device_to_their_owner_alone(
    world: World, person: Person, clock: Clock
) -> None:
    other = enrolled(world, Role.ACCOUNT_ADMIN, world.account())
    guess(person)
    clock.forward(timedelta(minutes=1))
    with pytest.raises(Invalid):
        sign_in.with_password(newcomer(), email=person.email, password="wrong", browser=BROWSER)

    rows = attempts.recent(signed_in(person))

    assert [(row.factor, row.network, row.device) for row in rows] == [
        ("password", "192.0.2.0/24", "Firefox, Windows"),
        ("code", "192.0.2.0/24", "Firefox, Windows"),
    ]
    assert attempts.recent(signed_in(other)) == ()
    with pytest.raises(NotSignedIn):
        attempts.recent(with_password(person))


def test_addresses_are_not_in_the_log_and_go_with_their_session(
    world: World, person: Person, clock: Clock
) -> None:
    guess(person)
    (entry,) = audited(world, "second_factor:refused")
    assert BROWSER.address not in str(entry.model_dump())
    clock.forward(timedelta(days=29))
    sessions.sweep()
    assert attempts.recent(signed_in(person))[0].network == "192.0.2.0/24"
    with world.database.transaction(SYSTEM) as session:
        session.delete(session.get_one(BrowserSession, entry.facts["tried_in"]))

    (row,) = attempts.recent(signed_in_later(person, clock))
    assert (row.factor, row.network, row.device) == ("code", "", "")


def signed_in_later(person: Person, clock: Clock) -> sessions.Visit:
    clock.forward(timedelta(minutes=1))
    return signed_in(person)


def test_sessions_are_kept_for_a_month_and_those_of_nobody_for_a_week(
    world: World, person: Person, clock: Clock
) -> None:
    newcomer()
    signed_in(person)
    left: list[int] = []
    for days in (6, 3, 23):
        clock.forward(timedelta(days=days))
        sessions.sweep()
        with world.database.transaction(SYSTEM, writes=False) as session:
            left.append(len(session.exec(select(BrowserSession.user_id)).all()))

    assert left[0] > left[1] > left[2] == 0


def test_five_wrong_codes_behind_a_right_password_are_told_once_a_day(
    world: World, person: Person, clock: Clock
) -> None:
    for _ in range(4):
        guess(person)
    assert mails(world) == []
    guess(person)
    assert mails(world) == ["Wrong codes were typed in your name"]
    clock.forward(timedelta(minutes=6))
    guess(person)
    assert len(mails(world)) == 1
    clock.forward(timedelta(hours=24))
    for _ in range(5):
        guess(person)
    assert len(mails(world)) == 2


def test_wrong_passwords_are_told_to_nobody_by_mail(world: World, person: Person) -> None:
    for _ in range(9):
        with pytest.raises(Invalid):
            sign_in.with_password(newcomer(), email=person.email, password="wrong", browser=BROWSER)

    assert mails(world) == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", ""),
        ("testclient", ""),
    ],
)
def test_an_address_is_shortened_to_its_network(address: str, network: str) -> None:
    assert attempts.network_of(address) == network


def test_attempts_are_found_by_their_index(world: World) -> None:
    with world.database.transaction(SYSTEM, writes=False) as session:
        if not world.database.is_sqlite:
            session.connection().execute(text("SET LOCAL enable_seqscan = off"))
        prefix = "EXPLAIN QUERY PLAN " if world.database.is_sqlite else "EXPLAIN "
        query = (
            f"{prefix} SELECT * FROM audit_events WHERE {attempts.REFUSED} "
            "AND subject = 'x' AND at > '2026-01-01' ORDER BY at DESC"
        )
        plan = "\n".join(str(row) for row in session.connection().execute(text(query)))

    assert "ix_audit_events_refused" in plan
