"""Protected identity: an alias to everybody but those who are named, whatever way they come."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import GRANTABLE, ROLES, Permission, Role
from nexus_portal.domain.protection import Protection, alias
from nexus_portal.domain.retention import RetentionPolicy
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import Access, RetentionRule
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import (
    erasure,
    erasure_many,
    history_names,
    import_duplicates,
    people,
    persons_export,
    protection,
    retention_sweep,
    vault,
    vault_people,
)
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.statements import sent
from tests.world import Clock, World

NUMBER = "640823-3234"


def named(actor: Actor) -> Actor:
    """The same person, named to see protected persons."""
    return replace(actor, permissions=actor.permissions | {Permission.PERSONS_PROTECTED})


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def second(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


@pytest.fixture
def hidden(officer: Actor, ordered: Ordered) -> UUID:
    """The card item of Astrid, whose identity is protected."""
    assert perform(protection.mark, officer, item_ids=ordered.items[:1]) == 1
    return ordered.items[0]


def found(actor: Actor, text: str) -> list[str]:
    return [row.item_id for row in perform(people.search, actor, text=text).rows]


def protections(database: Database) -> dict[UUID, int]:
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(HolderRecord.item_id, HolderRecord.protection)).all()
        return dict(rows)


def kinds(database: Database, item_id: UUID) -> set[str]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(SearchToken.kind).join(HolderRecord).where(HolderRecord.item_id == item_id)
        return set(session.exec(query))


def code_of(database: Database, item_id: UUID) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        item = session.get_one(CardItem, item_id)
        return item_code(session.get_one(Order, item.order_id).serial, item.position)


def test_a_protected_person_is_shown_by_alias_and_the_showing_is_no_look(
    database: Database, orderer: Actor, ordered: Ordered, hidden: UUID
) -> None:
    swedish = replace(orderer, language="sv")
    astrid, bengt = perform(vault_people.reveal, swedish, item_ids=ordered.items, purpose="order page")
    assert astrid.name == f"Skyddad person {alias(hidden)}"
    assert (astrid.details, astrid.values, astrid.has_photo) == ("", {"name": astrid.name}, False)
    assert bengt.name == BENGT["name"]
    with database.transaction(SYSTEM, writes=False) as session:
        assert [row.item_id for row in session.exec(select(Access)).all()] == [ordered.items[1]]


def test_a_page_that_showed_them_learns_who_is_an_alias_by_now(
    orderer: Actor, ordered: Ordered, hidden: UUID
) -> None:
    [row] = perform(vault_people.aliases, orderer, item_ids=ordered.items)
    assert (row.item_id, row.details, row.has_photo) == (hidden, "", False)
    assert alias(hidden) in row.name
    assert perform(vault_people.aliases, named(orderer), item_ids=ordered.items) == ()


def test_whoever_is_named_sees_the_person_and_that_is_written_down(
    database: Database, orderer: Actor, hidden: UUID
) -> None:
    [astrid] = perform(vault_people.reveal, named(orderer), item_ids=[hidden], purpose="order page")
    assert (astrid.name, astrid.has_photo) == (ASTRID["name"], True)
    assert perform(vault_people.reveal_photo, named(orderer), item_id=hidden)
    with database.transaction(SYSTEM, writes=False) as session:
        assert {(row.act, row.item_id) for row in session.exec(select(Access)).all()} == {
            ("revealed", hidden),
            ("photo", hidden),
        }


def test_the_photo_is_not_there(orderer: Actor, hidden: UUID) -> None:
    with pytest.raises(NotFound):
        perform(vault_people.reveal_photo, orderer, item_id=hidden)


def test_searches_by_name_and_number_find_them_for_nobody_else(officer: Actor, hidden: UUID) -> None:
    for text in ("astrid", "åkerlund-öst astrid", NUMBER):
        assert found(officer, text) == []
        assert found(named(officer), text) == [str(hidden)]
    assert perform(people.search, named(officer), text=NUMBER).rows[0].protected
    assert perform(people.still, officer, item_ids=[hidden]) == ()
    assert perform(history_names.named, officer, text="astrid") == ()
    assert len(perform(history_names.named, named(officer), text="astrid")) == 1


def test_a_search_costs_the_same_whether_they_are_there_or_not(
    database: Database, officer: Actor, hidden: UUID
) -> None:
    """No statement is sent besides: what is not found by its kind is never looked at."""
    assert hidden
    with sent(database) as protected:
        found(officer, NUMBER)
    with sent(database) as nobody:
        found(officer, "19121212-1212")
    assert len(protected) == len(nobody)


def test_exports_and_their_counts_leave_them_out(officer: Actor, hidden: UUID) -> None:
    asked = {"purpose": "lost card", "form": "csv"}
    taken = perform(persons_export.begin, officer, **asked)
    assert (taken.persons, taken.left_out) == (1, 0)
    [part] = taken.parts()
    assert hidden not in part
    rows = perform(persons_export.part, officer, taken=taken, item_ids=[*part, hidden])
    assert [row[4] for row in rows] == [BENGT["name"]]
    assert perform(persons_export.begin, named(officer), **asked).persons == 2


def test_a_check_for_duplicates_tells_nothing(
    database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    numbers = [ASTRID["personal_number"], BENGT["personal_number"]]

    def twice(actor: Actor) -> set[str]:
        with database.transaction(actor, writes=False) as session:
            assert actor.account_id
            return set(import_duplicates.elsewhere(session, actor, actor.account_id, numbers))

    assert twice(orderer) == set(numbers)
    perform(protection.mark, officer, item_ids=ordered.items[:1])
    assert twice(orderer) == {BENGT["personal_number"]}


def test_every_card_with_the_same_number_is_protected_but_drafts(
    world: World, database: Database, orderer: Actor, officer: Actor, ordered: Ordered
) -> None:
    again = order_of(world, orderer, {"name": "Astrid Ny", "personal_number": ASTRID["personal_number"]})
    draft = order_of(world, orderer, ASTRID)
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, draft.id)
        order.fulfilment = Fulfilment.DRAFT
        session.add(order)
    assert perform(protection.mark_card, officer, code=code_of(database, ordered.items[0])) == 2
    now = protections(database)
    assert {item for item, how in now.items() if how == Protection.IN_FORCE} == {
        ordered.items[0],
        again.items[0],
    }
    assert perform(protection.mark, officer, item_ids=ordered.items[:1]) == 0
    with pytest.raises(NotFound):
        perform(protection.mark, officer, item_ids=draft.items)


def test_two_people_take_it_back(
    database: Database, officer: Actor, second: Actor, ordered: Ordered, hidden: UUID
) -> None:
    proposal = perform(protection.ask_unmark, officer, item_id=hidden)
    with pytest.raises(Conflict):
        perform(protection.ask_unmark, second, item_id=hidden)
    with pytest.raises(NotAllowed):
        perform(protection.confirm, officer, proposal_id=proposal)
    assert found(officer, NUMBER) == []
    [row] = perform(protection.overview, second).rows
    assert (row.alias, row.asked_by, row.own) == (alias(hidden), officer.name, False)
    perform(protection.confirm, second, proposal_id=proposal)
    assert found(officer, NUMBER) == [str(hidden)]
    assert set(protections(database).values()) == {Protection.NONE}
    assert kinds(database, hidden) == {"number", "name"} == kinds(database, ordered.items[1])
    with pytest.raises(Conflict):
        perform(protection.confirm, second, proposal_id=proposal)
    with pytest.raises(NotFound):
        perform(protection.ask_unmark, officer, item_id=hidden)


def test_what_is_refused_or_withdrawn_changes_nothing(officer: Actor, second: Actor, hidden: UUID) -> None:
    for who in (second, officer):
        proposal = perform(protection.ask_unmark, officer, item_id=hidden)
        perform(protection.refuse, who, proposal_id=proposal)
        with pytest.raises(Conflict):
            perform(protection.confirm, second, proposal_id=proposal)
    assert len(perform(protection.overview, officer).rows) == 1


def test_deciding_asks_for_a_second_factor(officer: Actor, second: Actor, hidden: UUID, clock: Clock) -> None:
    proposal = perform(protection.ask_unmark, officer, item_id=hidden)
    clock.forward(timedelta(minutes=6))
    with pytest.raises(StepUpNeeded):
        perform(protection.confirm, second, proposal_id=proposal)


def test_another_account_and_other_roles_decide_nothing(
    world: World, account: Account, officer: Actor, ordered: Ordered, hidden: UUID
) -> None:
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    proposal = perform(protection.ask_unmark, officer, item_id=hidden)
    assert perform(protection.overview, stranger).rows == ()
    assert perform(protection.overview, stranger).proposed == ()
    for act, asked in (
        (protection.mark, {"item_ids": ordered.items[1:]}),
        (protection.ask_unmark, {"item_id": hidden}),
        (protection.confirm, {"proposal_id": proposal}),
        (protection.refuse, {"proposal_id": proposal}),
    ):
        with pytest.raises(NotFound):
            perform(act, stranger, **asked)
        with pytest.raises(NotAllowed):
            perform(act, world.person(Role.AUDITOR, account, stepped_up=True), **asked)


def test_letting_a_part_go_leaves_the_rest_protected(
    world: World, database: Database, orderer: Actor, officer: Actor, clock: Clock
) -> None:
    assert orderer.account_id
    order = order_of(world, orderer, ASTRID, photos=True)
    perform(protection.mark, officer, item_ids=order.items)
    with database.transaction(SYSTEM) as session:
        for kind in (RetentionClass.NAME, RetentionClass.PERSONAL_NUMBER):
            session.add(
                RetentionRule(
                    account_id=orderer.account_id,
                    kind=kind,
                    policy=RetentionPolicy.DAYS,
                    days=400,
                    changed_at=clock.now(),
                )
            )
    clock.forward(timedelta(days=100))
    retention_sweep.sweep()
    with database.transaction(SYSTEM, writes=False) as session:
        [record] = session.exec(select(HolderRecord)).all()
    assert record.id not in order.records
    assert (record.protection, kinds(database, order.items[0])) == (
        Protection.IN_FORCE,
        {"protected_number", "protected_name"},
    )
    assert found(officer, NUMBER) == []


def test_erasing_goes_by_the_cards_that_the_decider_may_find(
    officer: Actor, ordered: Ordered, hidden: UUID
) -> None:
    [prospect] = perform(erasure_many.survey_persons, named(officer), item_ids=[hidden])
    assert prospect.persons == 1
    [decided] = perform(erasure_many.erase_persons, named(officer), item_ids=[hidden], appoint=False)
    assert decided.persons == 1
    erasure.resume_all()
    assert perform(protection.overview, officer).rows == ()
    assert ordered.items


def test_the_vault_leaves_them_out_whoever_asks(database: Database, orderer: Actor, hidden: UUID) -> None:
    with database.transaction(orderer, writes=False) as session:
        assert vault.open_many(session, orderer, [hidden]) == {}
        assert vault.hidden(session, orderer, [hidden]) == {hidden}
        assert vault.open_many(session, named(orderer), [hidden])[hidden] == ASTRID
        assert vault.hidden(session, named(orderer), [hidden]) == set()


def test_no_role_sees_protected_persons_by_itself() -> None:
    assert not [role for role, held in ROLES.items() if Permission.PERSONS_PROTECTED in held]
    assert Permission.PERSONS_PROTECTED not in GRANTABLE
