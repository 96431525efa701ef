"""When the audit log was verified last; the portal's own walks, and what it says when a chain breaks."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent, AuditHead, AuditVerification
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import audit, audit_care, audit_list
from nexus_portal.services.audit_care import LastWalk
from nexus_portal.services.audit_list import Wanted
from nexus_portal.services.use_case import perform
from tests.services.test_audit import unguarded
from tests.world import Clock, World

HERE = Wanted()


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Petra Vik")


@pytest.fixture
def five(database: Database, officer: Actor) -> Actor:
    """Somebody whose log has five entries, the third of them signed."""
    for number in range(1, 6):
        _write(database, officer)
        if number == 3:
            with database.transaction(SYSTEM) as session:
                audit.checkpoint(session)
    return officer


def _write(database: Database, actor: Actor) -> None:
    with database.transaction(actor) as session:
        audit.record(session, actor, "order:submitted", subject="2026-00001")


def walks(reader: Actor) -> list[LastWalk]:
    return list(perform(audit_care.last_walks, reader, wanted=HERE))


def swept(clock: Clock) -> int:
    clock.forward(timedelta(minutes=16))
    return audit_care.sweep()


def mails(database: Database) -> list[OutboxMail]:
    with database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(OutboxMail).where(OutboxMail.kind == "audit")))


def test_who_verified_it_up_to_where_and_with_what_result_is_kept(five: Actor, clock: Clock) -> None:
    assert walks(five) == []
    perform(audit_care.keep, five, wanted=HERE, found=perform(audit_list.verified, five, wanted=HERE))
    [own] = walks(five)
    assert (own.who, own.role, own.first, own.last, own.broken_at) == (
        "Petra Vik",
        "privacy_officer",
        1,
        5,
        0,
    )
    assert perform(audit.events, five)[0].action == "audit:verified"
    assert swept(clock) == 0
    portal, person = walks(five)
    assert (portal.by_portal, person.by_portal, portal.last) == (True, False, 6)


def test_the_portal_walks_on_from_the_last_signed_entry(
    database: Database, five: Actor, clock: Clock
) -> None:
    assert swept(clock) == 0
    assert [(walk.first, walk.last) for walk in walks(five)] == [(1, 5)]
    _write(database, five)
    assert swept(clock) == 0
    [walk] = walks(five)
    assert (walk.first, walk.last) == (3, 6)
    with database.transaction(SYSTEM, writes=False) as session:
        assert len(session.exec(select(AuditVerification)).all()) == 1


def test_it_is_asked_no_more_often_than_every_quarter_of_an_hour(
    database: Database, five: Actor, clock: Clock
) -> None:
    swept(clock)
    _write(database, five)
    clock.forward(timedelta(minutes=5))
    assert audit_care.sweep() == 0
    assert walks(five)[0].last == 5
    assert swept(clock) == 0
    assert walks(five)[0].last == 6


def test_a_break_is_told_once_to_all_who_read_the_log(
    world: World, database: Database, account: Account, five: Actor, clock: Clock
) -> None:
    auditor = world.person(Role.AUDITOR, account)
    world.person(Role.ORDERER, account)
    with unguarded(database) as session:
        event = session.exec(
            select(AuditEvent).where(AuditEvent.chain == str(account.id), AuditEvent.seq == 5)
        ).one()
        event.subject = "2026-00009"
        session.add(event)
    assert swept(clock) == 1
    assert swept(clock) == 1
    [walk] = walks(auditor)
    assert (walk.broken_at, str(walk.why)) == (5, "Entry 5 was changed after it was written.")
    assert len(mails(database)) == 2  # the officer and the auditor, and each of them once
    with database.transaction(SYSTEM, writes=False) as session:
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "audit:broken")).all()
    assert [(entry.chain, entry.subject, entry.facts) for entry in told] == [
        ("installation", str(account.id), {"entry": 5})
    ]


def test_a_tail_that_was_cut_off_before_it_was_signed_shows(
    database: Database, account: Account, five: Actor, clock: Clock
) -> None:
    swept(clock)
    chain = str(account.id)
    with unguarded(database) as session:
        kept, gone = session.exec(
            select(AuditEvent)
            .where(AuditEvent.chain == chain, col(AuditEvent.seq) > 3)
            .order_by(col(AuditEvent.seq))
        ).all()
        session.delete(gone)
        head = session.get_one(AuditHead, chain)
        head.seq, head.hash = kept.seq, kept.hash
        session.add(head)
    # By itself the chain is whole: only that the portal has been further gives it away.
    assert perform(audit_list.verified, five, wanted=HERE).broken_at == 0
    assert swept(clock) == 1
    assert walks(five)[0].broken_at == 5


def test_a_chain_that_grows_while_it_is_walked_is_not_broken(
    database: Database, five: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audit_care.audit_checks._checkpoints

    def grown(session: object, chain: str) -> object:
        if not database.is_sqlite:  # a reader of SQLite sees what was there as it began, whatever is added
            _write(database, five)
        return real(session, chain)  # pyright: ignore[reportArgumentType] - handed through

    monkeypatch.setattr(audit_care.audit_checks, "_checkpoints", grown)
    assert perform(audit_list.verified, five, wanted=HERE).broken_at == 0


def test_others_see_their_own_chain_alone(world: World, five: Actor, clock: Clock) -> None:
    swept(clock)
    stranger = world.person(Role.AUDITOR, world.account("Nordhamn Energi"))
    assert walks(stranger) == []
    with pytest.raises(NotAllowed):
        perform(audit_care.last_walks, stranger, wanted=Wanted(chain="installation"))
    with pytest.raises(NotAllowed):
        perform(audit_care.last_walks, world.person(Role.ORDERER, world.account("Tredje")), wanted=HERE)
