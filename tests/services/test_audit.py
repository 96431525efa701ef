from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from nexus_portal.adapters import signing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditCheckpoint, AuditEvent, AuditHead
from nexus_portal.services import audit, audit_chain, audit_checks
from nexus_portal.services.use_case import perform
from tests.world import Clock, World

TRIGGERS = {
    "sqlite": [
        "DROP TRIGGER audit_events_no_update",
        "DROP TRIGGER audit_events_no_delete",
        "DROP TRIGGER audit_checkpoints_no_update",
        "DROP TRIGGER audit_checkpoints_no_delete",
    ],
    "postgresql": [
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        "ALTER TABLE audit_checkpoints DISABLE TRIGGER USER",
    ],
}


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, name="Petra Vik")


@pytest.fixture
def five(database: Database, officer: Actor, clock: Clock) -> str:
    """A chain of five entries; its name."""
    for number in range(1, 6):
        clock.forward(timedelta(minutes=1))
        with database.transaction(officer) as session:
            audit.record(
                session, officer, "order:submitted", subject=f"2026-0000{number}", cards=number, fields=["å"]
            )
    return str(officer.account_id)


@contextmanager
def unguarded(database: Database) -> Iterator[Session]:
    """A transaction without the triggers, as somebody with the database in hand could have."""
    kind = "sqlite" if database.is_sqlite else "postgresql"
    with database.transaction(SYSTEM) as session:
        for trigger in TRIGGERS[kind]:
            session.connection().execute(text(trigger))
        yield session
        session.flush()
        if kind == "postgresql":
            for trigger in TRIGGERS[kind]:
                session.connection().execute(text(trigger.replace("DISABLE", "ENABLE")))


def tamper(database: Database, statement: str) -> None:
    with unguarded(database) as session:
        session.connection().execute(text(statement))


def broken(database: Database, chain: str) -> audit_checks.Broken | None:
    with database.transaction(SYSTEM, writes=False) as session:
        return audit_checks.verify(session, chain)


def test_entries_follow_from_each_other(database: Database, five: str) -> None:
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.chain == five).order_by(col(AuditEvent.seq)))
        entries = list(rows)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert broken(database, five) is None


def test_an_entry_is_written_with_its_change_or_not_at_all(
    database: Database, officer: Actor, five: str
) -> None:
    def fail() -> None:
        with database.transaction(officer) as session:
            audit.record(session, officer, "order:lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert perform(audit.events, officer)[0].action == "order:submitted"
    assert broken(database, five) is None


def test_what_went_wrong_is_written_down_although_the_change_is_refused(
    database: Database, officer: Actor
) -> None:
    def fail() -> None:
        with database.transaction(officer) as session:
            audit.record_apart(session, officer, "vault:tampered", subject="record")
            raise Conflict

    with pytest.raises(Conflict):
        fail()

    assert [row.action for row in perform(audit.events, officer)] == ["vault:tampered"]


def test_what_belongs_to_no_account_has_a_chain_of_its_own(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        audit.record(session, SYSTEM, "portal:started")
    assert broken(database, audit.INSTALLATION) is None
    assert [row.action for row in perform(audit.events, SYSTEM)] == ["portal:started"]


def test_staff_write_into_the_chain_of_the_account_they_work_on(
    database: Database, world: World, account: Account, officer: Actor
) -> None:
    clerk = world.person(Role.ORDER_DESK, world.bureau())
    with database.transaction(clerk) as session:
        audit.record(session, clerk, "order:accepted", account_id=account.id)
        audit.record(session, clerk, "desk:opened")
    assert [row.action for row in perform(audit.events, officer)] == ["order:accepted"]


def test_entries_are_paged_newest_first_and_name_the_person(officer: Actor, five: str) -> None:
    first = perform(audit.events, officer, limit=2)
    second = perform(audit.events, officer, before_seq=first[-1].seq, limit=2)

    assert [row.subject for row in (*first, *second)] == [f"2026-0000{n}" for n in (5, 4, 3, 2)]
    assert first[0].actor_name == "Petra Vik"
    assert first[0].actor_role == "privacy_officer"
    assert first[0].facts == {"cards": 5, "fields": ["å"]}


def test_another_account_sees_nothing_of_it(world: World, five: str) -> None:
    stranger = world.person(Role.AUDITOR, world.account("Nordhamn Energi"))
    assert perform(audit.events, stranger) == ()
    with pytest.raises(NotAllowed):
        perform(audit.events, world.person(Role.ORDERER, world.account("Tredje AB")))


def test_two_who_write_at_once_form_one_chain(database: Database, world: World, account: Account) -> None:
    people = [world.person(Role.ORDERER, account) for _ in range(4)]

    def write(actor: Actor) -> None:
        for _ in range(10):
            with database.transaction(actor) as session:
                audit.record(session, actor, "order:submitted")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, people))

    assert broken(database, str(account.id)) is None
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.get_one(AuditHead, str(account.id)).seq == 40


