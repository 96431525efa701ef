"""Signing in: two steps, each under a new session id; wrong, unknown and deactivated look the same."""

from datetime import timedelta

import pytest
from passlib.context import CryptContext
from sqlmodel import col, select, update

from nexus_portal.adapters import db
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, TooMany, Unavailable
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Membership, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import account, preferences, sessions, sign_in
from nexus_portal.services.steps import Browser
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    RECOVERY,
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
from tests.world import NOON, Clock, World

pytestmark = pytest.mark.usefixtures("quick_passwords")


def enter(email: str, password: str = PASSWORD, address: str = "192.0.2.7") -> sign_in.Step:
    return sign_in.with_password(newcomer(), email=email, password=password, browser=Browser(address, ""))


def test_both_factors_open_a_full_session(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    now = signed_in(person)

    assert now.level is SessionLevel.FULL
    assert now.actor.user_id == person.user_id
    assert now.actor.may(Permission.ORDERS_CREATE)
    assert now.expires_at == NOON + sessions.ABSOLUTE
    assert [entry.actor_id for entry in audited(world, "session:signed_in")] == [person.user_id]


def test_address_is_found_however_it_is_typed(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    assert enter(f"  {person.email.upper()} ").level is SessionLevel.PASSWORD


def test_each_step_has_a_new_id_and_the_old_one_is_dead(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    with sessions.system() as session:
        first = sessions.start(session)
    second = sign_in.with_password(visit(first), email=person.email, password=PASSWORD, browser=BROWSER).sid
    third = sign_in.with_second_factor(visit(second), code=code()).sid

    assert len({first, second, third}) == 3
    assert sessions.resolve(first) is None
    assert sessions.resolve(second) is None
    assert sessions.resolve(third) is not None


def test_password_alone_reaches_nothing(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    half = with_password(person)

    assert half.level is SessionLevel.PASSWORD
    assert half.actor.permissions == {Permission.PUBLIC}
    assert half.actor.user_id is None
    with pytest.raises(NotSignedIn):
        perform(account.own, half.actor)
    with pytest.raises(NotSignedIn):
        perform(account.end_sessions, half.actor, keep_this=True)
    perform(preferences.speak, half.actor, language="sv")


def test_second_factor_needs_the_password_first(world: World) -> None:
    enrolled(world, Role.ORDERER, world.account())

    with pytest.raises(NotSignedIn):
        sign_in.with_second_factor(newcomer(), code=code())


def test_wrong_unknown_unfinished_and_deactivated_get_one_answer(world: World) -> None:
    home = world.account()
    known, gone = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    invited = world.person(Role.ORDERER, home)
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(Membership).where(col(Membership.user_id) == gone.user_id).values(active=False))
        unfinished = session.get_one(User, invited.user_id).email

    answers = set()
    for email, password in (
        (known.email, "wrong password here"),
        ("nobody@example.test", PASSWORD),
        (gone.email, PASSWORD),
        (unfinished, PASSWORD),
        (known.email, ""),
        (known.email, "x" * 100_000),
        ("", ""),
        ("a\0b\ud800@example.test", "\0\ud800"),
    ):
        with pytest.raises(Invalid) as refused:
            enter(email, password)
        answers.add(str(refused.value))

    assert answers == {"Address and password do not fit together."}
    assert len(audited(world, "sign_in:refused")) == 8


def test_refusals_name_no_address_in_the_audit_log(world: World) -> None:
    with pytest.raises(Invalid):
        enter("somebody@example.test")

    (entry,) = audited(world, "sign_in:refused")
    assert entry.subject == ""
    assert "somebody" not in str(entry.model_dump())


def test_eleventh_wrong_password_in_five_minutes_is_not_tried(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    for n in range(10):
        with pytest.raises(Invalid):
            enter(person.email, "wrong password", f"192.0.2.{n}")
        clock.forward(timedelta(seconds=10))

    with pytest.raises(TooMany, match="Try again in 4 minutes"):
        enter(person.email, PASSWORD, "203.0.113.1")
    clock.forward(timedelta(minutes=4))
    assert enter(person.email, PASSWORD, "203.0.113.1").level is SessionLevel.PASSWORD


def test_one_network_address_cannot_try_many_people(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    for n in range(10):
        with pytest.raises(Invalid):
            enter(f"nobody{n}@example.test")

    with pytest.raises(TooMany):
        enter(person.email)
    assert enter(person.email, address="203.0.113.1").level is SessionLevel.PASSWORD


def test_signing_in_well_uses_up_nothing(world: World) -> None:
    people = [enrolled(world, Role.ORDERER, world.account()) for _ in range(12)]

    for person in people:
        assert enter(person.email).level is SessionLevel.PASSWORD


def test_without_the_database_nobody_gets_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    browser = newcomer()
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    db.use(gone)
    try:
        with pytest.raises(Unavailable):
            sign_in.with_password(browser, email=person.email, password=PASSWORD, browser=BROWSER)
    finally:
        db.use(world.database)
        gone.dispose()


def test_old_hash_is_renewed(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    weak = CryptContext(schemes=["argon2"], argon2__memory_cost=32, argon2__rounds=1).hash(PASSWORD)
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(User).where(col(User.id) == person.user_id).values(password_hash=weak))

    enter(person.email)

    with world.database.transaction(SYSTEM) as session:
        assert "m=64,t=1" in (session.get_one(User, person.user_id).password_hash or "")


def test_recovery_code_replaces_the_authenticator_once_and_the_person_is_told(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    half, other = with_password(person), with_password(person)

    step = sign_in.with_second_factor(half, code=RECOVERY.lower().replace("-", " "))

    assert after(step).level is SessionLevel.FULL
    assert str(step.notice) == "You used a recovery code. Unused codes left: 0."
    with pytest.raises(Invalid):
        sign_in.with_second_factor(other, code=RECOVERY)
    with world.database.transaction(SYSTEM) as session:
        (mail,) = session.exec(select(OutboxMail)).all()
        assert mail.recipient == person.email
        assert b"recovery" not in mail.body


def test_role_taken_between_the_two_steps_is_refused(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    half = with_password(person)
    with world.database.transaction(SYSTEM) as session:
        session.exec(update(Membership).values(active=False))

    with pytest.raises(NotSignedIn):
        sign_in.with_second_factor(half, code=code())


def test_signing_out_ends_the_session_in_every_tab_and_no_other(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    with sessions.system() as session:
        start = sessions.start(session)
    here = sign_in.with_second_factor(
        after(sign_in.with_password(visit(start), email=person.email, password=PASSWORD, browser=BROWSER)),
        code=code(),
    ).sid
    clock.forward(timedelta(seconds=30))
    elsewhere = sign_in.with_second_factor(with_password(person), code=code()).sid

    sign_in.sign_out(visit(here))

    assert sessions.resolve(here) is None
    assert sessions.resolve(elsewhere) is not None


def test_ended_session_cannot_take_another_step(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    half = with_password(person)
    sign_in.sign_out(half)

    with pytest.raises(NotSignedIn):
        sign_in.with_second_factor(half, code=code())
    with world.database.transaction(SYSTEM) as session:
        levels = session.exec(select(BrowserSession.level)).all()
    assert SessionLevel.FULL not in levels
