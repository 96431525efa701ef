"""Sending a form twice makes one thing, one after the other and at once, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services.idempotency import once, sweep
from tests.world import Clock

ANNA = Actor(scope=Scope.ACCOUNT, user_id=uuid4(), account_id=uuid4())
BO = replace(ANNA, user_id=uuid4())


def _send(database: Database, actor: Actor, key: str, results: list[str]) -> str:
    def make() -> str:
        results.append(f"made {len(results) + 1}")
        return results[-1]

    with database.transaction(actor) as session:
        return once(session, actor, key, make)


def test_the_second_sending_gets_the_first_answer(database: Database) -> None:
    made: list[str] = []
    answers = [_send(database, ANNA, "form-1", made) for _ in range(3)]
    assert answers == ["made 1"] * 3
    assert made == ["made 1"]


def test_a_key_belongs_to_its_caller(database: Database) -> None:
    made: list[str] = []
    assert _send(database, ANNA, "form-1", made) == "made 1"
    assert _send(database, BO, "form-1", made) == "made 2"
    assert _send(database, replace(ANNA, account_id=uuid4()), "form-1", made) == "made 3"


def test_what_was_refused_may_be_sent_again(database: Database) -> None:
    def refuse() -> str:
        raise Invalid(Message("No."))

    with pytest.raises(Invalid), database.transaction(ANNA) as session:
        once(session, ANNA, "form-1", refuse)
    assert _send(database, ANNA, "form-1", []) == "made 1"


@pytest.mark.parametrize("key", ["", "x" * 81])
def test_a_page_without_a_usable_key_is_refused(database: Database, key: str) -> None:
    with pytest.raises(Invalid, match="out of date"):
        _send(database, ANNA, key, [])


def test_a_key_is_forgotten_after_a_day(database: Database, clock: Clock) -> None:
    made: list[str] = []
    _send(database, ANNA, "form-1", made)
    clock.forward(timedelta(hours=23))
    sweep()
    assert _send(database, ANNA, "form-1", made) == "made 1"
    clock.forward(timedelta(hours=2))
    sweep()
    assert _send(database, ANNA, "form-1", made) == "made 2"


def test_many_at_once_make_one(database: Database) -> None:
    made: list[str] = []
    together = threading.Barrier(8)

    def send(_: int) -> str:
        together.wait()
        return _send(database, ANNA, "form-1", made)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert answers == {"made 1"}
    assert made == ["made 1"]


def test_when_the_first_of_two_fails_the_waiting_one_goes_on(database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def fail_slowly() -> str:
        started.set()
        go_on.wait(10)
        raise Invalid(Message("No."))

    def first() -> None:
        with pytest.raises(Invalid), database.transaction(ANNA) as session:
            once(session, ANNA, "form-1", fail_slowly)

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(first)
        started.wait(10)
        waiting = pool.submit(_send, database, ANNA, "form-1", [])
        go_on.set()
        failing.result(10)
        assert waiting.result(10) == "made 1"
