"""Attacks on signing in that cross services: a process that restarts, half a session, a copied database."""

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select
from sqlmodel import Session

from nexus_portal.adapters import db, sealing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import ANONYMOUS, SYSTEM
from nexus_portal.domain.errors import Invalid, NotSignedIn, StepUpNeeded, TooMany
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.people import User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import (
    enrolment,
    enrolment_stage,
    invitations,
    own_accounts,
    second_factor,
    sign_in,
)
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform
from tests.identity import (  # noqa: F401 - the fixture is asked for by name
    BROWSER,
    PASSWORD,
    SECRET,
    Person,
    after,
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


def restarted(database: Database) -> None:
    """Go on as a new process would: nothing remembered but the database and the master key."""
    sealing._derived.cache_clear()
    db.use(Database(database.url))


@pytest.fixture(autouse=True)
def closed_afterwards(database: Database) -> Iterator[None]:
    yield
    if db.current() is not database:
        db.current().dispose()
        db.use(database)


def test_an_older_code_fails_after_a_newer_one_and_a_restart(world: World, database: Database) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    older, newer = code(), code(steps=1)
    sign_in.with_second_factor(with_password(person), code=newer)

    restarted(database)

    for spent in (older, newer):
        with pytest.raises(Invalid):
            sign_in.with_second_factor(with_password(person), code=spent)


def test_wrong_codes_are_counted_across_a_restart(world: World, database: Database) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    for _ in range(5):
        with pytest.raises(Invalid):
            sign_in.with_second_factor(with_password(person), code="000000x")

    restarted(database)

    with pytest.raises(TooMany):
        sign_in.with_second_factor(with_password(person), code="000000x")


def test_half_a_session_is_nobody(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    half = with_password(person)

    assert half.level is SessionLevel.PASSWORD
    assert half.actor.permissions == ANONYMOUS.permissions == {Permission.PUBLIC}
    assert (half.actor.user_id, half.actor.account_id, half.actor.name) == (None, None, "")
    for reach in (own_accounts.places, enrolment_stage.where, lambda at: sign_in.step_up(at, code=code())):
        with pytest.raises(NotSignedIn):
            reach(half)


@pytest.fixture
def admin(world: World) -> Person:
    return enrolled(world, Role.ACCOUNT_ADMIN, world.account())


def change(as_seen: Visit) -> None:
    """Something that asks for a step-up."""
    actor = as_seen.actor
    words = {"email": "maja@example.test", "name": "Maja Lind", "role": "orderer"}
    perform(invitations.invite, actor, **words)


def test_a_step_up_is_over_after_five_minutes(world: World, admin: Person, clock: Clock) -> None:
    here = signed_in(admin)
    clock.forward(timedelta(minutes=5))
    change(here)

    clock.forward(timedelta(seconds=1))
    with pytest.raises(StepUpNeeded):
        change(here)


def test_a_step_up_counts_in_its_own_session_only(world: World, admin: Person, clock: Clock) -> None:
    other = signed_in(admin)
    clock.forward(timedelta(minutes=6))
    here = signed_in(admin)

    change(here)
    with pytest.raises(StepUpNeeded):
        change(other)


def test_the_code_of_somebody_else_steps_nobody_up(world: World, admin: Person, clock: Clock) -> None:
    colleague = enrolled(world, Role.ACCOUNT_ADMIN, world.account())
    with world.database.transaction(SYSTEM) as session:
        theirs = _with_another_secret(session, colleague)
    here = signed_in(admin)
    clock.forward(timedelta(minutes=6))

    with pytest.raises(Invalid):
        sign_in.step_up(here, code=code(theirs))


def _with_another_secret(session: Session, person: Person) -> str:
    secret = SECRET[::-1]
    session.get_one(User, person.user_id).totp_secret = second_factor.sealed(person.user_id, secret)
    return secret


def test_a_copy_of_the_database_opens_nothing(world: World, admin: Person, clock: Clock) -> None:
    """Session ids, passwords, codes, secrets and links: none is in any column, nor what they are made of."""
    words = {"email": "maja@example.test", "name": "Maja Lind", "role": "orderer"}
    here = signed_in(admin)
    clock.forward(timedelta(minutes=1))
    sid = sign_in.step_up(here, code=code())
    link = perform(invitations.invite, visit(sid).actor, **words).link.partition("#")[2]
    begun = enrolment.begin(newcomer(), token=link, browser=BROWSER)
    chosen = enrolment.choose_password(visit(begun.sid), password=PASSWORD)
    secret = enrolment_stage.where(visit(chosen.sid)).secret.replace(" ", "")
    confirmed = enrolment.confirm_authenticator(visit(chosen.sid), code=code(secret))
    codes = enrolment_stage.where(visit(confirmed.sid)).codes
    full = enrolment.finish(visit(confirmed.sid), code=codes[0])

    secrets = [link, PASSWORD, sid, begun.sid, chosen.sid, confirmed.sid, full.sid, secret, SECRET, *codes]
    plain = [text.encode() for text in secrets] + [each.replace("-", "").encode() for each in codes]
    raw = [base64.b32decode(secret), base64.b32decode(SECRET)]
    dump = everything_in(world.database)
    assert dump.count(b"maja@example.test") > 0, "the dump holds what it should hold"
    assert [each for each in plain + raw if each in dump or each.lower() in dump] == []


def everything_in(database: Database) -> bytes:
    """Every value of every row, as it lies."""
    tables = MetaData()
    tables.reflect(database.engine)
    with database.transaction(SYSTEM, writes=False) as session:
        rows = [row for table in tables.sorted_tables for row in session.connection().execute(select(table))]
    values = [value for row in rows for value in row]
    return b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
