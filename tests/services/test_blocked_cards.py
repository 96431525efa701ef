"""Blocked cards leave the register after exactly 90 days; people are told once, a week before [R9]."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from nexus_portal.adapters import keystore
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.base import new_id
from nexus_portal.models.cards import Card
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import User
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import card_page, cards, order_details, order_items, outbox, retention_sweep
from nexus_portal.services.use_case import perform
from tests.people import ASTRID, BENGT, Ordered, order_of
from tests.world import NOON, Clock, World

DAYS_90 = timedelta(days=90)


@pytest.fixture
def account(world: World) -> Account:
    """It keeps persons for long: what goes here goes because the card was blocked."""
    return world.account(retention_days=3650)


@pytest.fixture
def ordered(world: World, database: Database, orderer: Actor) -> Ordered:
    """An order of two cards that are in use."""
    made = order_of(world, orderer, ASTRID, BENGT, photos=True)
    with database.transaction(SYSTEM) as session:
        for place, item_id in enumerate(made.items, 1):
            session.add(
                Card(
                    id=new_id(),
                    account_id=session.get_one(Order, made.id).account_id,
                    item_id=item_id,
                    number=f"C-2026-000{place}",
                    status="active",
                    status_changed_at=NOON,
                    created_at=NOON,
                )
            )
    return made


@pytest.fixture(autouse=True)
def _ordered(ordered: Ordered) -> None:
    """There are cards in every test."""


def block(orderer: Actor, number: str = "C-2026-0001") -> None:
    perform(cards.block, orderer, number=number, reason="lost")


def numbers(database: Database) -> list[str]:
    with database.transaction(SYSTEM, writes=False) as session:
        return sorted(session.exec(select(Card.number)))


def mails(database: Database) -> dict[str, str]:
    with database.transaction(SYSTEM, writes=False) as session:
        rows = session.exec(select(OutboxMail).where(OutboxMail.kind == "blocked")).all()
        return {row.recipient: outbox.opened(row) for row in rows}


def email(database: Database, actor: Actor) -> str:
    with database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(User, actor.user_id).email


@pytest.mark.parametrize(
    "blocked_at",
    [
        NOON,
        datetime(2026, 3, 28, 23, 30, tzinfo=UTC),  # the clocks of Sweden go forward that night
        datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC),  # and back in this one
        datetime(2028, 1, 15, 8, 0, tzinfo=UTC),  # a leap day lies between
    ],
)
def test_it_stays_a_minute_less_than_90_days_and_goes_at_90(
    database: Database, clock: Clock, orderer: Actor, ordered: Ordered, blocked_at: datetime
) -> None:
    clock.set(blocked_at)
    block(orderer)
    clock.set(blocked_at + timedelta(days=89, hours=23, minutes=59))
    retention_sweep.sweep()
    assert numbers(database) == ["C-2026-0001", "C-2026-0002"]

    clock.set(blocked_at + DAYS_90)
    said = retention_sweep.dry_run()
    done = retention_sweep.sweep()
    assert done
    assert said.blocked == done.blocked == 1
    assert numbers(database) == ["C-2026-0002"]
    assert keystore.keys(ordered.records).keys() == {ordered.records[1]}
    with database.transaction(SYSTEM, writes=False) as session:
        assert [each.item_id for each in session.exec(select(HolderRecord))] == [ordered.items[1]]
        [entry] = session.exec(select(Erasure)).all()
        assert (entry.policy, entry.persons, entry.photos, entry.state) == ("blocked", 1, 1, "done")
        order = session.get_one(Order, ordered.id)
        assert (order.personal_data, order.erasure_id, order.cards) == (PersonalData.MINIMISED, None, 2)
        actions = session.exec(select(AuditEvent.action)).all()
    assert actions.count("card:deleted") == 1


def test_order_and_history_stay_whole(
    database: Database, clock: Clock, orderer: Actor, ordered: Ordered
) -> None:
    for number in ("C-2026-0001", "C-2026-0002"):
        block(orderer, number)
    clock.forward(DAYS_90)
    retention_sweep.sweep()
    with database.transaction(SYSTEM, writes=False) as session:
        order = session.get_one(Order, ordered.id)
        assert (order.personal_data, order.cards, order.delivered_at) == (PersonalData.ERASED, 2, NOON)
        way = order_items.way_of(session, orderer, ordered.items[0])
    assert [step.end for step in way][-2:] == ["blocked", "deleted"]
    details = perform(order_details.details, orderer, number="2026-00001")
    assert details.cards == 2
    with pytest.raises(NotFound):
        perform(card_page.card_details, orderer, number="C-2026-0001")


def test_a_change_of_status_restarts_it_and_nothing_else_does(
    database: Database, clock: Clock, orderer: Actor
) -> None:
    block(orderer)
    block(orderer, "C-2026-0002")
    clock.forward(timedelta(days=50))
    perform(cards.unblock, orderer, number="C-2026-0001")
    block(orderer)
    with database.transaction(SYSTEM) as session:
        other = session.exec(select(Card).where(Card.number == "C-2026-0002")).one()
        other.valid_until, other.uid = NOON.date(), b"\x04\x05"
    clock.forward(timedelta(days=40))
    retention_sweep.sweep()
    assert numbers(database) == ["C-2026-0001"]
    clock.forward(timedelta(days=50))
    retention_sweep.sweep()
    assert numbers(database) == []


def test_people_are_told_once_and_no_person_is_named(
    world: World, database: Database, clock: Clock, account: Account, orderer: Actor
) -> None:
    officer = world.person(Role.PRIVACY_OFFICER, account)
    world.person(Role.AUDITOR, account)
    block(orderer)
    clock.forward(timedelta(days=83) - timedelta(seconds=1))
    retention_sweep.sweep()
    assert mails(database) == {}
    clock.forward(timedelta(seconds=1))
    retention_sweep.sweep()
    retention_sweep.sweep()
    told = mails(database)
    assert told.keys() == {email(database, officer), email(database, orderer)}
    assert all("C-2026-0001" in body and "C-2026-0002" not in body for body in told.values())
    assert not [body for body in told.values() if "Astrid" in body]


def test_after_a_change_of_status_people_are_told_again(
    database: Database, clock: Clock, orderer: Actor
) -> None:
    block(orderer)
    clock.forward(timedelta(days=83))
    retention_sweep.sweep()
    perform(cards.unblock, orderer, number="C-2026-0001")
    with database.transaction(SYSTEM, writes=False) as session:
        assert session.exec(select(Card.warned_at).where(Card.number == "C-2026-0001")).one() is None


def test_after_ten_days_down_it_goes_although_nobody_was_told(
    database: Database, clock: Clock, orderer: Actor
) -> None:
    block(orderer)
    clock.forward(timedelta(days=100))
    retention_sweep.sweep()
    assert numbers(database) == ["C-2026-0002"]
    assert mails(database) == {}
