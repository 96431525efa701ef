"""Who saw persons: what is written down of each act, who reads it, and when it is forgotten."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import col, func, select

from benchmarks import plans
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.privacy import Access
from nexus_portal.services import (
    access_log,
    accesses,
    history_names,
    import_results,
    people,
    persons_export,
    vault_people,
)
from nexus_portal.services.access_log import AccessRow, Wanted
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.samples import people as made_up
from tests.world import Clock, World

NUMBER = "2026-00001"
Shown = Callable[[], object]


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


@pytest.fixture
def shown(orderer: Actor, ordered: Ordered) -> Shown:
    """Shows both persons once more."""
    return lambda: perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")


def log(reader: Actor, **wanted: str) -> list[AccessRow]:
    return list(access_log.rows(reader, wanted=Wanted(**wanted)))


def stored(database: Database) -> list[Access]:
    with database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(Access).order_by(col(Access.at), col(Access.id))))


def test_each_person_that_is_shown_has_a_row(officer: Actor, orderer: Actor, ordered: Ordered) -> None:
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")

    rows = log(officer)

    assert {row.card for row in rows} == {f"{NUMBER}-1", f"{NUMBER}-2"}
    [row] = log(officer, number=f"{NUMBER}-2")
    assert (row.who, row.role, row.act, row.purpose) == (orderer.name, "orderer", "revealed", "order page")
    assert (row.order, row.persons, row.fields) == (NUMBER, 1, ("name", "personal_number"))
    assert row.session == orderer.session_id[:16]


def test_a_photo_is_a_row_of_its_own(officer: Actor, orderer: Actor, ordered: Ordered) -> None:
    perform(vault_people.reveal_photo, orderer, item_id=ordered.items[0])
    [row] = log(officer)
    assert (row.act, row.card, row.fields) == ("photo", f"{NUMBER}-1", ("photo",))


@pytest.mark.parametrize("search", [people.search, history_names.named])
def test_a_search_says_how_much_was_found_and_never_for_what(
    database: Database, officer: Actor, ordered: Ordered, search: Any
) -> None:
    assert ordered.items
    perform(search, officer, text="astrid")
    perform(search, officer, text="nobody")
    rows = stored(database)
    assert [(row.act, row.persons, row.fields, row.item_id) for row in rows] == [
        ("searched", 1, ["name"], None),
        ("searched", 0, ["name"], None),
    ]
    assert "astrid" not in repr(rows).lower()


def test_of_more_than_fifty_persons_each_order_has_one_row_with_their_number(
    database: Database, world: World, orderer: Actor, officer: Actor
) -> None:
    many = order_of(world, orderer, *({"name": one.name} for one in made_up(51)))
    perform(vault_people.reveal, orderer, item_ids=many.items, purpose="order page")
    [row] = stored(database)
    assert (row.subject, row.item_id, row.persons) == (NUMBER, None, 51)
    # Whoever asks for one of them is told of it.
    assert [each.persons for each in log(officer, number=f"{NUMBER}-7")] == [51]
    perform(vault_people.reveal, orderer, item_ids=many.items[:50], purpose="order page")
    assert len(stored(database)) == 51


@pytest.mark.parametrize(("people_each", "rows"), [(2, [1] * 4), (30, [30, 30])])
def test_what_is_exported_is_told_by_person_or_by_order(
    database: Database, world: World, orderer: Actor, people_each: int, rows: list[int]
) -> None:
    for _ in range(2):
        order_of(world, orderer, *({"name": one.name} for one in made_up(people_each)))
    exporter = world.actor(
        Role.PRIVACY_OFFICER, _account(world, orderer), orderer.user_id or new_id(), stepped_up=True
    )
    perform(persons_export.begin, exporter, purpose="lost card", form="csv")
    found = stored(database)
    assert [row.persons for row in found] == rows
    assert {row.subject for row in found} == {NUMBER, "2026-00002"}
    assert {(row.act, row.purpose) for row in found} == {("exported", "lost card")}


def _account(world: World, actor: Actor) -> Account:
    with world.database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(Account, actor.account_id)


def test_rows_to_mend_are_an_export(database: Database, world: World) -> None:
    ours = ordering_helpers.desk(world)
    number = ours.draft([ordering_helpers.with_bad_number(made_up(1)[0])])
    perform(import_results.rows_to_mend, ours.orderer, number=number, kind="csv", language="en")
    [row] = [row for row in stored(database) if row.act == "exported"]
    assert (row.subject, row.item_id, row.persons) == (number, ours.item(number), 1)


def test_staff_of_the_bureau_are_known_by_their_role(
    world: World, officer: Actor, orderer: Actor, ordered: Ordered
) -> None:
    clerk = world.person(Role.ORDER_DESK, world.bureau(), name="Kerstin Byrå")
    perform(vault_people.reveal, clerk, item_ids=ordered.items[:1], purpose="order page")
    perform(vault_people.reveal, orderer, item_ids=ordered.items[:1], purpose="order page")
    assert [(row.who, row.role) for row in log(officer)] == [(orderer.name, "orderer"), ("", "order_desk")]


def test_the_log_is_narrowed(
    world: World, clock: Clock, officer: Actor, orderer: Actor, ordered: Ordered
) -> None:
    perform(vault_people.reveal, orderer, item_ids=ordered.items[:1], purpose="order page")
    clock.forward(timedelta(days=3))
    perform(vault_people.reveal_found, officer, item_ids=ordered.items[1:], purpose="lost card")
    later = clock.now().date().isoformat()

    def seen(**wanted: str) -> list[str]:
        return [row.purpose for row in log(officer, **wanted)]

    assert seen() == ["lost card", "order page"]
    assert seen(who=(orderer.user_id or new_id()).hex) == ["order page"]
    assert seen(purpose="lost card") == ["lost card"]
    assert seen(act="revealed") == ["lost card", "order page"]
    assert seen(act="photo") == []
    assert seen(since=later) == ["lost card"]
    assert seen(until=(clock.now() - timedelta(days=1)).date().isoformat()) == ["order page"]
    assert seen(number=f"{NUMBER}-1") == ["order page"]
    assert seen(number=NUMBER) == ["lost card", "order page"]
    with pytest.raises(NotFound):
        seen(number="C-2026-9999")
    assert [choice.label for choice in perform(access_log.team, officer)] == sorted(
        [officer.name, orderer.name]
    )


def test_nobody_else_reads_it(world: World, orderer: Actor, ordered: Ordered) -> None:
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    assert log(stranger) == []
    with pytest.raises(NotFound):
        log(stranger, number=f"{NUMBER}-1")
    with pytest.raises(NotAllowed):
        log(orderer)


def test_of_a_person_the_log_is_over_all_their_cards(
    world: World, officer: Actor, orderer: Actor, ordered: Ordered
) -> None:
    again = order_of(world, orderer, {"name": "Åkerlund, A", "personal_number": "196408233234"})
    other = order_of(world, orderer, BENGT)
    for item in (ordered.items[0], ordered.items[1], again.items[0], other.items[0]):
        perform(vault_people.reveal, orderer, item_ids=[item], purpose="order page")
    whole = log(officer, number=f"{NUMBER}-1", person="all")
    assert {row.card for row in whole} == {f"{NUMBER}-1", "2026-00002-1"}
    assert {row.card for row in log(officer, number=f"{NUMBER}-1")} == {f"{NUMBER}-1"}
    # Which cards are one person's is for those who may search for persons.
    account = _account(world, officer)
    with pytest.raises(NotAllowed):
        log(world.person(Role.AUDITOR, account), number=f"{NUMBER}-1", person="all")
    with pytest.raises(NotFound):
        log(officer, person="all")
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        log(stranger, number=f"{NUMBER}-1", person="all")


def test_it_is_paged_without_gaps(
    world: World, clock: Clock, officer: Actor, orderer: Actor, ordered: Ordered
) -> None:
    for _ in range(60):
        perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    clock.forward(timedelta(seconds=1))
    perform(vault_people.reveal, orderer, item_ids=ordered.items, purpose="order page")
    rows = log(officer)
    assert len({row.id for row in rows}) == len(rows) == 122
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)


def test_it_is_forgotten_when_its_time_is_over(
    world: World, clock: Clock, officer: Actor, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accesses, "CHUNK", 3)
    for _ in range(5):
        shown()
    clock.forward(timedelta(days=366))
    shown()
    assert accesses.sweep() == 0
    stepped = world.actor(
        Role.PRIVACY_OFFICER, _account(world, officer), officer.user_id or new_id(), stepped_up=True
    )
    perform(access_log.keep, stepped, months=12)
    assert accesses.sweep() == 10
    assert accesses.sweep() == 0
    assert len(stored(world.database)) == 2
    assert perform(access_log.months_kept, officer) == 12


def test_how_long_it_is_kept_asks_for_a_second_factor_and_has_bounds(
    world: World, account: Account, officer: Actor
) -> None:
    assert perform(access_log.months_kept, officer) == 24
    with pytest.raises(StepUpNeeded):
        perform(access_log.keep, officer, months=12)
    stepped = world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)
    for months in (11, 121):
        with pytest.raises(Invalid):
            perform(access_log.keep, stepped, months=months)
    with pytest.raises(NotAllowed):
        perform(access_log.keep, world.person(Role.AUDITOR, account, stepped_up=True), months=24)


def test_taking_it_away_is_logged_by_what_narrows_it(database: Database, officer: Actor) -> None:
    with pytest.raises(Invalid):
        perform(access_log.begin, officer, wanted=Wanted(), form="pdf")
    perform(access_log.begin, officer, wanted=Wanted(number="2026-00001"), form="csv")
    with database.transaction(SYSTEM, writes=False) as session:
        [entry] = session.exec(select(AuditEvent).where(AuditEvent.action == "accesses:exported"))
    assert (entry.subject, entry.facts) == ("csv", {"filters": ["number"]})


@pytest.mark.parametrize(
    "wanted",
    [{}, {"act": "photo"}, {"who": "orderer"}, {"number": NUMBER}],
    ids=["all", "act", "who", "number"],
)
def test_a_page_is_read_by_an_index(
    database: Database, officer: Actor, orderer: Actor, wanted: dict[str, str]
) -> None:
    _fill(database, orderer, 4000)
    plans.refresh_statistics(database.engine)
    if "who" in wanted:
        wanted = {"who": (orderer.user_id or new_id()).hex}
    with plans.recorded(database.engine) as queries:
        perform(access_log.accesses, officer, wanted=Wanted(**wanted))
    [(query, given)] = [(q, g) for q, g in queries.found.items() if "FROM accesses" in q]
    with database.transaction(officer, writes=False) as session:
        if database.is_sqlite:
            told = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given).all()
            plan = " ".join(str(row[-1]) for row in told)
            assert "USING INDEX ix_accesses_account" in plan
            assert "TEMP B-TREE" not in plan
        else:
            [document] = (
                session.connection()
                .exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", given)
                .scalars()
            )
            document = json.loads(document) if isinstance(document, str) else document
            assert "Sort" not in json.dumps(document)
            assert "Seq Scan" not in json.dumps(document)


def _fill(database: Database, actor: Actor, many: int) -> None:
    with database.transaction(SYSTEM) as session:
        start = session.exec(select(func.max(Access.at))).one() or real_clock.now()
        session.connection().execute(
            insert(Access),
            [
                {
                    "id": new_id(),
                    "account_id": actor.account_id,
                    "at": start - timedelta(minutes=number),
                    "actor_id": actor.user_id if number % 50 == 0 else new_id(),
                    "actor_role": "orderer",
                    "session_ref": "",
                    "act": "photo" if number % 50 == 0 else "revealed",
                    "purpose": "",
                    "subject": f"2026-{number % 90 + 1:05d}",
                    "item_id": None,
                    "persons": 1,
                    "fields": [],
                }
                for number in range(many)
            ],
        )
