"""The audit log as its readers narrow it, verify it and take it away."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from benchmarks import plans
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.hashchain import canonical
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.services import audit, audit_checks, audit_list
from nexus_portal.services.audit_list import EntryRow, Wanted
from nexus_portal.services.use_case import perform
from tests.world import Clock, World

ACTIONS = ("session:signed_in", "order:submitted", "person:revealed", "card:blocked")


@pytest.fixture
def eight(database: Database, clock: Clock, officer: Actor, orderer: Actor) -> str:
    """A chain of eight entries, a day apart, by two people in turn; its name."""
    for number in range(8):
        clock.forward(timedelta(days=1))
        who = (officer, orderer)[number % 2]
        with database.transaction(who) as session:
            audit.record(session, who, ACTIONS[number % 4], subject=f"2026-0000{number}", cards=number)
    return str(officer.account_id)


def seqs(reader: Actor, **wanted: str) -> list[int]:
    return [row.seq for row in rows(reader, **wanted)]


def rows(reader: Actor, **wanted: str) -> Sequence[EntryRow]:
    return perform(audit_list.entries, reader, wanted=Wanted(**wanted)).rows


def test_the_log_is_narrowed(clock: Clock, officer: Actor, orderer: Actor, eight: str) -> None:
    assert eight
    assert seqs(officer) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert seqs(officer, group="orders") == [6, 2]
    assert seqs(officer, group="persons") == [7, 3]
    assert seqs(officer, group="nothing") == []
    assert seqs(officer, who=(orderer.user_id or new_id()).hex) == [8, 6, 4, 2]
    assert seqs(officer, subject="2026-00003") == [4]
    day = (clock.now() - timedelta(days=2)).date().isoformat()
    assert seqs(officer, since=day) == [8, 7, 6]
    assert seqs(officer, until=day) == [6, 5, 4, 3, 2, 1]
    assert seqs(officer, since=day, until=day, group="orders") == [6]
    first = rows(officer)[0]
    assert (first.who, first.role, first.action) == (orderer.name, "orderer", "card:blocked")
    assert [(fact.name, fact.value) for fact in first.facts] == [("cards", "7")]


def test_pages_have_no_gaps_within_a_group(database: Database, officer: Actor) -> None:
    with database.transaction(officer) as session:
        for number in range(130):
            audit.record(session, officer, ACTIONS[1 if number % 2 else 2], subject=str(number))
    found: list[int] = []
    cursor = ""
    while True:
        page = perform(audit_list.entries, officer, wanted=Wanted(group="orders"), cursor=cursor)
        found += [row.seq for row in page.rows]
        cursor = page.following
        if not cursor:
            break
    assert found == list(range(130, 0, -2))


def test_customers_read_their_own_chain_and_the_bureau_two(
    database: Database, world: World, officer: Actor, eight: str
) -> None:
    assert eight
    admin = world.person(Role.BUREAU_ADMIN, world.bureau())
    with database.transaction(SYSTEM) as session:
        audit.record(session, SYSTEM, "bureau:created", subject="1")
    with database.transaction(admin) as session:
        audit.record(session, admin, "mail:read", subject="2")

    assert [row.action for row in rows(admin)] == ["mail:read"]
    assert [row.action for row in rows(admin, chain="installation")] == ["bureau:created"]
    assert seqs(admin, chain=eight) == seqs(admin)
    with pytest.raises(NotAllowed):
        rows(officer, chain="installation")
    with pytest.raises(NotAllowed):
        perform(audit_list.verified, officer, wanted=Wanted(chain="installation"))
    stranger = world.person(Role.AUDITOR, world.account("Nordhamn Energi"))
    assert seqs(stranger) == seqs(stranger, chain=eight) == []


def test_the_bureaus_admin_sees_no_names_of_customers(
    database: Database, world: World, orderer: Actor
) -> None:
    admin = world.person(Role.BUREAU_ADMIN, world.bureau())
    for who in (admin, orderer):
        with database.transaction(SYSTEM) as session:
            audit.record(session, Actor(user_id=who.user_id), "password:reset")
    assert [row.who for row in rows(admin, chain="installation")] == ["", admin.name]


def test_somebody_verifies_their_chain_and_is_told_where_it_was_signed(
    database: Database, officer: Actor, eight: str
) -> None:
    found = perform(audit_list.verified, officer, wanted=Wanted())
    assert (found.entries, found.broken_at, found.signed_seq) == (8, 0, 0)
    with database.transaction(SYSTEM) as session:
        audit_checks.checkpoint(session)
    assert perform(audit_list.verified, officer, wanted=Wanted()).signed_seq == 8
    with database.transaction(SYSTEM) as session:
        drop = (
            "DROP TRIGGER audit_events_no_update"
            if database.is_sqlite
            else "ALTER TABLE audit_events DISABLE TRIGGER USER"
        )
        session.connection().execute(text(drop))
        session.connection().execute(
            text("UPDATE audit_events SET subject = 'x' WHERE seq = 3 AND chain = :chain"), {"chain": eight}
        )
        if not database.is_sqlite:
            session.connection().execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))
    found = perform(audit_list.verified, officer, wanted=Wanted())
    assert (found.broken_at, str(found.why)) == (3, "Entry 3 was changed after it was written.")


def test_what_is_taken_away_verifies_without_the_portal(
    database: Database, account: Account, officer: Actor, eight: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_checks, "BATCH", 3)
    with database.transaction(SYSTEM) as session:
        audit_checks.checkpoint(session)
    perform(audit_list.begin, officer, wanted=Wanted())
    lines = [canonical(each) for each in audit_list.documents(officer, wanted=Wanted())]
    told = [json.loads(line) for line in lines]

    assert [each["kind"] for each in told] == ["entry"] * 8 + ["checkpoint", "entry"]
    assert (told[-1]["action"], told[-1]["chain"]) == ("audit:exported", str(account.id))
    assert audit_checks.verify_lines(lines) is None
    for place, change in enumerate((b"2026-00003", b"2026-00004", b"2026-00006")):
        forged = [line.replace(change, b"2026-00009") for line in lines]
        broken = audit_checks.verify_lines(forged)
        assert broken is not None
        assert broken.seq == (4, 5, 7)[place]
    short = audit_checks.verify_lines(lines[:2] + lines[3:])
    assert short is not None
    assert short.seq == 3
    assert eight == short.chain
    unsigned = audit_checks.verify_lines(
        [line.replace(b'"signature":"', b'"signature":"A') for line in lines]
    )
    assert unsigned is not None
    assert unsigned.seq == 8


@pytest.mark.parametrize(
    "wanted",
    [{}, {"group": "persons"}, {"who": "officer"}, {"subject": "2026-00003"}, {"until": "2026-01-01"}],
)
def test_a_page_is_read_by_an_index(database: Database, officer: Actor, wanted: dict[str, str]) -> None:
    _fill(database, officer, 3000)
    plans.refresh_statistics(database.engine)
    if "who" in wanted:
        wanted = {"who": (officer.user_id or new_id()).hex}
    with plans.recorded(database.engine) as queries:
        perform(audit_list.entries, officer, wanted=Wanted(**wanted))
    pages = [(query, given) for query, given in queries.found.items() if "FROM audit_events" in query]
    assert pages
    with database.transaction(officer, writes=False) as session:
        for query, given in pages:
            steps = " ".join(plans.plan(session.connection(), query, given))
            assert "SCAN" not in steps.replace("INDEX SCAN", "")
            assert "TEMP B-TREE" not in steps
            assert "Seq Scan" not in steps
            # Of a few that are found by their time, PostgreSQL rightly sorts those.
            assert "Sort" not in steps or "until" in wanted


def _fill(database: Database, actor: Actor, many: int) -> None:
    with database.transaction(SYSTEM) as session:
        audit.record(session, actor, "order:submitted")
    with database.transaction(SYSTEM) as session:
        session.connection().execute(
            insert(AuditEvent),
            [
                {
                    "id": new_id(),
                    "chain": str(actor.account_id),
                    "seq": number,
                    "at": audit.clock.now() + timedelta(minutes=number),
                    "actor_id": actor.user_id if number % 50 == 0 else new_id(),
                    "actor_role": "orderer",
                    "action": "person:revealed" if number % 90 == 0 else "order:submitted",
                    "subject": f"2026-{number % 90 + 1:05d}",
                    "facts": {},
                    "previous": "",
                    "hash": "",
                }
                for number in range(2, many)
            ],
        )