def test_two_chains_in_opposite_order_do_not_wait_for_each_other(database: Database, world: World) -> None:
    first, second = world.account("Ett AB"), world.account("Två AB")
    clerk = world.person(Role.ORDER_DESK, world.bureau())

    def write(accounts: list[Account]) -> None:
        for _ in range(10):
            with database.transaction(clerk) as session:
                for account in accounts:
                    audit.record(session, clerk, "order:accepted", account_id=account.id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [[first, second], [second, first]]))

    assert broken(database, str(first.id)) is None
    assert broken(database, str(second.id)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'order:seen'",
        "DELETE FROM audit_events",
        "UPDATE audit_checkpoints SET seq = 1",
        "DELETE FROM audit_checkpoints",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(database: Database, five: str, statement: str) -> None:
    with database.transaction(SYSTEM) as session:
        audit_checks.checkpoint(session)
    with pytest.raises(Conflict) as caught, database.transaction(SYSTEM) as session:
        session.connection().execute(text(statement))
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert broken(database, five) is None


@pytest.mark.parametrize(
    ("change", "seq", "why"),
    [
        ("UPDATE audit_events SET action = 'order:seen' WHERE seq = 3", 3, "changed"),
        ("UPDATE audit_events SET facts = '{\"cards\": 9}' WHERE seq = 2", 2, "changed"),
        ("UPDATE audit_events SET actor_role = 'auditor' WHERE seq = 5", 5, "changed"),
        ("UPDATE audit_events SET previous = hash WHERE seq = 4", 4, "does not follow"),
        ("DELETE FROM audit_events WHERE seq = 2", 2, "missing"),
        ("DELETE FROM audit_events WHERE seq = 5", 5, "missing"),
        ("DELETE FROM audit_events", 1, "missing"),
        ("DELETE FROM audit_heads", 5, "ends"),
        ("UPDATE audit_heads SET hash = 'x'", 5, "ends"),
    ],
)
def test_the_first_broken_entry_is_named(
    database: Database, five: str, change: str, seq: int, why: str
) -> None:
    tamper(database, change)
    found = broken(database, five)
    assert found is not None
    assert found.seq == seq
    assert why in str(found.why)


def rehashed(session: Session, chain: str, change: Callable[[AuditEvent], None]) -> None:
    """Change an entry and make every hash after it right again, as somebody thorough would."""
    previous = audit_checks.GENESIS
    rows = session.exec(select(AuditEvent).where(AuditEvent.chain == chain).order_by(col(AuditEvent.seq)))
    for entry in rows.all():
        change(entry)
        entry.previous = previous
        entry.hash = audit_checks.entry_hash(previous, audit_checks._content(entry))
        previous = entry.hash
    session.get_one(AuditHead, chain).hash = previous


def forge(database: Database, chain: str) -> None:
    with unguarded(database) as session:
        rehashed(session, chain, lambda entry: setattr(entry, "subject", entry.subject.replace("3", "8")))


def test_a_chain_that_was_hashed_anew_breaks_at_the_signed_checkpoint(database: Database, five: str) -> None:
    with database.transaction(SYSTEM) as session:
        assert audit_checks.checkpoint(session) == 1
        assert audit_checks.checkpoint(session) == 0
    forge(database, five)

    found = broken(database, five)

    assert found is not None
    assert found.seq == 5
    assert "signed" in str(found.why)


def test_a_checkpoint_that_was_forged_does_not_verify(database: Database, five: str) -> None:
    forge(database, five)
    with database.transaction(SYSTEM) as session:
        head = session.get_one(AuditHead, five)
        mark = audit_checks.signed(five, head.seq, head.hash)
        mark.signature = signing.sign(b"something else")
        session.add(mark)

    found = broken(database, five)

    assert found is not None
    assert "signed" in str(found.why)


def test_a_tail_that_was_cut_off_with_its_head_shows_at_the_checkpoint(database: Database, five: str) -> None:
    with database.transaction(SYSTEM) as session:
        audit_checks.checkpoint(session)
    tamper(database, "DELETE FROM audit_events WHERE seq > 3")
    with database.transaction(SYSTEM) as session:
        third = session.exec(select(AuditEvent).where(AuditEvent.seq == 3)).one()
        head = session.get_one(AuditHead, five)
        head.seq, head.hash = 3, third.hash

    found = broken(database, five)

    assert found is not None
    assert (found.seq, "missing" in str(found.why)) == (4, True)


def test_long_chains_are_signed_by_themselves(
    database: Database, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "SIGN_EVERY", 4)
    for _ in range(3):
        with database.transaction(officer) as session:
            for _ in range(3):
                audit.record(session, officer, "order:submitted")
    with database.transaction(SYSTEM, writes=False) as session:
        assert list(session.exec(select(AuditCheckpoint.seq).order_by(col(AuditCheckpoint.seq)))) == [6, 9]
    assert broken(database, str(officer.account_id)) is None


def test_everybody_with_the_permission_may_check_the_own_chain(
    database: Database, officer: Actor, world: World, five: str
) -> None:
    with database.transaction(SYSTEM) as session:
        audit.record(session, SYSTEM, "portal:started")

    assert [(report.chain, report.entries) for report in perform(audit_checks.check, officer)] == [(five, 5)]
    reports = perform(audit_checks.check, SYSTEM)
    assert {report.chain: report.entries for report in reports} == {five: 5, audit.INSTALLATION: 1}
    assert all(report.broken is None for report in reports)
