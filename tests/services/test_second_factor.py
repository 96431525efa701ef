"""The second factor: each code counts once, in parallel too, and never an older one after a newer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from nexus_portal.adapters import db
from nexus_portal.adapters.db import Database
from nexus_portal.domain import recovery_codes
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid, PortalError, Tampered, TooMany, Unavailable
from nexus_portal.domain.permissions import Role
from nexus_portal.models.people import RecoveryCode, User
from nexus_portal.services import second_factor
from nexus_portal.services.second_factor import Factor
from nexus_portal.services.sessions import system
from tests.identity import RECOVERY, SECRET, audited, code, enrolled
from tests.world import Clock, World


def spend(user_id: UUID, typed: str) -> bool:
    with system() as session:
        return second_factor.spend(session, user_id, typed) is not None


def at_once(user_id: UUID, typed: str, times: int) -> int:
    """How many of so many attempts at the same time are accepted."""

    def attempt(_: int) -> bool:
        try:
            return spend(user_id, typed)
        except PortalError:
            return False

    with ThreadPoolExecutor(12) as pool:
        return sum(pool.map(attempt, range(times)))


def test_a_code_counts_once_of_fifty_at_the_same_time(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    assert at_once(person.user_id, code(), 50) == 1


def test_a_recovery_code_counts_once_of_fifty_at_the_same_time(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    assert at_once(person.user_id, RECOVERY, 50) == 1


def test_an_older_code_does_not_count_after_a_newer(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    before, now = code(steps=-1), code()

    assert spend(person.user_id, now)
    assert not spend(person.user_id, before)
    assert not spend(person.user_id, now)
    clock.forward(timedelta(seconds=30))
    assert not spend(person.user_id, now)
    assert spend(person.user_id, code())


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_tolerance(world: World, steps: int, *, fits: bool) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    assert spend(person.user_id, code(steps=steps)) == fits


@pytest.mark.parametrize(
    "typed", ["", "abcdef", "12345", "0000000", "\uff11\uff12\uff13\uff14\uff15\uff16", "x" * 16, "'; --"]
)
def test_what_is_no_code_does_not_fit(world: World, typed: str) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    with pytest.raises(Invalid):
        second_factor.verify(person.user_id, typed)
    assert [entry.subject for entry in audited(world, "second_factor:refused")] == [str(person.user_id)]


def test_codes_of_others_do_not_fit(world: World) -> None:
    home = world.account()
    one, other = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    with system() as session:
        session.add(RecoveryCode(user_id=other.user_id, code_hash=recovery_codes.hash_of("A" * 16)))

    assert not spend(one.user_id, "AAAA-AAAA-AAAA-AAAA")
    assert spend(other.user_id, "AAAA-AAAA-AAAA-AAAA")


def test_a_sealed_secret_moved_to_another_person_does_not_open(world: World) -> None:
    home = world.account()
    one, other = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(User, one.user_id).totp_secret = session.get_one(User, other.user_id).totp_secret

    with pytest.raises(Tampered):
        spend(one.user_id, code())


def test_secrets_and_recovery_codes_do_not_lie_in_clear(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    with world.database.transaction(SYSTEM) as session:
        row = session.get_one(User, person.user_id)
        assert row.totp_secret is not None
        assert SECRET.encode() not in row.totp_secret


def test_guessing_stops_at_five_in_five_minutes_twenty_an_hour_fifty_a_day(
    world: World, clock: Clock
) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    tried: list[datetime] = []
    while clock.now() - START < timedelta(hours=23):
        try:
            second_factor.verify(person.user_id, "000000x")
        except TooMany:
            within_a_day = clock.now() - START > timedelta(hours=4)
            clock.forward(timedelta(hours=1) if within_a_day else timedelta(minutes=6))
        except Invalid:
            tried.append(clock.now())

    assert [sum(moment - START < span for moment in tried) for span in SPANS] == [5, 20, 50]
    with pytest.raises(TooMany, match=r"Try again in \d+ (minutes|hours)"):
        second_factor.verify(person.user_id, code())


SPANS = timedelta(minutes=5), timedelta(hours=1), timedelta(hours=23)
START = Clock().now()


def test_right_codes_use_up_no_attempts(world: World, clock: Clock) -> None:
    person = enrolled(world, Role.ORDERER, world.account())

    for _ in range(12):
        assert second_factor.verify(person.user_id, code()).factor is Factor.AUTHENTICATOR
        clock.forward(timedelta(seconds=30))


def test_one_persons_guesses_do_not_stop_another(world: World) -> None:
    home = world.account()
    one, other = enrolled(world, Role.ORDERER, home), enrolled(world, Role.ORDERER, home)
    for _ in range(5):
        with pytest.raises(Invalid):
            second_factor.verify(one.user_id, "000000x")

    with pytest.raises(TooMany):
        second_factor.verify(one.user_id, code())
    assert second_factor.verify(other.user_id, code())


def test_without_the_database_no_code_fits(world: World) -> None:
    person = enrolled(world, Role.ORDERER, world.account())
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    db.use(gone)
    try:
        with pytest.raises(Unavailable):
            second_factor.verify(person.user_id, code())
    finally:
        db.use(world.database)
        gone.dispose()
