"""Limits on guessing: exact in parallel, moving, apart per key, closed without a database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from nexus_portal.adapters import db, throttle
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.throttle import HitTable, Limit
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import PortalError, TooMany, Unavailable
from nexus_portal.models.sessions import ThrottleHit
from tests.world import Clock

THREE = Limit.of("three", "3/minute")


def taken(limit: Limit, *keys: str) -> bool:
    try:
        throttle.take(limit, *keys)
    except TooMany:
        return False
    return True


def test_counts_to_the_limit_and_moves_on(database: Database, clock: Clock) -> None:
    assert [taken(THREE, "a") for _ in range(4)] == [True, True, True, False]
    clock.forward(timedelta(seconds=59))
    assert not taken(THREE, "a")
    clock.forward(timedelta(seconds=1))
    assert taken(THREE, "a")


def test_window_moves_with_each_attempt(database: Database, clock: Clock) -> None:
    for _ in range(3):
        assert taken(THREE, "a")
        clock.forward(timedelta(seconds=20))

    assert taken(THREE, "a")
    assert not taken(THREE, "a")


def test_refused_attempts_do_not_lengthen_the_wait(database: Database, clock: Clock) -> None:
    for _ in range(3):
        taken(THREE, "a")
    for _ in range(59):
        clock.forward(timedelta(seconds=1))
        assert not taken(THREE, "a")
    clock.forward(timedelta(seconds=1))
    assert taken(THREE, "a")


def test_keys_and_limits_are_counted_apart(database: Database, clock: Clock) -> None:
    other = Limit.of("other", "3/minute")
    for _ in range(3):
        throttle.take(THREE, "a")

    assert taken(THREE, "b")
    assert taken(other, "a")
    assert not taken(THREE, "c", "a")


def test_the_narrowest_rate_that_is_full_tells_the_wait(database: Database, clock: Clock) -> None:
    limit = Limit.of("both", "1/minute; 2/hour")
    throttle.take(limit, "a")

    with pytest.raises(TooMany, match="in a minute"):
        throttle.take(limit, "a")
    clock.forward(timedelta(minutes=1))
    throttle.take(limit, "a")
    clock.forward(timedelta(minutes=1))
    with pytest.raises(TooMany, match="in 58 minutes"):
        throttle.take(limit, "a")


def test_what_is_given_back_does_not_count(database: Database, clock: Clock) -> None:
    for _ in range(10):
        throttle.take(THREE, "a")
        throttle.give_back(THREE, "a")
    for _ in range(3):
        throttle.take(THREE, "a")
    assert not taken(THREE, "a")


def test_of_forty_at_once_three_pass(database: Database, clock: Clock) -> None:
    def attempt(_: int) -> bool:
        try:
            return taken(THREE, "a")
        except PortalError:
            return False

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(attempt, range(40))) == 3


def test_without_a_database_nothing_passes(database: Database) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    db.use(gone)
    try:
        with pytest.raises(Unavailable):
            throttle.take(THREE, "a")
        assert not HitTable().check()
    finally:
        db.use(database)
        gone.dispose()


def test_keys_are_not_kept_in_clear(database: Database, clock: Clock) -> None:
    throttle.take(THREE, "user somebody@example.test")

    with database.transaction(SYSTEM) as session:
        (hit,) = session.exec(select(ThrottleHit)).all()
    assert "somebody" not in hit.bucket
    assert len(hit.bucket) <= 160


def test_sweep_forgets_what_no_window_sees(database: Database, clock: Clock) -> None:
    throttle.take(THREE, "a")
    clock.forward(timedelta(hours=25))
    throttle.take(THREE, "b")

    throttle.sweep()

    with database.transaction(SYSTEM) as session:
        assert len(session.exec(select(ThrottleHit)).all()) == 1


def test_storage_answers_what_the_library_may_ask(database: Database, clock: Clock) -> None:
    storage = HitTable()

    assert storage.check()
    assert [storage.incr("k", 60, 2), storage.get("k")] == [2, 2]
    assert storage.get_expiry("k") == clock.now().timestamp() + 24 * 3600
    storage.clear("k")
    assert storage.get("k") == 0
    storage.incr("k", 60)
    assert storage.reset() == 1
