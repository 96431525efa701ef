"""Rule 2: another account's row is exactly like an absent one, by number and by id."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from nexus_portal.domain.actor import ANONYMOUS, SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    documents,
    drafts,
    erasure,
    grants,
    history,
    order_data,
    order_details,
    order_items,
    order_story,
    ordering,
    overview,
    tracking,
)
from nexus_portal.services.tenancy import own_account, rows_of
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


def test_a_customer_without_an_account_sees_nothing_either(ours: House) -> None:
    ours.order(1)
    nowhere = replace(ours.orderer, account_id=None)
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(rows_of(nowhere, Order)).all() == []


def test_an_account_of_ones_own_have_customers_alone(ours: House) -> None:
    assert own_account(ours.orderer) == ours.orderer.account_id
    staff = replace(ours.desk, account_id=ours.orderer.account_id)
    for other in (replace(ours.orderer, account_id=None), staff, ANONYMOUS, SYSTEM):
        with pytest.raises(NotAllowed):
            own_account(other)


@pytest.mark.parametrize("role", [Role.ORDERER, Role.BUREAU_ADMIN])
def test_a_role_is_chosen_among_those_of_the_account_s_kind(world: World, role: Role) -> None:
    bureau, customer = world.bureau(), world.account()
    own, other = (bureau, customer) if role is Role.BUREAU_ADMIN else (customer, bureau)
    with world.database.transaction(SYSTEM, writes=False) as session:
        assert grants.chosen(session, own, role).role is role
        with pytest.raises(Invalid):
            grants.chosen(session, other, role)


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
