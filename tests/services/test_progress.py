"""The only writer of stages, axes and counts."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.numbers import parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.services import progress
from tests.bureau_helpers import House, both_at_once, house
from tests.world import World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def move(home: House, number: str, to: Stage, positions: Sequence[int] = ()) -> None:
    items = [item for item in home.items(number) if not positions or item.position in positions]
    with home.world.database.transaction(SYSTEM) as session:
        progress.move_items(session, SYSTEM, [session.merge(item) for item in items], to)


def test_two_orders_move_in_one_go(home: House) -> None:
    one, two = home.accepted(2), home.accepted(1)
    heard: list[News] = []
    stop = events.listen(heard.append)
    items = [*home.items(one), *home.items(two)]
    with home.world.database.transaction(home.operator) as session:
        progress.move_items(session, home.operator, [session.merge(i) for i in items], Stage.BATCHED)
    stop()
    assert [home.at(n).fulfilment for n in (one, two)] == ["in_production"] * 2
    assert sorted(news.subject for news in heard) == [one, two]


def test_what_was_loaded_says_what_was_written(home: House) -> None:
    number = home.accepted(2)
    with home.world.database.transaction(SYSTEM) as session:
        order = session.exec(select(Order).where(Order.serial == parse_order_number(number))).one()
        items = session.exec(select(CardItem).where(CardItem.order_id == order.id)).all()
        before = order.version
        progress.move_items(session, SYSTEM, items, Stage.BATCHED)
        assert {item.stage for item in items} == {"batched"}
        assert (order.fulfilment, order.version) == ("in_production", before + 1)
        session.expire_all()
        assert (order.fulfilment, order.version) == ("in_production", before + 1)


def test_one_item_that_cannot_move_stops_all(home: House) -> None:
    number = home.accepted(2)
    move(home, number, Stage.BATCHED, [1])
    with pytest.raises(Conflict):
        move(home, number, Stage.ENCODING)
    assert [item.stage for item in home.items(number)] == ["batched", "queued"]


def test_what_somebody_else_moved_meanwhile_is_not_moved_again(home: House) -> None:
    number = home.accepted(2)
    seen = home.items(number)
    move(home, number, Stage.BATCHED, [2])
    with home.world.database.transaction(SYSTEM) as session:
        stale = [session.merge(item, load=False) for item in seen]
        with pytest.raises(Conflict):
            progress.move_items(session, SYSTEM, stale, Stage.BATCHED)
        session.rollback()
    assert [item.stage for item in home.items(number)] == ["queued", "batched"]
    assert len(home.steps(number, "stage", seen[0].id)) == 1


def test_an_order_changed_by_somebody_else_meanwhile_is_not_moved(home: House) -> None:
    number = home.order(1)
    seen = home.at(number)
    with home.world.database.transaction(SYSTEM) as session:
        progress.recount(session, SYSTEM, session.merge(seen))
    with home.world.database.transaction(SYSTEM) as session:
        stale = session.merge(seen, load=False)
        with pytest.raises(Conflict):
            progress.move_order(session, SYSTEM, stale, Fulfilment.ON_HOLD, reason="x")
    assert home.at(number).fulfilment == "submitted"


def test_moves_of_one_order_at_once_keep_its_counts(home: House) -> None:
    number = home.accepted(8)
    for stage in (Stage.BATCHED, Stage.ENCODING, Stage.PRINTING, Stage.QC):
        move(home, number, stage)
    results = both_at_once(*[lambda n=n: move(home, number, Stage.PRODUCED, [n]) for n in range(1, 9)])
    assert results == [None] * 8
    assert (home.at(number).produced, home.at(number).fulfilment) == (8, "produced")


def test_another_accounts_items_are_not_there(home: House, world: World) -> None:
    number = home.accepted(1)
    stranger = world.person(Role.ORDERER, world.account("Nordhamn Energi"))
    item = home.items(number)[0]
    with pytest.raises(NotFound), home.world.database.transaction(stranger) as session:
        progress.move_items(session, stranger, [session.merge(item, load=False)], Stage.CANCELLED)
    assert home.items(number)[0].stage == "queued"


def test_nothing_to_move_changes_nothing(home: House) -> None:
    with home.world.database.transaction(SYSTEM) as session:
        progress.move_items(session, SYSTEM, [], Stage.BATCHED)


@pytest.mark.parametrize("to", [Fulfilment.IN_PRODUCTION, Fulfilment.SHIPPED, Fulfilment.PRODUCED])
def test_what_follows_from_the_cards_is_not_set_by_hand(home: House, to: Fulfilment) -> None:
    number = home.accepted(1)
    with pytest.raises(Conflict), home.world.database.transaction(SYSTEM) as session:
        progress.move_order(session, SYSTEM, session.merge(home.at(number)), to)


def test_a_delivered_order_is_closed_by_hand(home: House) -> None:
    number = home.delivered(1)
    with home.world.database.transaction(SYSTEM) as session:
        progress.move_order(session, SYSTEM, session.merge(home.at(number)), Fulfilment.CLOSED)
    assert home.at(number).fulfilment == "closed"


def test_the_reason_stays_until_the_order_moves_on(home: House) -> None:
    number = home.order(1)
    seen: list[str] = []
    for to, reason in (
        (Fulfilment.REJECTED, "No logo."),
        (Fulfilment.SUBMITTED, ""),
        (Fulfilment.ON_HOLD, "Waits."),
    ):
        with home.world.database.transaction(SYSTEM) as session:
            progress.move_order(session, SYSTEM, session.merge(home.at(number)), to, reason=reason)
        seen.append(home.at(number).reason)
    assert seen == ["No logo.", "", "Waits."]


def test_personal_data_only_ever_becomes_less(home: House) -> None:
    number = home.order(1)
    for to in (PersonalData.MINIMISED, PersonalData.ERASED):
        with home.world.database.transaction(SYSTEM) as session:
            progress.reduce_personal_data(session, SYSTEM, session.merge(home.at(number)), to)
    for to in PersonalData:
        with pytest.raises(Conflict), home.world.database.transaction(SYSTEM) as session:
            progress.reduce_personal_data(session, SYSTEM, session.merge(home.at(number)), to)
    assert home.steps(number, "personal_data") == [("full", "minimised"), ("minimised", "erased")]


def test_the_axes_move_apart(home: House) -> None:
    number = home.shipped(1)[0]
    with home.world.database.transaction(SYSTEM) as session:
        progress.bill_order(session, SYSTEM, session.merge(home.at(number)), Billing.INVOICED)
    with home.world.database.transaction(SYSTEM) as session:
        progress.reduce_personal_data(session, SYSTEM, session.merge(home.at(number)), PersonalData.ERASED)
    order = home.at(number)
    assert (order.fulfilment, order.billing, order.personal_data) == ("shipped", "invoiced", "erased")


def test_a_cancelled_card_no_longer_counts_but_a_cancelled_order_keeps_its_number(home: House) -> None:
    number = home.accepted(3)
    move(home, number, Stage.CANCELLED, [3])
    assert home.at(number).cards == 2
    move(home, number, Stage.CANCELLED, [1, 2])
    assert home.at(number).cards == 3


def test_a_thousand_items_move_in_few_statements(home: House) -> None:
    number = home.accepted(1200)
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    items = home.items(number)
    with home.world.database.transaction(SYSTEM) as session:
        loaded = [session.merge(item, load=False) for item in items]
        event.listen(home.world.database.engine, "before_cursor_execute", note)
        progress.move_items(session, SYSTEM, loaded, Stage.BATCHED)
        event.remove(home.world.database.engine, "before_cursor_execute", note)
    assert len(statements) < 20
    assert statements.count("UPDATE") == 4


def test_every_transition_names_the_actor_and_never_a_person(home: House) -> None:
    number = home.accepted(1)
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        steps = session.exec(select(Transition).order_by(col(Transition.id))).all()
    accepted = next(step for step in steps if step.end == "accepted")
    assert (accepted.actor_id, accepted.actor_role) == (home.desk.user_id, "order_desk")
    assert accepted.order_id == home.at(number).id
