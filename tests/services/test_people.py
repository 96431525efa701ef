"""Finding persons by their tokens: who is found, by whom, and what is written down about it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import SearchToken
from nexus_portal.services import erasure, people, vault_people
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.samples import people as made_up
from tests.world import Clock, World

FOR = "request of the person"


@pytest.fixture
def ordered(world: World, orderer: Actor) -> Ordered:
    return order_of(world, orderer, ASTRID, BENGT, photos=True)


def found(actor: Actor, text: str) -> list[str]:
    return [row.item_id for row in perform(people.search, actor, text=text).rows]


def logged(database: Database, action: str) -> Sequence[dict[str, Any]]:
    with database.transaction(SYSTEM, writes=False) as session:
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.seq))
        return [dict(entry.facts) for entry in session.exec(query)]


@pytest.mark.parametrize(
    "text",
    [
        "astrid",
        " ASTRID ",
        "Åkerlund-Öst, Astrid",
        "640823-3234",
        "19640823-3234",
        "6408233234",
        "640823 3234",
    ],
)
def test_a_person_is_found_in_any_writing(officer: Actor, ordered: Ordered, text: str) -> None:
    assert found(officer, text) == [str(ordered.items[0])]


@pytest.mark.parametrize("text", ["Astrid Nyqvist", "Astr", "640823-3242", "nobody"])
def test_all_words_must_match_whole(officer: Actor, ordered: Ordered, text: str) -> None:
    assert ordered.items
    assert found(officer, text) == []


@pytest.mark.parametrize("text", ["", "  ,", "a b c d e f g", "x" * 121])
def test_what_is_no_name_is_refused(officer: Actor, text: str) -> None:
    with pytest.raises(Invalid):
        perform(people.search, officer, text=text)


def test_the_row_is_masked_but_for_the_birth_year(officer: Actor, ordered: Ordered) -> None:
    (row,) = perform(people.search, officer, text="astrid").rows
    assert (row.item_id, row.birth_year, row.stage) == (str(ordered.items[0]), "1964", "delivered")
    assert "Astrid" not in repr(row)
    assert "0823" not in repr(row)


def test_a_search_is_logged_without_what_was_searched_for(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    assert ordered.items
    found(officer, "Astrid")
    found(officer, "640823-3234")
    entries = logged(database, "person:searched")
    assert entries == [{"by": "name", "found": 1}, {"by": "number", "found": 1}]
    assert "strid" not in json.dumps(entries)


def test_another_account_finds_nobody_and_is_told_the_same(world: World, ordered: Ordered) -> None:
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"))
    assert perform(people.search, stranger, text="Astrid") == perform(people.search, stranger, text="Nobody")
    assert perform(people.still, stranger, item_ids=ordered.items) == ()
    for item in (ordered.items[0], new_id()):
        with pytest.raises(NotFound):
            perform(vault_people.reveal_found, stranger, item_ids=[item], purpose=FOR)


@pytest.mark.parametrize("role", [Role.ORDERER, Role.AUDITOR, Role.ACCOUNT_ADMIN, Role.APPROVER])
def test_searching_is_a_permission_of_its_own(
    world: World, account: Account, ordered: Ordered, role: Role
) -> None:
    reader = world.person(role, account)
    for act in (
        lambda: perform(people.search, reader, text="Astrid"),
        lambda: perform(vault_people.reveal_found, reader, item_ids=ordered.items, purpose=FOR),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_draft_of_a_colleague_is_not_found(database: Database, officer: Actor, ordered: Ordered) -> None:
    with database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        order.fulfilment = Fulfilment.DRAFT
        session.add(order)
    assert found(officer, "Astrid") == []
    with pytest.raises(NotFound):
        perform(vault_people.reveal_found, officer, item_ids=ordered.items[:1], purpose=FOR)


def test_who_is_erased_is_not_found(officer: Actor, orderer: Actor, ordered: Ordered) -> None:
    perform(erasure.erase_personal_data, orderer, order_id=ordered.id)
    assert found(officer, "Astrid") == []
    assert perform(people.still, officer, item_ids=ordered.items) == ()


def test_at_most_fifty_are_shown_the_newest_first(world: World, officer: Actor, orderer: Actor) -> None:
    many = [{"name": "Anna Berg", "personal_number": one.personal_number} for one in made_up(51)]
    order_of(world, orderer, *many)
    newest = order_of(world, orderer, {"name": "Berg Anna"})
    result = perform(people.search, officer, text="anna berg")
    assert (len(result.rows), result.more) == (50, True)
    assert result.rows[0].item_id == str(newest.items[0])


def test_a_revealed_person_is_logged_with_the_purpose(
    database: Database, officer: Actor, ordered: Ordered
) -> None:
    (person,) = perform(vault_people.reveal_found, officer, item_ids=ordered.items[:1], purpose=FOR)
    assert person.name == ASTRID["name"]
    assert logged(database, "person:revealed")[-1]["purpose"] == FOR


def test_more_than_fifty_in_an_hour_ask_for_a_second_factor(
    world: World, account: Account, officer: Actor, orderer: Actor, clock: Clock
) -> None:
    many = order_of(world, orderer, *({"name": one.name} for one in made_up(51)))
    reveal: Any = lambda who, items: perform(  # noqa: E731 - three calls below
        vault_people.reveal_found, who, item_ids=items, purpose=FOR
    )
    reveal(officer, many.items[:25])
    reveal(officer, many.items[:25])
    with pytest.raises(StepUpNeeded):
        reveal(officer, many.items[50:])
    assert officer.user_id
    stepped_up = world.actor(Role.PRIVACY_OFFICER, account, officer.user_id, stepped_up=True)
    assert len(reveal(stepped_up, many.items[50:])) == 1
    clock.forward(timedelta(hours=1, seconds=1))
    assert len(reveal(officer, many.items[50:])) == 1


def test_a_card_item_has_at_most_twelve_tokens_and_keeps_its_number(
    database: Database, world: World, officer: Actor, orderer: Actor
) -> None:
    name = " ".join(f"Ord{number}" for number in range(30))
    odd = order_of(world, orderer, {"name": name, "personal_number": ASTRID["personal_number"]})
    with database.transaction(SYSTEM, writes=False) as session:
        tokens = session.exec(select(SearchToken).where(SearchToken.record_id == odd.records[0])).all()
    assert len(tokens) == 12
    assert found(officer, "640823-3234") == [str(odd.items[0])]
    assert UUID(found(officer, "640823-3234")[0]) == odd.items[0]
