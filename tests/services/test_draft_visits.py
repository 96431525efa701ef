"""Two people in one draft: each is told of the other, and nobody silently overwrites what the other wrote."""

from datetime import timedelta
from functools import partial

import pytest

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.models.orders import DraftVisit
from nexus_portal.services import draft_visits, drafts, ordering
from nexus_portal.services.draft_visits import Visitors
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import both_at_once
from tests.ordering_helpers import Desk, desk, staff
from tests.world import Clock, World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def come(who: Actor, number: str, tab: str) -> Visitors:
    return perform(draft_visits.visit, who, number=number, tab=tab)


def describe(who: Actor, number: str, reference: str, *, seen: str | None = None) -> None:
    perform(
        drafts.describe,
        who,
        number=number,
        reference=reference,
        cost_centre="",
        delivery_address="",
        seen=None if seen is None else {"reference": seen},
    )


def test_people_and_tabs_learn_of_each_other_until_they_leave(orders: Desk, clock: Clock) -> None:
    number, sara = orders.draft(staff(1)), orders.colleague
    assert come(orders.orderer, number, "one") == Visitors()
    assert come(sara, number, "two") == Visitors((orders.orderer.name,))
    assert come(orders.orderer, number, "three") == Visitors((sara.name,), own_tab=True)
    perform(draft_visits.leave, sara, number=number, tab="two")
    assert come(orders.orderer, number, "three") == Visitors(own_tab=True)
    clock.forward(timedelta(seconds=30))
    assert come(orders.orderer, number, "three") == Visitors(), "a tab that closed without a word is gone"
    assert orders.count(DraftVisit) == 1


def test_coming_and_going_is_told_and_staying_is_not(orders: Desk) -> None:
    number = orders.draft(staff(1))
    heard: list[News] = []
    stop = events.listen(heard.append)
    try:
        come(orders.orderer, number, "one")
        come(orders.orderer, number, "one")
        assert heard == [News(orders.account.id, "visits", number)]
        perform(draft_visits.leave, orders.orderer, number=number, tab="one")
        assert len(heard) == 2
    finally:
        stop()


def test_strangers_and_readers_do_not_visit_and_an_order_forgets(orders: Desk) -> None:
    number = orders.draft(staff(1))
    come(orders.orderer, number, "one")
    with pytest.raises(NotFound):
        come(desk(orders.world).orderer, number, "two")
    with pytest.raises(NotAllowed):
        come(orders.world.person(Role.AUDITOR, orders.account), number, "two")
    perform(ordering.submit, orders.orderer, number=number, key="k")
    assert orders.count(DraftVisit) == 0
    assert come(orders.colleague, number, "two") == Visitors()
    thrown = orders.draft(staff(3)[2:])
    come(orders.orderer, thrown, "one")
    perform(drafts.discard_draft, orders.orderer, number=thrown)
    assert orders.count(DraftVisit) == 0


def test_what_a_colleague_wrote_is_not_written_over_unseen(orders: Desk) -> None:
    number = orders.draft(staff(1))
    describe(orders.colleague, number, "Autumn", seen="")
    with pytest.raises(Conflict, match="kept"):
        describe(orders.orderer, number, "Spring", seen="")
    assert orders.order(number).reference == "Autumn"
    describe(orders.orderer, number, "Spring", seen="Autumn")
    describe(orders.orderer, number, "Spring", seen="Autumn")
    assert orders.order(number).reference == "Spring"


def test_of_two_who_save_at_once_one_is_told(orders: Desk) -> None:
    number = orders.draft(staff(1))
    results = both_at_once(
        partial(describe, orders.orderer, number, "Spring", seen=""),
        partial(describe, orders.colleague, number, "Autumn", seen=""),
    )
    assert [type(result) for result in results].count(Conflict) == 1
    winner = ("Spring", "Autumn")[results.index(None)]
    assert orders.order(number).reference == winner
