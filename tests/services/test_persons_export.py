"""Taking persons away: whose, by whom, in which columns, and what is written down about it."""

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn, StepUpNeeded
from nexus_portal.domain.lifecycles import Billing, Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import erasure, persons_export, sessions, vault
from nexus_portal.services.history_wanted import SORTS, Wanted
from nexus_portal.services.persons_export import Taken, begin, headings, rows
from nexus_portal.services.use_case import perform
from tests.identity import enrolled, quick_passwords, signed_in  # noqa: F401 - asked for by name
from tests.ordering_helpers import FIELDS
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.statements import sent
from tests.world import Clock, World

pytestmark = [pytest.mark.usefixtures("quick_passwords")]
WHY: dict[str, Any] = {"purpose": "request of the person", "form": "csv"}
VISITOR = {"name": "=cmd|' /C calc'!A0", "valid_until": "2026-12-31"}
VISITORS = [
    {**FIELDS[0], "label_en": "Full name"},
    {**FIELDS[3], "key": "valid_until", "label_en": "Valid until", "type": "date", "choices": []},
    {**FIELDS[2], "required": False},
]


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def orderer(world: World, account: Account) -> Actor:
    return world.person(Role.ORDERER, account, stepped_up=True)


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return signed_in(enrolled(world, Role.PRIVACY_OFFICER, account)).actor


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def number_of(database: Database, ordered: Ordered) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        return order_number(session.get_one(Order, ordered.id).serial)


def change(database: Database, ordered: Ordered, **values: Any) -> None:
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        for name, value in values.items():
            setattr(order, name, value)
        session.add(order)


def taken(actor: Actor, **asked: Any) -> Taken:
    return perform(begin, actor, **{**WHY, **asked})


def names(actor: Actor, **asked: Any) -> list[str]:
    """The fifth column is the first field: the name."""
    return [str(row[4]) for row in rows(actor, taken(actor, **asked)) if len(row) > 1]


def logged(database: Database) -> Sequence[AuditEvent]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(AuditEvent).where(AuditEvent.action == "person:exported")
        return session.exec(query.order_by(col(AuditEvent.seq))).all()


