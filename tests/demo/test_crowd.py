"""The crowd's rows are what the services would have left behind."""

from collections import Counter

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.demo import cast
from nexus_portal.demo.crowd import beside, customers
from nexus_portal.demo.crowd.plan import FIRST_CHUNK, Plan
from nexus_portal.demo.crowd.spread import Spread, spread
from nexus_portal.domain.actor import SYSTEM, Actor, Scope
from nexus_portal.domain.lifecycles import (
    Billing,
    CardStatus,
    Fulfilment,
    PersonalData,
    Stage,
    derive_fulfilment,
    is_produced,
    is_shipped,
)
from nexus_portal.domain.order_words import words_of
from nexus_portal.domain.permissions import Role, granted_by
from nexus_portal.models.accounts import Account
from nexus_portal.models.billing import Invoice, InvoiceLine
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order, OrderLine, OrderWord, Transition
from nexus_portal.models.production import Batch
from nexus_portal.models.shipping import Shipment
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import history, serials, vault, vault_care
from nexus_portal.services.use_case import perform

ORDERS = 1500
DERIVED = {
    Fulfilment.ACCEPTED,
    Fulfilment.IN_PRODUCTION,
    Fulfilment.PRODUCED,
    Fulfilment.PART_SHIPPED,
    Fulfilment.SHIPPED,
    Fulfilment.DELIVERED,
}


@pytest.fixture
def crowd(database: Database, nobody_signs_in: None) -> Spread:
    keystore.prepare()
    with database.transaction(SYSTEM) as session:
        cast.move_in(session, clock.now())
    return spread(ORDERS)


@pytest.fixture
def session(crowd: Spread, database: Database):
    with database.transaction(SYSTEM, writes=False) as session:
        yield session


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_everything_about_them_agrees(crowd: Spread, session: Session, database: Database) -> None:
    assert (count(session, Order), crowd.orders) == (ORDERS, ORDERS)
    assert count(session, CardItem) == crowd.items
    assert 2.8 <= crowd.items / crowd.orders <= 3.2
    written = (Order, OrderWord, OrderLine, CardItem, Card, Batch, Shipment, Invoice, InvoiceLine, Transition)
    assert sum(count(session, table) for table in (*written, HolderRecord, SearchToken)) == crowd.rows

    _counts_agree_with_the_cards(session)
    _cards_and_documents_are_there_when_they_should(session)
    _batches_and_parcels_hold_what_they_say(session)
    _persons_are_kept_as_long_as_they_should(session, crowd)
    _open_orders_have_their_moves(session)
    _words_are_those_of_the_orders(session)
    _the_largest_customer_reads_its_history(session)
    _every_reference_leads_somewhere(session, database)
    _the_services_go_on_counting(database)


def _every_reference_leads_somewhere(session: Session, database: Database) -> None:
    if database.is_sqlite:
        assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def _words_are_those_of_the_orders(session: Session) -> None:
    kept = {(word.serial, word.word) for word in session.exec(select(OrderWord))}
    assert kept == {
        (order.serial, word)
        for order in session.exec(select(Order))
        for word in words_of(order.reference, order.cost_centre)
    }


def _counts_agree_with_the_cards(session: Session) -> None:
    stages: dict[object, list[Stage]] = {}
    for item in session.exec(select(CardItem)):
        stages.setdefault(item.order_id, []).append(Stage(item.stage))
    for order in session.exec(select(Order)):
        own = stages[order.id]
        assert order.cards == len(own)
        assert order.produced == sum(map(is_produced, own))
        assert order.shipped == sum(map(is_shipped, own))
        assert order.delivered == own.count(Stage.DELIVERED)
        if order.fulfilment in DERIVED:
            assert order.fulfilment == derive_fulfilment(own)
        assert order.created_at <= order.changed_at <= clock.now()
        assert (order.delivered_at is None) == (order.delivered < order.cards)
        assert (order.erased_at is None) == (order.personal_data == PersonalData.FULL)


