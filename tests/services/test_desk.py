"""The order desk decides."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.models.audit import AuditEvent
from nexus_portal.services import desk
from nexus_portal.services.order_sheet import order_sheet
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, both_at_once, house
from tests.world import Clock, World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def numbers(home: House, show: str = "to_decide", cursor: str = "") -> list[str]:
    return [row.number for row in perform(desk.inbox, home.desk, show=show, cursor=cursor).rows]


def test_accepting_queues_the_cards_and_promises_a_day(home: House, clock: Clock) -> None:
    number = home.order(3)
    promised = clock.now().date() + timedelta(days=5)
    perform(desk.accept, home.desk, number=number, promised=promised)
    order = home.at(number)
    assert (order.fulfilment, order.promised, order.cards) == (Fulfilment.ACCEPTED, promised, 3)
    assert {item.stage for item in home.items(number)} == {Stage.QUEUED}
    assert home.steps(number, "fulfilment") == [("draft", "submitted"), ("submitted", "accepted")]


def test_decisions_are_audited_in_the_chain_of_the_customer(home: House) -> None:
    number = home.accepted()
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        entry = session.exec(select(AuditEvent).where(AuditEvent.action == "order:accepted")).one()
    assert (entry.chain, entry.subject, entry.actor_role) == (str(home.customer.id), number, "order_desk")


def test_an_open_page_hears_of_the_decision(home: House) -> None:
    number = home.order()
    heard: list[News] = []
    stop = events.listen(heard.append)
    perform(desk.accept, home.desk, number=number)
    stop()
    assert heard == [News(home.customer.id, "orders", number)]


def test_an_order_with_cards_that_are_not_ready_waits(home: House) -> None:
    number = home.order(2, stage=Stage.IN_REVIEW)
    with pytest.raises(NotYet) as refusal:
        perform(desk.accept, home.desk, number=number)
    assert str(refusal.value.reasons[0]) == "2 of 2 cards are not ready."
    assert home.at(number).fulfilment == Fulfilment.SUBMITTED


@pytest.mark.parametrize("days", [-1, 400])
def test_a_promise_is_a_day_within_a_year_from_today(home: House, clock: Clock, days: int) -> None:
    number = home.order()
    with pytest.raises(Invalid):
        perform(desk.accept, home.desk, number=number, promised=clock.now().date() + timedelta(days=days))


def test_rejecting_gives_the_order_back_with_the_reason(home: House) -> None:
    number = home.order()
    perform(desk.reject, home.desk, number=number, reason="  The logo is missing. ")
    assert (home.at(number).fulfilment, home.at(number).reason) == ("rejected", "The logo is missing.")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
def test_a_rejection_needs_a_reason_that_fits(home: House, reason: str) -> None:
    number = home.order()
    with pytest.raises(Invalid):
        perform(desk.reject, home.desk, number=number, reason=reason)


def test_an_order_on_hold_is_released_to_be_decided(home: House) -> None:
    number = home.order()
    perform(desk.hold, home.desk, number=number, reason="Waits for the new logo.")
    assert (numbers(home), numbers(home, "on_hold")) == ([], [number])
    perform(desk.release, home.desk, number=number)
    assert numbers(home) == [number]
    assert home.at(number).reason == ""
    perform(desk.accept, home.desk, number=number)


def test_an_order_on_hold_may_be_rejected(home: House) -> None:
    number = home.order()
    perform(desk.hold, home.desk, number=number, reason="Why?")
    perform(desk.reject, home.desk, number=number, reason="No logo came.")
    assert home.at(number).fulfilment == Fulfilment.REJECTED


def test_what_is_decided_is_not_decided_again(home: House) -> None:
    number = home.accepted()
    acts: list[tuple[Any, dict[str, str]]] = [
        (desk.accept, {}),
        (desk.reject, {"reason": "x"}),
        (desk.hold, {"reason": "x"}),
        (desk.release, {}),
    ]
    for act, words in acts:
        with pytest.raises(Conflict):
            perform(act, home.desk, number=number, **words)


def test_two_who_accept_at_once_accept_once(home: House) -> None:
    number = home.order(5)
    results = both_at_once(*[lambda: perform(desk.accept, home.desk, number=number)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert [step for step in home.steps(number, "fulfilment") if step[1] == "accepted"] == [
        ("submitted", "accepted")
    ]
    assert {item.stage for item in home.items(number)} == {Stage.QUEUED}


def test_accepting_and_rejecting_at_once_does_one_of_them(home: House) -> None:
    number = home.order(2)
    results = both_at_once(
        lambda: perform(desk.accept, home.desk, number=number),
        lambda: perform(desk.reject, home.desk, number=number, reason="No."),
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    stages = {item.stage for item in home.items(number)}
    assert (home.at(number).fulfilment, stages) in [
        (Fulfilment.ACCEPTED, {Stage.QUEUED}),
        (Fulfilment.REJECTED, {Stage.READY}),
    ]


def test_the_inbox_shows_the_oldest_first_with_account_count_and_age(home: House, clock: Clock) -> None:
    first = home.order(4)
    clock.forward(timedelta(days=3))
    second = home.order(1)
    rows = perform(desk.inbox, home.desk).rows
    assert [(row.number, row.account, row.cards, row.days) for row in rows] == [
        (first, "Björkskolan", 4, 3),
        (second, "Björkskolan", 1, 0),
    ]


def test_the_inbox_is_paged_both_ways(home: House) -> None:
    states = [Fulfilment.SUBMITTED, Fulfilment.ON_HOLD, Fulfilment.APPROVED, Fulfilment.ACCEPTED] * 30
    made = home.many(states)
    left = made[::2]
    first = perform(desk.inbox, home.desk)
    second = perform(desk.inbox, home.desk, cursor=first.following)
    back = perform(desk.inbox, home.desk, cursor=second.previous)
    assert [row.number for row in first.rows + second.rows] == left
    assert (len(first.rows), first.previous, second.following) == (50, "", "")
    assert [row.number for row in back.rows] == left[:50]
    assert (back.previous, back.following) == ("", first.following)


@pytest.mark.parametrize("cursor", ["nonsense", "+", "+x", "+1~2", "-", "+9999999999999999999999"])
def test_a_cursor_without_meaning_shows_a_page(home: House, cursor: str) -> None:
    home.order(1)
    perform(desk.inbox, home.desk, cursor=cursor)


def test_an_unknown_filter_is_refused(home: House) -> None:
    with pytest.raises(Invalid):
        perform(desk.inbox, home.desk, show="everything")


@pytest.mark.parametrize("number", ["2026-99999", "x", "", "2026-1", "\uff12026-00001"])
def test_an_unknown_order_is_not_found(home: House, number: str) -> None:
    with pytest.raises(NotFound):
        perform(desk.accept, home.desk, number=number)


def test_customers_do_not_decide(home: House) -> None:
    number = home.order()
    with pytest.raises(NotAllowed):
        perform(desk.accept, home.orderer, number=number)


def test_the_sheet_of_an_order_leads_to_its_batches_and_parcels(home: House) -> None:
    number = home.accepted(3)
    batch = home.batch(limit=2)
    home.advance(batch, Stage.ENCODING, Stage.PRINTING, Stage.QC, Stage.PRODUCED)
    parcel = home.pack(number)
    sheet = perform(order_sheet, home.desk, number=number)
    assert [(stage.stage, stage.count) for stage in sheet.stages] == [("queued", 1), ("packed", 2)]
    assert [(ref.number, ref.count) for ref in sheet.batches] == [(batch, 2)]
    assert [(ref.number, ref.cards) for ref in sheet.shipments] == [(parcel, 2)]
    assert [(line.article, line.quantity) for line in sheet.lines] == [("PVC card", 3)]
    assert [step.end for step in sheet.history] == ["submitted", "accepted", "in_production"]
    assert not sheet.undecided