def test_a_row_per_card_with_the_typed_fields_and_no_photo(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    number = number_of(database, ordered)
    found = taken(officer)
    above = [str(each) if isinstance(each, Message) else each.label("sv") for each in headings(found)]
    assert above == ["Order", "Card", "Layout", "Stage", "Namn", "Personnummer"]
    lines = [[str(cell) for cell in row] for row in rows(officer, found)]
    assert [line[0] for line in lines] == [number, number]
    assert [line[1] for line in lines] == [f"{number}-1", f"{number}-2"]
    assert [line[3] for line in lines] == ["Delivered", "Delivered"]
    assert [line[4:] for line in lines] == [
        [ASTRID["name"], "19640823-3234"],
        [BENGT["name"], "19850709-9805"],
    ]


@pytest.mark.usefixtures("ordered")
def test_the_columns_of_several_layouts_are_joined_by_key(
    world: World, account: Account, orderer: Actor, officer: Actor, clock: Clock
) -> None:
    clock.forward(timedelta(seconds=1))
    order_of(world, orderer, VISITOR, layout=world.layout(account, fields=VISITORS))
    found = taken(officer)
    assert list(found.columns) == ["name", "valid_until", "personal_number"]
    visitor, astrid, _ = rows(officer, found)
    assert visitor[4:] == [VISITOR["name"], "2026-12-31", ""]
    assert astrid[4:] == [ASTRID["name"], "", "19640823-3234"]


def test_one_order_or_what_the_history_is_narrowed_to(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    other = order_of(world, orderer, {"name": "Cecilia Dahl"})
    change(database, other, billing=Billing.PAID, reference="Reception")
    assert names(officer, number=number_of(database, ordered)) == [ASTRID["name"], BENGT["name"]]
    assert names(officer, wanted=Wanted(billing="paid")) == ["Cecilia Dahl"]
    assert names(officer, wanted=Wanted(search="recep")) == ["Cecilia Dahl"]
    assert names(officer, wanted=Wanted(billing="invoiced", fulfilment="delivered")) == [
        ASTRID["name"],
        BENGT["name"],
    ]
    for sort in SORTS[:4]:
        everybody = [ASTRID["name"], BENGT["name"], "Cecilia Dahl"]
        newest_first = ["Cecilia Dahl", ASTRID["name"], BENGT["name"]]
        expected = everybody if sort == "number" else newest_first
        assert names(officer, wanted=Wanted(sort=sort)) == expected
    for nothing in (Wanted(billing="credited"), Wanted(search="nowhere"), Wanted(since="no day")):
        with pytest.raises(Invalid):
            taken(officer, wanted=nothing)


def test_another_account_takes_nobody(
    world: World, database: Database, officer: Actor, ordered: Ordered
) -> None:
    stranger = signed_in(enrolled(world, Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))).actor
    with pytest.raises(NotFound):
        taken(stranger, number=number_of(database, ordered))
    with pytest.raises(NotFound):
        taken(officer, number="no number")
    with pytest.raises(Invalid):
        taken(stranger)
    assert list(rows(stranger, replace(taken(officer), left_out=0)))[:-1] == []


@pytest.mark.parametrize("role", [Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER])
def test_taking_persons_away_is_a_permission_of_its_own(
    world: World, account: Account, officer: Actor, ordered: Ordered, role: Role
) -> None:
    reader = signed_in(enrolled(world, role, account)).actor
    with pytest.raises(NotAllowed):
        taken(reader)
    with pytest.raises(NotAllowed):
        next(rows(reader, taken(officer)))


def test_it_asks_for_a_second_factor_a_purpose_and_a_known_form(
    officer: Actor, ordered: Ordered, clock: Clock
) -> None:
    for wrong in ({"purpose": ""}, {"purpose": "curiosity"}, {"form": "ods"}, {"form": ""}):
        with pytest.raises(Invalid):
            taken(officer, **wrong)
    clock.forward(timedelta(minutes=5, seconds=1))
    with pytest.raises(StepUpNeeded):
        taken(officer)


def test_the_permission_is_looked_at_anew_before_each_part(
    database: Database, officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    assert next(lines)[4] == ASTRID["name"]
    with database.transaction(SYSTEM) as session:
        membership = session.exec(select(Membership).where(Membership.user_id == officer.user_id)).one()
        membership.role = Role.AUDITOR
        session.add(membership)
    with pytest.raises(NotAllowed):
        next(lines)


def test_a_session_that_ends_takes_the_rest_with_it(
    officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    assert next(lines)[4] == ASTRID["name"]
    with sessions.system() as session:
        sessions.end(session, officer.session_id)
    with pytest.raises(NotSignedIn):
        next(lines)


def stepped_up_elsewhere(session_id: str) -> str:
    """What a second factor in another tab makes of a session."""
    with sessions.system() as session:
        return sessions.hash_of(sessions.rotate(session, session_id, stepped_up=True))


def test_it_goes_on_when_the_person_steps_up_in_another_tab(
    officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    assert next(lines)[4] == ASTRID["name"]
    stepped_up_elsewhere(stepped_up_elsewhere(officer.session_id))
    assert next(lines)[4] == BENGT["name"]


def test_it_stops_when_the_session_ends_under_its_new_id(
    officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    next(lines)
    renewed = stepped_up_elsewhere(officer.session_id)
    with sessions.system() as session:
        sessions.end(session, renewed)
    with pytest.raises(NotSignedIn):
        next(lines)


def test_it_stops_when_the_role_is_lost_under_a_new_id(
    database: Database, officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    next(lines)
    stepped_up_elsewhere(officer.session_id)
    with database.transaction(SYSTEM) as session:
        membership = session.exec(select(Membership).where(Membership.user_id == officer.user_id)).one()
        membership.role = Role.AUDITOR
        session.add(membership)
    with pytest.raises(NotAllowed):
        next(lines)


def test_somebody_who_signs_in_anew_does_not_take_up_what_has_ended(
    officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, taken(officer))
    next(lines)
    with sessions.system() as session:
        old = session.get_one(BrowserSession, officer.session_id)
        sessions.start(
            session,
            level=SessionLevel.FULL,
            replaces=officer.session_id,
            user_id=old.user_id,
            membership_id=old.membership_id,
        )
    with pytest.raises(NotSignedIn):
        next(lines)


def test_who_is_erased_is_left_out_and_counted(
    world: World, orderer: Actor, officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = order_of(world, orderer, {"name": "Cecilia Dahl"})
    later = order_of(world, orderer, {"name": "Doris Ek"})
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    found = taken(officer)
    assert (found.persons, found.left_out) == (2, 2)
    monkeypatch.setattr(persons_export, "PART", 1)
    lines = rows(officer, found)
    assert next(lines)[4] == "Doris Ek"
    perform(erasure.erase_personal_data, orderer, order_id=kept.id)
    (last,) = lines
    assert isinstance(last[0], Message)
    assert last[0].params == {"n": 3}
    assert later.items


def test_who_is_about_to_be_erased_is_left_out_though_the_keys_are_there(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    order_of(world, orderer, {"name": "Cecilia Dahl"})
    begun_before = taken(officer)
    change(database, ordered, erasure_id=new_id())
    assert names(officer) == ["Cecilia Dahl"]
    assert [row[4] for row in rows(officer, begun_before) if len(row) > 1] == ["Cecilia Dahl"]


def test_a_card_whose_person_was_never_entered_is_left_out_too(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    with database.transaction(SYSTEM) as session:
        vault.discard(session, ordered.items[:1])
    assert names(officer) == [BENGT["name"]]
    assert taken(officer).left_out == 1


def test_the_draft_of_a_colleague_is_not_taken(
    world: World, database: Database, officer: Actor, orderer: Actor, ordered: Ordered
) -> None:
    change(database, ordered, fulfilment=Fulfilment.DRAFT)
    order_of(world, orderer, {"name": "Cecilia Dahl"})
    assert names(officer) == ["Cecilia Dahl"]
    assert taken(officer).left_out == 0
    with pytest.raises(Invalid):
        taken(officer, number=number_of(database, ordered))


def test_too_many_are_refused_before_anybody_is_opened(
    database: Database, officer: Actor, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "MOST", 1)
    monkeypatch.setattr(vault, "open_many", None)
    with pytest.raises(Invalid) as refused:
        taken(officer)
    assert refused.value.message.params == {"cards": 2, "most": 1}
    assert logged(database) == []


def test_the_log_has_counts_keys_and_names_of_filters_and_no_value(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    number = number_of(database, ordered)
    change(database, ordered, reference="Lantern")
    found = taken(officer, wanted=Wanted(search="Lantern", billing="invoiced", sort="number"))
    (entry,) = logged(database)
    assert (entry.subject, entry.actor_id, entry.chain) == ("", officer.user_id, str(officer.account_id))
    assert entry.facts == {
        "persons": 2,
        "fields": ["name", "personal_number"],
        "purpose": "request of the person",
        "form": "csv",
        "filters": ["search", "billing"],
    }
    list(rows(officer, found))
    taken(officer, number=number)
    _, entry = logged(database)
    assert (entry.subject, entry.facts["filters"]) == (number, [])
    written = json.dumps([each.facts for each in logged(database)])
    for value in (*ASTRID.values(), *BENGT.values(), "19640823-3234", "Lantern"):
        assert value not in written


def test_a_part_costs_five_statements_however_many_are_in_it(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    order_of(world, orderer, *({"name": f"Person {place}"} for place in range(60)))
    with sent(database) as statements:
        few = taken(officer, number=number_of(database, ordered))
    begun = len(statements)
    with sent(database) as statements:
        assert len(list(rows(officer, few))) == 2
    assert len(statements) == 5
    with sent(database) as statements:
        many = taken(officer)
    assert len(statements) <= begun
    with sent(database) as statements:
        assert len(list(rows(officer, many))) == 62
    assert len(statements) == 5


def test_what_is_taken_shows_nobody_when_it_is_printed(officer: Actor, ordered: Ordered) -> None:
    found = taken(officer)
    assert len(found.items) == 16 * 2
    assert str(ordered.items[0]) not in repr(found)
    with pytest.raises(StopIteration):
        next(iter(replace(found, items=b"").parts()))


def test_items_of_a_large_order_come_in_their_order(
    world: World, database: Database, orderer: Actor, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 7)
    order_of(world, orderer, *({"name": f"Person {place:02d}"} for place in range(30)))
    assert names(officer) == [f"Person {place:02d}" for place in range(30)]
    with database.transaction(SYSTEM, writes=False) as session:
        assert len(session.exec(select(CardItem)).all()) == 30


def test_many_persons_are_not_kept_in_memory(
    world: World, orderer: Actor, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons_export, "PART", 20)
    order_of(world, orderer, *({"name": f"Person {place:03d}"} for place in range(400)))
    many = taken(officer)
    few = replace(many, items=many.items[: 16 * 40])

    def most(found: Taken) -> int:
        tracemalloc.reset_peak()
        assert sum(1 for _ in rows(officer, found)) == len(found.items) // 16
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        most(few)
        assert most(many) < most(few) + 200_000
    finally:
        tracemalloc.stop()
