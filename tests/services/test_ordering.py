"""A draft is ordered once, when everything in it is ready, at the article's price of that day."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotYet
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.imports import Import
from nexus_portal.models.layouts import Article
from nexus_portal.models.orders import Order, Transition
from nexus_portal.services import desk as order_desk
from nexus_portal.services import draft_mending, ordering
from nexus_portal.services.ordering import OrderedRow
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import PHOTO, Desk, desk, staff, values_of, with_bad_number
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def submit(orders: Desk, number: str, key: str = "") -> OrderedRow:
    return perform(ordering.submit, orders.orderer, number=number, key=key or orders.key())


def test_a_ready_draft_is_ordered(orders: Desk, clock: object) -> None:
    number = orders.draft(staff(3))
    assert submit(orders, number) == OrderedRow(number, Fulfilment.SUBMITTED, 3)
    order = orders.order(number)
    assert order.submitted_at is not None
    assert {item.stage for item in orders.items(number)} == {Stage.READY}


def test_the_price_is_the_articles_when_it_is_ordered(orders: Desk) -> None:
    number = orders.draft(staff(1))
    with orders.world.database.transaction(SYSTEM) as session:
        article = session.get_one(Article, orders.layout.article_id)
        article.price = 5100
    submit(orders, number)
    assert orders.line(number).unit_price == 5100


def test_an_account_that_wants_approval_gets_it_asked(world: World) -> None:
    orders = desk(world, approval="always")
    assert submit(orders, orders.draft(staff(1))).fulfilment == Fulfilment.AWAITING_APPROVAL


def test_the_same_form_twice_orders_once_and_answers_alike(orders: Desk) -> None:
    number = orders.draft(staff(2))
    answers = [submit(orders, number, "one-form") for _ in range(3)]
    assert answers == [OrderedRow(number, Fulfilment.SUBMITTED, 2)] * 3
    with pytest.raises(Conflict):
        submit(orders, number, "another form")


def test_two_clicks_at_once_order_once(orders: Desk) -> None:
    number = orders.draft(staff(2))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: submit(orders, number, "one-form"), range(4)))
    assert len(set(answers)) == 1
    with orders.world.database.transaction(SYSTEM, writes=False) as session:
        moves = session.exec(select(Transition.end).where(Transition.axis == "fulfilment")).all()
    assert moves == [Fulfilment.SUBMITTED]


@pytest.mark.parametrize("key", ["", "k" * 100])
def test_a_form_without_a_usable_key_is_refused(orders: Desk, key: str) -> None:
    number = orders.draft(staff(1))
    with pytest.raises(Invalid):
        perform(ordering.submit, orders.orderer, number=number, key=key)


def test_a_row_to_mend_holds_the_order_back(orders: Desk) -> None:
    number = orders.draft([staff(1)[0], with_bad_number(staff(2)[1])])
    with pytest.raises(NotYet) as refusal:
        submit(orders, number, "k")
    assert [str(reason) for reason in refusal.value.reasons] == ["1 of 2 rows have to be mended."]
    perform(
        draft_mending.mend_row, orders.orderer, item_id=orders.item(number, 1), values=values_of(staff(2)[1])
    )
    assert submit(orders, number, "k").cards == 2, "a refused form may be sent again"


def test_an_empty_draft_is_not_ordered(orders: Desk) -> None:
    number = orders.draft(staff(1))
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    with pytest.raises(NotYet) as refusal:
        submit(orders, number)
    assert "nothing in it" in str(refusal.value.reasons[0])


def test_an_order_whose_spreadsheet_is_still_read_waits(orders: Desk, clock) -> None:
    number = orders.draft(staff(1))
    with orders.world.database.transaction(SYSTEM) as session:
        session.add(
            Import(
                account_id=orders.account.id,
                user_id=orders.orderer.user_id,
                order_id=orders.order(number).id,
                layout_id=orders.layout.id,
                total=9,
                done=1,
                created_at=clock.now(),
                changed_at=clock.now(),
            )
        )
    with pytest.raises(NotYet) as refusal:
        submit(orders, number)
    assert str(refusal.value.reasons[0]) == "1 of 9 rows are read so far."


def test_the_ready_rows_are_ordered_and_the_others_wait_in_a_draft(orders: Desk) -> None:
    number = orders.draft([*staff(2), with_bad_number(staff(3)[2])])
    ordered = perform(ordering.submit_ready, orders.orderer, number=number, key="k")
    assert (ordered.cards, ordered.fulfilment) == (2, Fulfilment.SUBMITTED)
    assert orders.view(ordered.rest).to_mend == 1
    assert perform(ordering.submit_ready, orders.orderer, number=number, key="k") == ordered
    assert orders.count(Order) == 2


def test_a_rejected_order_is_corrected_and_sent_again(orders: Desk) -> None:
    number = orders.draft(staff(2))
    submit(orders, number)
    bureau = orders.world.person(Role.ORDER_DESK, orders.world.bureau())
    perform(order_desk.reject, bureau, number=number, reason="The photo of row 3 is dark.")
    view = orders.view(number)
    assert view.reason == "The photo of row 3 is dark."
    perform(draft_mending.replace_photo, orders.orderer, item_id=orders.item(number, 1), photo=PHOTO)
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    assert submit(orders, number).cards == 1
    assert orders.order(number).reason == ""


def test_the_open_pages_hear_of_it(orders: Desk) -> None:
    number = orders.draft(staff(1))
    heard: list[News] = []
    stop = events.listen(heard.append)
    try:
        submit(orders, number)
    finally:
        stop()
    assert News(orders.account.id, "orders", number) in heard


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.ACCOUNT_ADMIN, Role.PRIVACY_OFFICER])
def test_only_orderers_order(orders: Desk, role: Role) -> None:
    other: Actor = orders.world.person(role, orders.account)
    with pytest.raises(NotAllowed):
        perform(ordering.submit, other, number=orders.draft(staff(1)), key="k")
