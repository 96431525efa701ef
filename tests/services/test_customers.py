"""Customers as the bureau sees them; pausing stops ordering and nothing else."""

from dataclasses import replace
from uuid import uuid4

import pytest

from nexus_portal.adapters import clock as time
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet, StepUpNeeded
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    approval,
    customers,
    draft_single,
    erasure,
    history,
    ordering,
    outbox,
    own_accounts,
    sessions,
)
from nexus_portal.services.draft_single import CardForm, KeptForm
from nexus_portal.services.use_case import perform
from tests import applying, identity
from tests.identity import quick_passwords
from tests.people import ASTRID, order_of
from tests.world import World


@pytest.fixture
def bureau(world: World) -> Account:
    return world.bureau()


@pytest.fixture
def admin(world: World, bureau: Account) -> Actor:
    return world.person(Role.BUREAU_ADMIN, bureau, stepped_up=True)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


def begin(orderer: Actor, layout: Layout) -> KeptForm:
    return perform(
        draft_single.keep_form, orderer, form=CardForm(values={}), layout_id=layout.id, key=uuid4().hex
    )


def pause(admin: Actor, account: Account) -> None:
    perform(customers.pause, admin, number=account.number, reason="Fakturor är obetalda.")


def test_the_list_shows_customers_and_is_searched(world: World, admin: Actor, account: Account) -> None:
    other = world.account("Nordhamn Energi")
    orderer = world.person(Role.ORDERER, account)
    order_of(world, orderer, ASTRID)
    rows = perform(customers.customers, admin).rows
    assert [(row.name, row.people, bool(row.last_order_at)) for row in rows] == [
        ("Björkskolan", 1, True),
        ("Nordhamn Energi", 0, False),
    ]
    for search, found in (
        ("nordhamn", [other.number]),
        ("björk", [account.number]),
        ("100%", []),
        (other.number, [other.number]),
    ):
        assert [row.number for row in perform(customers.customers, admin, search=search).rows] == found
    assert perform(customers.customers, admin, status="paused").rows == ()


def test_the_list_is_paged(world: World, admin: Actor) -> None:
    for _ in range(52):
        world.account()
    page = perform(customers.customers, admin)
    rest = perform(customers.customers, admin, cursor=page.following)
    assert (len(page.rows), len(rest.rows)) == (50, 2)
    assert perform(customers.customers, admin, cursor=rest.previous).rows == page.rows


def test_a_customers_page_shows_no_card_holder(world: World, admin: Actor, account: Account) -> None:
    order_of(world, world.person(Role.ORDERER, account), ASTRID)
    assert "Astrid" not in repr(perform(customers.customer, admin, number=account.number))


def test_the_bureau_and_other_roles_are_no_customers(
    world: World, bureau: Account, admin: Actor, account: Account
) -> None:
    for number in (bureau.number, "5560-9999"):
        with pytest.raises(NotFound):
            perform(customers.customer, admin, number=number)
    for role, home in ((Role.ACCOUNT_ADMIN, account), (Role.ORDER_DESK, bureau)):
        with pytest.raises(NotAllowed):
            perform(
                customers.pause, world.person(role, home, stepped_up=True), number=account.number, reason="x"
            )


def test_pausing_stops_ordering_says_why_and_nothing_else_stops(
    world: World, admin: Actor, account: Account
) -> None:
    layout = world.layout(account)
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID, layout=layout)
    draft = begin(orderer, layout)
    pause(admin, account)
    for act in (
        lambda: begin(orderer, layout),
        lambda: perform(ordering.submit, orderer, number=draft.number, key="3"),
    ):
        with pytest.raises(NotYet, match="paused") as refusal:
            act()
        assert [str(reason) for reason in refusal.value.reasons] == ["Reason: Fakturor är obetalda."]
    assert perform(history.orders, orderer).rows
    perform(erasure.erase_personal_data, replace(orderer, stepped_up_at=time.now()), order_id=ordered.id)
    perform(customers.resume, admin, number=account.number)
    begin(orderer, layout)


def test_an_approver_releases_nothing_while_it_is_paused(
    world: World, admin: Actor, account: Account
) -> None:
    ordered = order_of(world, world.person(Role.ORDERER, account), ASTRID)
    with world.database.transaction(SYSTEM) as session:
        order = session.get_one(Order, ordered.id)
        order.fulfilment, number = Fulfilment.AWAITING_APPROVAL, order_number(order.serial)
    pause(admin, account)
    with pytest.raises(NotYet, match="paused"):
        perform(approval.approve, world.person(Role.APPROVER, account), number=number)


def test_pausing_is_told_to_the_accounts_admins(world: World, admin: Actor, account: Account) -> None:
    world.person(Role.ACCOUNT_ADMIN, account)
    world.person(Role.ORDERER, account)
    pause(admin, account)
    perform(customers.resume, admin, number=account.number)
    mails = applying.mails(world)
    assert len(mails) == 2
    assert "Fakturor är obetalda." in outbox.opened(mails[0])
    assert [event.subject for event in identity.audited(world, "account:paused")] == [account.number]


def test_pausing_needs_a_reason_a_second_factor_and_an_active_account(
    world: World, bureau: Account, admin: Actor, account: Account
) -> None:
    with pytest.raises(StepUpNeeded):
        perform(customers.pause, world.person(Role.BUREAU_ADMIN, bureau), number=account.number, reason="x")
    with pytest.raises(Invalid):
        perform(customers.pause, admin, number=account.number, reason="  ")
    with pytest.raises(Conflict):
        perform(customers.resume, admin, number=account.number)
    pause(admin, account)
    with pytest.raises(Conflict):
        pause(admin, account)


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize(
    ("status", "enters"),
    [("active", True), ("paused", True), ("closing", True), ("setup", False), ("closed", False)],
)
def test_how_an_account_stands_decides_who_signs_in(world: World, status: str, *, enters: bool) -> None:
    home = world.account()
    person = identity.enrolled(world, Role.ORDERER, home)
    visit = identity.signed_in(person)
    with world.database.transaction(SYSTEM) as session:
        session.get_one(Account, home.id).status = status
    assert (sessions.permissions_of(visit.id_hash) is not None) == enters
    assert bool(own_accounts.places(visit)) == enters


__all__ = ["quick_passwords"]
