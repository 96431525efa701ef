"""Rule 2: another account's row is exactly like an absent one, by number and by id."""

import sqlite3
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from nexus_portal.domain.actor import ANONYMOUS, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    documents,
    drafts,
    erasure,
    history,
    order_data,
    order_details,
    order_items,
    order_story,
    ordering,
    overview,
    tracking,
)
from nexus_portal.services.tenancy import rows_of
from nexus_portal.services.use_case import perform, use_case
from tests.bureau_helpers import House, house
from tests.world import World


@pytest.fixture
def ours(world: World) -> House:
    """A customer with a delivered order, whom somebody else will try to reach."""
    return house(world)


BY_NUMBER: list[Any] = [
    order_details.details,
    order_items.items,
    order_story.happenings,
    order_data.held,
    documents.confirmation,
    order_details.cancel,
    drafts.draft,
    drafts.discard_draft,
]


@pytest.mark.parametrize("function", BY_NUMBER, ids=lambda function: function.__name__)
def test_a_foreign_number_is_like_an_absent_one(ours: House, function: Any) -> None:
    number = ours.order(1)
    stranger = ours.world.person(Role.ORDERER, ours.world.account("Nordhamn Energi"), stepped_up=True)
    refusals: list[str] = []
    for tried in (number, "2026-99999"):
        with pytest.raises(NotFound) as refusal:
            perform(function, stranger, number=tried)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


def test_submitting_a_foreign_order_is_not_found(ours: House) -> None:
    number = ours.order(1)
    stranger = ours.world.person(Role.ORDERER, ours.world.account("Nordhamn Energi"))
    with pytest.raises(NotFound):
        perform(ordering.submit, stranger, number=number, key="key-of-a-stranger")


def test_erasing_a_foreign_order_is_not_found(ours: House) -> None:
    order = ours.at(ours.delivered(1))
    stranger = ours.world.person(Role.PRIVACY_OFFICER, ours.world.account("Nordhamn Energi"), stepped_up=True)
    for order_id in (order.id, uuid4()):
        with pytest.raises(NotFound):
            perform(erasure.erase_personal_data, stranger, order_id=order_id)


def test_lists_and_counts_stop_at_the_account(ours: House) -> None:
    ours.order(2)
    stranger = ours.world.person(Role.ORDERER, ours.world.account("Nordhamn Energi"))
    assert perform(history.orders, stranger).total == 0
    assert perform(tracking.moving, stranger).rows == ()
    assert {waiting.count for waiting in perform(overview.overview, stranger).waiting} == {0}
    assert perform(history.orders, ours.orderer).total == 1


def test_nobody_sees_nothing_even_without_a_permission_check(ours: House) -> None:
    ours.order(1)
    with ours.world.database.transaction(ANONYMOUS, writes=False) as session:
        assert session.exec(rows_of(ANONYMOUS, Order)).all() == []


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_what_writes_waits_for_its_turn_at_its_beginning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later it could not wait: SQLite refuses whoever has read already."""
    monkeypatch.setattr("nexus_portal.services.use_case.registry", {})

    @use_case(Permission.SIGNED_IN)
    def writes(session: Session, actor: Actor) -> None:
        path = session.get_bind().engine.url.database or ""
        with closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")

    perform(writes, world.person(Role.ORDERER, world.account()))