def _cards_and_documents_are_there_when_they_should(session: Session) -> None:
    produced = session.exec(select(func.sum(Order.produced))).one()
    assert count(session, Card) == produced
    assert set(session.exec(select(Card.status))) >= {CardStatus.ACTIVE, CardStatus.TERMINATED}
    invoiced = select(func.count()).where(col(Order.billing).in_([Billing.INVOICED, Billing.PAID]))
    assert count(session, Invoice) == count(session, InvoiceLine) == session.exec(invoiced).one()
    for order in session.exec(select(Order).where(col(Order.billing) == Billing.INVOICED)):
        assert order.produced == order.cards


def _batches_and_parcels_hold_what_they_say(session: Session) -> None:
    in_batches = Counter(session.exec(select(CardItem.batch_id).where(col(CardItem.batch_id).is_not(None))))
    assert in_batches == {batch.id: batch.cards for batch in session.exec(select(Batch))}
    in_parcels = Counter(
        session.exec(select(CardItem.shipment_id).where(col(CardItem.shipment_id).is_not(None)))
    )
    assert in_parcels == {shipment.id: shipment.cards for shipment in session.exec(select(Shipment))}


def _persons_are_kept_as_long_as_they_should(session: Session, crowd: Spread) -> None:
    kept = select(CardItem.id).join(Order, col(Order.id) == col(CardItem.order_id))
    kept_items = set(session.exec(kept.where(Order.personal_data == PersonalData.FULL)))
    assert kept_items == set(session.exec(select(HolderRecord.item_id)))
    assert crowd.persons == len(kept_items) < crowd.items / 10
    opened = vault.open_many(session, SYSTEM, list(kept_items)[:20])
    assert len(opened) == 20
    assert all(values["name"] and values["department"] for values in opened.values())
    assert vault_care.check().whole


def _open_orders_have_their_moves(session: Session) -> None:
    moves = session.exec(select(Transition).order_by(col(Transition.id))).all()
    assert [move.at for move in moves] == sorted(move.at for move in moves)
    still_open = col(Order.fulfilment).not_in([Fulfilment.DELIVERED, Fulfilment.CLOSED, Fulfilment.DRAFT])
    kept = Order.personal_data == PersonalData.FULL
    for order in session.exec(select(Order).where(still_open, kept)):
        own = [move for move in moves if move.order_id == order.id]
        last = [move.end for move in own if move.axis == "fulfilment"][-1]
        assert last == order.fulfilment
        for item in session.exec(select(CardItem).where(CardItem.order_id == order.id)):
            ends = [move.end for move in own if move.item_id == item.id]
            assert ends[-1:] == ([item.stage] if item.stage != Stage.READY else [])


def _the_services_go_on_counting(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        taken = set(session.exec(select(Order.serial)))
        assert serials.next_order_serial(session) not in taken
        numbers = set(session.exec(select(Card.number)))
        assert not numbers & set(serials.next_documents(session, "C", 5))


def _the_largest_customer_reads_its_history(session: Session) -> None:
    account = session.exec(select(Account).where(Account.number == customers.customers()[0].number)).one()
    actor = Actor(
        scope=Scope.ACCOUNT,
        account_id=account.id,
        role=Role.ORDERER,
        permissions=granted_by(Role.ORDERER),
    )
    page = perform(history.orders, actor)
    assert page.total > ORDERS / customers.COUNT * 2
    assert [row.serial for row in page.rows] == sorted((row.serial for row in page.rows), reverse=True)


def test_rows_made_beside_are_those_made_here() -> None:
    plan = Plan(FIRST_CHUNK + 1, clock.now(), {}, {})
    made = list(beside.chunks(plan))
    assert [chunk.orders for chunk in made] == [FIRST_CHUNK, 1]
    assert made == list(plan.chunks())


def test_a_maker_that_dies_is_no_endless_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "__name__", "nexus_portal.demo.crowd.absent")
    with pytest.raises(EOFError):
        list(beside.chunks(Plan(FIRST_CHUNK + 1, clock.now(), {}, {})))
