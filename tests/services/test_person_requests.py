"""Requests of persons: when they came, by when they are answered, and who is told that they were not."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import person_requests
from nexus_portal.services.person_requests import RequestRow
from nexus_portal.services.use_case import perform
from tests.world import NOON, Clock, World

TODAY = NOON.date()


def written(officer: Actor, day: date = TODAY, kind: str = "access", case_number: str = "") -> UUID:
    asked = {"kind": kind, "received_on": day, "case_number": case_number}
    number = perform(person_requests.write_down, officer, **asked)
    return next(UUID(row.id) for row in rows(officer) if row.number == number)


def rows(actor: Actor, *, answered: bool = False) -> Sequence[RequestRow]:
    return perform(person_requests.requests, actor, answered=answered)


def mails(database: Database) -> Sequence[OutboxMail]:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.exec(select(OutboxMail).where(OutboxMail.kind == "person_request")).all()


def test_a_request_is_due_within_a_month_and_the_most_urgent_stands_first(officer: Actor) -> None:
    written(officer)
    written(officer, TODAY - timedelta(days=20), kind="erasure", case_number="DNR-2026/118")
    first, second = rows(officer)
    assert (first.number, first.kind, first.case_number) == ("R-2", "erasure", "DNR-2026/118")
    assert (second.number, second.due_on, second.left) == ("R-1", "2026-04-02", 31)
    assert perform(person_requests.overdue, officer) == 0


def test_the_day_after_it_is_overdue_and_told_once(
    world: World, database: Database, account: Account, officer: Actor, clock: Clock
) -> None:
    other = world.person(Role.PRIVACY_OFFICER, account)
    world.person(Role.ORDERER, account)
    written(officer)
    clock.set(NOON + timedelta(days=31))
    assert (perform(person_requests.overdue, other), person_requests.tell_overdue()) == (0, 0)
    clock.forward(timedelta(days=1))
    assert (perform(person_requests.overdue, other), person_requests.tell_overdue()) == (1, 1)
    assert person_requests.tell_overdue() == 0
    assert len(mails(database)) == 2
    assert rows(other)[0].left == -1


def test_an_answered_request_is_not_overdue_and_cannot_be_answered_again(
    officer: Actor, clock: Clock
) -> None:
    request = written(officer)
    perform(person_requests.answer, officer, request_id=request, outcome="partly")
    with pytest.raises(Conflict):
        perform(person_requests.answer, officer, request_id=request, outcome="granted")
    with pytest.raises(Conflict):
        perform(person_requests.extend, officer, request_id=request)
    [row] = rows(officer, answered=True)
    assert (row.outcome, row.answered_on, row.answered_by) == ("partly", TODAY.isoformat(), officer.name)
    assert rows(officer) == ()
    clock.forward(timedelta(days=90))
    assert (perform(person_requests.overdue, officer), person_requests.tell_overdue()) == (0, 0)


def test_two_months_more_are_taken_within_the_first_only(officer: Actor, clock: Clock) -> None:
    first, second = written(officer), written(officer, TODAY - timedelta(days=1))
    clock.set(NOON + timedelta(days=31))
    perform(person_requests.extend, officer, request_id=first)
    perform(person_requests.extend, officer, request_id=first)
    assert next(row.due_on for row in rows(officer) if row.extended) == "2026-06-02"
    with pytest.raises(Invalid):
        perform(person_requests.extend, officer, request_id=second)


def test_what_does_not_fit_is_refused(officer: Actor) -> None:
    for wrong in (
        {"kind": "curiosity"},
        {"received_on": TODAY + timedelta(days=1)},
        {"received_on": TODAY - timedelta(days=367)},
        {"case_number": "Astrid Åkerlund"},
        {"case_number": "640823-3234"},
    ):
        with pytest.raises(Invalid):
            perform(person_requests.write_down, officer, **{"kind": "access", "received_on": TODAY, **wrong})
    request = written(officer)
    with pytest.raises(Invalid):
        perform(person_requests.answer, officer, request_id=request, outcome="")


def test_another_account_and_other_roles_write_nothing_down(
    world: World, account: Account, officer: Actor
) -> None:
    request = written(officer)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    assert (rows(stranger), perform(person_requests.overdue, stranger)) == ((), 0)
    for act in (person_requests.answer, person_requests.extend):
        asked = {"outcome": "granted"} if act is person_requests.answer else {}
        with pytest.raises(NotFound):
            perform(act, stranger, request_id=request, **asked)
    auditor = world.person(Role.AUDITOR, account)
    assert len(rows(auditor)) == 1
    for role in (Role.AUDITOR, Role.ORDERER):
        with pytest.raises(NotAllowed):
            written(world.person(role, account))
    written(stranger)
    assert rows(stranger)[0].number == "R-1"


def test_the_log_says_what_was_done_by_number(database: Database, officer: Actor) -> None:
    perform(person_requests.answer, officer, request_id=written(officer), outcome="granted")
    with database.transaction(SYSTEM, writes=False) as session:
        found = session.exec(select(AuditEvent).where(AuditEvent.subject == "R-1")).all()
    assert {(each.action, *each.facts.values()) for each in found} == {
        ("person_request:received", "access"),
        ("person_request:answered", "granted"),
    }
