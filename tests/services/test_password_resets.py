"""A forgotten password: a link that is good once, tells a stranger nothing, and replaces no second factor."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, PortalError, TooMany
from nexus_portal.domain.permissions import Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Membership, PasswordReset, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import outbox, password_resets, sessions, sign_in
from nexus_portal.services.sessions import Visit
from nexus_portal.services.steps import Browser
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    Person,
    after,
    audited,
    code,
    enrolled,
    newcomer,
    quick_passwords,
    signed_in,
    with_password,
)
from tests.world import Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")
NEW = "lykta grus bana tacke"


@pytest.fixture
def person(world: World) -> Person:
    return enrolled(world, Role.ORDERER, world.account())


def mails(world: World) -> list[OutboxMail]:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(OutboxMail).order_by(OutboxMail.id)))  # pyright: ignore[reportArgumentType] - SQLModel types a column as its value


def ask(email: str, address: str = "192.0.2.1") -> None:
    password_resets.ask(email=email, browser=Browser(address))
    password_resets.answer()


def token(world: World, email: str) -> str:
    """Ask for a link, and read it in the mail."""
    ask(email)
    return outbox.opened(mails(world)[-1]).rpartition("#")[2]


def opened(token: str) -> Visit:
    return after(password_resets.open_link(newcomer(), token=token, browser=BROWSER))


def test_new_password_and_second_factor_sign_in(world: World, person: Person) -> None:
    visit = opened(token(world, person.email))
    assert password_resets.whose(visit) == person.email

    step = password_resets.choose_password(visit, password=NEW)

    assert step.level is SessionLevel.ANONYMOUS
    assert after(step).user_id is None
    with pytest.raises(NotSignedIn):
        sign_in.with_second_factor(after(step), code=code())
    first = with_password(person, NEW)
    assert first.level is SessionLevel.PASSWORD
    assert after(sign_in.with_second_factor(first, code=code())).level is SessionLevel.FULL
    with pytest.raises(Invalid):
        with_password(person, PASSWORD)
    assert [entry.subject for entry in audited(world, "password:reset")] == [str(person.user_id)]


def test_all_sessions_of_the_person_end_and_nobody_elses(world: World, person: Person, clock: Clock) -> None:
    other = enrolled(world, Role.ORDERER, world.account())
    full, half, foreign = signed_in(person), with_password(person), signed_in(other)
    visit = opened(token(world, person.email))

    password_resets.choose_password(visit, password=NEW)

    with world.database.transaction(SYSTEM, writes=False) as session:
        ended = {
            each: session.get_one(BrowserSession, each.id_hash).ended_at is not None
            for each in (full, half, visit, foreign)
        }
    assert list(ended.values()) == [True, True, True, False]


def test_second_factor_is_untouched(world: World, person: Person) -> None:
    with world.database.transaction(SYSTEM, writes=False) as session:
        before = session.get_one(User, person.user_id).model_dump(exclude={"password_hash"})

    password_resets.choose_password(opened(token(world, person.email)), password=NEW)

    with world.database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(User, person.user_id).model_dump(exclude={"password_hash"}) == before


def test_the_owner_is_told_in_their_language(world: World, person: Person) -> None:
    with world.database.transaction(SYSTEM) as session:
        session.get_one(User, person.user_id).language = "sv"
    password_resets.choose_password(opened(token(world, person.email)), password=NEW)

    link, notice = mails(world)
    assert (link.recipient, link.subject) == (person.email, "Ett nytt lösenord till Nexus Portal")
    assert (notice.recipient, notice.subject) == (person.email, "Ditt lösenord har ändrats")
    assert person.actor.name not in outbox.opened(notice)


def test_link_is_of_the_base_url_and_the_database_does_not_know_it(world: World, person: Person) -> None:
    secret = token(world, person.email)

    (mail,) = mails(world)
    with world.database.transaction(SYSTEM, writes=False) as session:
        (reset,) = session.exec(select(PasswordReset)).all()
    assert outbox.opened(mail).endswith(f"\n\nhttp://localhost:8000/assets/reset/#{secret}")
    assert len(secret) == 43
    assert secret not in str(reset.model_dump()) + str(mail.model_dump())
    assert secret not in str([entry.model_dump() for entry in audited(world, "password_reset:sent")])


def test_link_works_once(world: World, person: Person) -> None:
    secret = token(world, person.email)
    first, second = opened(secret), opened(secret)
    password_resets.choose_password(first, password=NEW)

    with pytest.raises(Invalid, match="no longer works"):
        password_resets.choose_password(second, password=NEW)
    with pytest.raises(Invalid, match="no longer works"):
        opened(secret)


def test_of_twenty_at_once_one_changes_the_password(world: World, person: Person) -> None:
    secret = token(world, person.email)
    visits = [opened(secret) for _ in range(20)]

    def choose(number: int) -> bool:
        try:
            password_resets.choose_password(visits[number], password=f"{NEW} {number}")
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(20) as browsers:
        assert sum(browsers.map(choose, range(20))) == 1
    assert len(audited(world, "password:reset")) == 1


@pytest.mark.parametrize("opened_before", [True, False])
def test_link_ends_after_half_an_hour(
    world: World, person: Person, clock: Clock, *, opened_before: bool
) -> None:
    secret = token(world, person.email)
    clock.forward(timedelta(minutes=29, seconds=59))
    visit = opened(secret)
    clock.forward(timedelta(seconds=1))

    def late() -> object:
        return password_resets.choose_password(visit, password=NEW) if opened_before else opened(secret)

    with pytest.raises(Invalid, match="no longer works"):
        late()


def test_a_newer_link_ends_the_older_and_its_mail(world: World, person: Person) -> None:
    first = token(world, person.email)
    second = token(world, person.email)

    with pytest.raises(Invalid):
        opened(first)
    assert mails(world)[0].body == b""
    opened(second)


@pytest.mark.parametrize("secret", ["", "x", "å" * 43, "\udcff", "A" * 43])
def test_wrong_links_lead_nowhere(world: World, person: Person, secret: str) -> None:
    token(world, person.email)
    with pytest.raises(Invalid, match="no longer works"):
        opened(secret)


def test_without_a_link_there_is_no_new_password(person: Person) -> None:
    for visit in (newcomer(), signed_in(person)):
        with pytest.raises(Invalid):
            password_resets.whose(visit)
        with pytest.raises(Invalid):
            password_resets.choose_password(visit, password=NEW)


def test_what_a_passkey_is_to_sign_is_no_link(world: World, person: Person) -> None:
    visit = opened(token(world, person.email))
    with world.database.transaction(SYSTEM) as session:
        session.get_one(BrowserSession, visit.id_hash).challenge_for = "passkey"

    with pytest.raises(Invalid):
        password_resets.choose_password(visit, password=NEW)


@pytest.mark.parametrize("weak", ["short", "Björkskolan Björkskolan", ""])
def test_weak_password_is_refused_and_the_link_goes_on(world: World, person: Person, weak: str) -> None:
    visit = opened(token(world, person.email))
    with pytest.raises(Invalid):
        password_resets.choose_password(visit, password=weak)

    password_resets.choose_password(visit, password=NEW)


def change(world: World, person: Person, **values: object) -> None:
    """Deactivate the person, or take the second factor away."""
    with world.database.transaction(SYSTEM) as session:
        member = session.exec(select(Membership).where(Membership.user_id == person.user_id)).one()
        for row in (member, session.get_one(User, person.user_id)):
            for name in values.keys() & type(row).model_fields.keys():
                setattr(row, name, values[name])
            session.add(row)


@pytest.mark.parametrize("state", [{"active": False}, {"totp_secret": None}, {"password_hash": None}])
def test_only_who_can_sign_in_with_two_factors_gets_a_link(
    world: World, person: Person, state: dict[str, object]
) -> None:
    change(world, person, **state)

    ask(person.email)

    assert len(mails(world)) == (1 if "password_hash" in state else 0)


@pytest.mark.parametrize("state", [{"active": False}, {"totp_secret": None}])
def test_link_ends_with_what_it_was_given_for(world: World, person: Person, state: dict[str, object]) -> None:
    secret = token(world, person.email)
    visit = opened(secret)
    change(world, person, **state)

    with pytest.raises(Invalid):
        opened(secret)
    with pytest.raises(Invalid):
        password_resets.choose_password(visit, password=NEW)


def test_unknown_address_leaves_no_trace(world: World) -> None:
    password_resets.ask(email="nobody@example.test", browser=Browser("192.0.2.1"))
    (asked,) = mails(world)
    assert asked.recipient == ""
    assert b"nobody" not in asked.body

    password_resets.answer()

    assert mails(world) == []


def test_request_that_lay_too_long_is_not_answered(world: World, person: Person, clock: Clock) -> None:
    password_resets.ask(email=person.email, browser=BROWSER)
    clock.forward(password_resets.LIFETIME)
    password_resets.answer()
    assert mails(world) == []


def test_several_workers_answer_a_request_once(world: World, person: Person) -> None:
    password_resets.ask(email=person.email, browser=BROWSER)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: password_resets.answer(), range(4)))
    assert len(mails(world)) == 1


@pytest.mark.parametrize("known", [True, False])
def test_three_an_hour_for_an_address_known_or_not(
    world: World, person: Person, clock: Clock, *, known: bool
) -> None:
    email = person.email if known else "nobody@example.test"
    for number in range(3):
        ask(email, f"192.0.2.{number}")
    with pytest.raises(TooMany):
        ask(email.upper(), "192.0.2.9")
    clock.forward(timedelta(hours=1))
    ask(email, "192.0.2.9")


def test_ten_an_hour_from_one_place(world: World) -> None:
    for number in range(10):
        ask(f"p{number}@example.test")
    with pytest.raises(TooMany):
        ask("p11@example.test")
    ask("p11@example.test", "192.0.2.2")


def test_links_are_not_guessed_without_end(world: World) -> None:
    for _ in range(20):
        with pytest.raises(Invalid):
            opened("x")
    with pytest.raises(TooMany):
        opened("x")


def test_asking_takes_as_long_for_every_address(world: World) -> None:
    home = world.account()
    known, inactive = ([enrolled(world, Role.ORDERER, home) for _ in range(12)] for _ in range(2))
    for person in inactive:
        change(world, person, active=False)
    addresses = {
        "known": [person.email for person in known],
        "inactive": [person.email for person in inactive],
        "unknown": [f"nobody{number}@example.test" for number in range(12)],
    }
    password_resets.ask(email="warm-up@example.test", browser=Browser("203.0.113.1"))
    took: dict[str, list[float]] = {kind: [] for kind in addresses}
    for number in range(12):
        for kind, people in addresses.items():
            start = time.process_time()
            password_resets.ask(email=people[number], browser=Browser(f"{kind}.{number}"))
            took[kind].append(time.process_time() - start)

    # The quicker quarter of the processor's time: other work makes some of them slower, and none quicker.
    quick = {kind: statistics.quantiles(times, n=4)[0] for kind, times in took.items()}
    for kind in ("inactive", "unknown"):
        assert 0.6 < quick[kind] / quick["known"] < 1.7, quick


def test_asking_does_the_same_for_every_address(world: World, person: Person) -> None:
    inactive = enrolled(world, Role.ORDERER, world.account())
    change(world, inactive, active=False)
    done: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        done.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        said = list[list[str]]()
        for number, email in enumerate((person.email, inactive.email, "nobody@example.test")):
            password_resets.ask(email=email, browser=Browser(f"192.0.2.{number}"))
            said.append(list(done))
            done.clear()
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)
    assert said[0] == said[1] == said[2] != []


def test_links_are_forgotten_after_a_day(world: World, person: Person, clock: Clock) -> None:
    token(world, person.email)
    clock.forward(timedelta(days=2))
    password_resets.sweep()
    with sessions.system(writes=False) as session:
        assert session.exec(select(PasswordReset)).all() == []
