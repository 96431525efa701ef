"""The rules of retention: proposed by one, confirmed by another, counted before and after."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from nexus_portal.adapters import events
from nexus_portal.adapters.db import Database
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import RetentionRule
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import progress, retention, retention_sweep
from nexus_portal.services.retention_due import Forecast
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, order_of
from tests.world import Clock, World

AT_ONCE, WARRANTY = Rule(RetentionPolicy.IMMEDIATE), Rule(RetentionPolicy.WARRANTY)
NOTHING = Forecast()


def days(number: int) -> Rule:
    return Rule(RetentionPolicy.DAYS, number)


@pytest.fixture
def officer(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


@pytest.fixture
def second(world: World, account: Account) -> Actor:
    return world.person(Role.PRIVACY_OFFICER, account, stepped_up=True)


def propose(officer: Actor, default: Rule | None = None, **rules: Rule) -> UUID:
    return perform(retention.propose, officer, rules={"default": default or days(30), **rules})


def shown(actor: Actor) -> dict[str, tuple[str, int]]:
    return {row.kind: (row.policy, row.days) for row in perform(retention.retention, actor).rules}


def test_a_second_person_confirms_and_the_next_sweep_does_what_was_said(
    *, world: World, database: Database, clock: Clock, account: Account, officer: Actor, second: Actor
) -> None:
    orderer = world.person(Role.ORDERER, account)
    order_of(world, orderer, ASTRID, BENGT, photos=True)
    clock.forward(timedelta(days=3))
    order_of(world, orderer, ASTRID)
    officer, second = (replace(each, stepped_up_at=clock.now()) for each in (officer, second))
    number = propose(officer, photo=AT_ONCE, personal_number=days(5))

    view = perform(retention.retention, second)
    assert view.outlook.soon == NOTHING
    assert view.outlook.month == Forecast(2, 3, 3, {"name": 3, "personal_number": 3, "photo": 2})
    assert view.proposal is not None
    assert (view.proposal.own, view.proposal.proposed_by, view.others) == (False, officer.name, 1)
    assert view.proposal.outlook.soon == Forecast(1, 2, 0, {"photo": 2})
    assert shown(officer)["photo"] == ("days", 30)
    assert retention_sweep.dry_run().accounts == {}

    perform(retention.confirm, second, proposal_id=number)
    assert shown(officer) == {
        "default": ("days", 30),
        "name": ("days", 30),
        "personal_number": ("days", 5),
        "photo": ("immediate", 0),
        "address": ("days", 30),
        "card_number": ("days", 30),
        "other": ("days", 30),
    }
    done = retention_sweep.sweep()
    assert done
    assert done.accounts == {account.number: Forecast(1, 2, 0, {"photo": 2})}
    view = perform(retention.retention, second)
    assert (view.proposal, view.swept_at) == (None, clock.now())
    with database.transaction(SYSTEM, writes=False) as session:
        entries = session.exec(select(AuditEvent).where(AuditEvent.chain == str(account.id))).all()
    said = [each for each in entries if each.action.startswith("retention:")]
    assert [(each.action, each.actor_id) for each in said] == [
        ("retention:proposed", officer.user_id),
        ("retention:changed", second.user_id),
    ]
    assert said[1].facts["after"] == ["default: days 30", "personal_number: days 5", "photo: immediate 0"]
    assert said[1].facts["orders"] == 2


def test_the_days_of_orders_follow(
    world: World, database: Database, account: Account, officer: Actor, second: Actor
) -> None:
    orderer = world.person(Role.ORDERER, account)
    ordered = order_of(world, orderer, ASTRID)
    with database.transaction(SYSTEM) as session:
        session.get_one(Account, account.id).warranty_days = 100
    for rules, day in (
        ({"name": days(60), "address": days(900)}, date(2026, 5, 1)),
        ({"personal_number": WARRANTY}, date(2026, 6, 10)),
        ({"name": AT_ONCE, "personal_number": AT_ONCE}, date(2026, 3, 2)),
    ):
        perform(retention.confirm, second, proposal_id=propose(officer, **rules))
        with database.transaction(SYSTEM, writes=False) as session:
            assert session.get_one(Order, ordered.id).erase_on == day


def test_nobody_confirms_or_refuses_their_own(officer: Actor) -> None:
    number = propose(officer, photo=AT_ONCE)
    for act in (retention.confirm, retention.refuse):
        with pytest.raises(NotAllowed):
            perform(act, officer, proposal_id=number)
    perform(retention.withdraw, officer, proposal_id=number)
    assert perform(retention.retention, officer).proposal is None


def test_a_second_person_may_refuse_and_does_not_withdraw(officer: Actor, second: Actor) -> None:
    number = propose(officer, photo=AT_ONCE)
    with pytest.raises(NotAllowed):
        perform(retention.withdraw, second, proposal_id=number)
    perform(retention.refuse, second, proposal_id=number)
    assert shown(officer)["photo"] == ("days", 30)
    with pytest.raises(Conflict):
        perform(retention.confirm, second, proposal_id=number)


def test_what_became_of_a_proposal_is_written_down_and_reaches_open_pages(
    database: Database, account: Account, officer: Actor, second: Actor
) -> None:
    heard: list[News] = []
    stop = events.listen(heard.append)
    try:
        perform(retention.refuse, second, proposal_id=propose(officer, photo=AT_ONCE))
        perform(retention.withdraw, officer, proposal_id=propose(officer, photo=AT_ONCE))
    finally:
        stop()
    with database.transaction(SYSTEM, writes=False) as session:
        entries = session.exec(select(AuditEvent).where(AuditEvent.chain == str(account.id))).all()
    assert [(each.action, each.actor_id) for each in entries] == [
        ("retention:proposed", officer.user_id),
        ("retention:refused", second.user_id),
        ("retention:proposed", officer.user_id),
        ("retention:withdrawn", officer.user_id),
    ]
    assert heard == [News(account.id, "privacy")] * 4


def test_one_change_waits_at_a_time(officer: Actor, second: Actor) -> None:
    propose(officer, photo=AT_ONCE)
    with pytest.raises(Conflict):
        propose(second, name=AT_ONCE)


@pytest.mark.parametrize(
    "rules",
    [
        {"default": days(3651)},
        {"default": days(-1)},
        {"default": days(30)},
        {"default": days(30), "photo": days(30)},
        {"photo": AT_ONCE},
        {"default": days(30), "shoe_size": AT_ONCE},
    ],
)
def test_what_makes_no_sense_is_refused(officer: Actor, rules: dict[str, Rule]) -> None:
    with pytest.raises(Invalid):
        perform(retention.propose, officer, rules=rules)


def test_it_takes_the_permission_a_second_factor_and_ones_own_account(
    world: World, account: Account, officer: Actor
) -> None:
    with pytest.raises(NotAllowed):
        propose(world.person(Role.AUDITOR, account, stepped_up=True), photo=AT_ONCE)
    with pytest.raises(StepUpNeeded):
        propose(world.person(Role.PRIVACY_OFFICER, account), photo=AT_ONCE)
    number = propose(officer, photo=AT_ONCE)
    stranger = world.person(Role.PRIVACY_OFFICER, world.account("Nordhamn Energi"), stepped_up=True)
    with pytest.raises(NotFound):
        perform(retention.confirm, stranger, proposal_id=number)
    assert perform(retention.retention, stranger).proposal is None
    assert perform(retention.retention, world.person(Role.AUDITOR, account)).proposal is not None


def test_delivery_starts_the_count_and_sets_the_day_of_the_last_kind(
    world: World, database: Database, clock: Clock, account: Account
) -> None:
    ordered = order_of(world, world.person(Role.ORDERER, account), ASTRID, BENGT)
    with database.transaction(SYSTEM) as session:
        rule = RetentionRule(
            account_id=account.id, kind=RetentionClass.NAME, policy="days", days=45, changed_at=clock.now()
        )
        order = session.get_one(Order, ordered.id)
        order.fulfilment, order.delivered_at, order.shipped = Fulfilment.SHIPPED, None, 2
        items = [session.get_one(CardItem, item_id) for item_id in ordered.items]
        for item in items:
            item.stage = Stage.SHIPPED
        for record in session.exec(select(HolderRecord)):
            record.delivered_at = None
        session.add_all([rule, order, *items])
    clock.forward(timedelta(days=2))
    with database.transaction(SYSTEM) as session:
        progress.move_items(session, SYSTEM, [session.get_one(CardItem, ordered.items[0])], Stage.DELIVERED)
    clock.forward(timedelta(days=1))
    with database.transaction(SYSTEM) as session:
        progress.move_items(session, SYSTEM, [session.get_one(CardItem, ordered.items[1])], Stage.DELIVERED)
    with database.transaction(SYSTEM, writes=False) as session:
        delivered = {row.item_id: row.delivered_at for row in session.exec(select(HolderRecord))}
        assert session.get_one(Order, ordered.id).erase_on == date(2026, 4, 19)
    assert delivered == {
        ordered.items[0]: clock.now() - timedelta(days=1),
        ordered.items[1]: clock.now(),
    }
