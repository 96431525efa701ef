"""One card by form is a draft of one row; what was typed is kept in the vault, right or wrong."""

from typing import Any

import pytest

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound
from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import Order
from nexus_portal.services import draft_single, ordering
from nexus_portal.services.draft_single import CardForm, KeptForm, SingleCard
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import PHOTO, Desk, desk, staff, values_of, with_bad_number
from tests.world import World

REFUSED = Message("It is not a JPEG or PNG photo.")


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def keep(orders: Desk, form: CardForm, key: str = "", **options: Any) -> KeptForm:
    key = key or orders.key()
    return perform(draft_single.keep_form, orders.orderer, form=form, key=key, **options)


def begin(orders: Desk, form: CardForm, key: str = "") -> str:
    return keep(orders, form, key, layout_id=orders.layout.id).number


def shown(orders: Desk, number: str) -> SingleCard:
    return perform(draft_single.single, orders.orderer, number=number)


def test_one_card_is_ready_and_ordered(orders: Desk) -> None:
    number = begin(orders, CardForm(values=values_of(staff(1)[0]), photo=PHOTO))
    card = shown(orders, number)
    assert card.row.ready
    assert card.row.has_photo
    assert card.layout.id == str(orders.layout.id)
    assert perform(ordering.submit, orders.orderer, number=number, key="k").cards == 1


def test_a_form_sent_twice_begins_one_draft(orders: Desk) -> None:
    form = CardForm(values=values_of(staff(1)[0]), photo=PHOTO)
    assert begin(orders, form, "k") == begin(orders, form, "k")
    assert orders.count(Order) == 1


def test_ordering_from_the_form_twice_orders_once_and_answers_alike(orders: Desk) -> None:
    form = CardForm(values=values_of(staff(1)[0]), photo=PHOTO)
    answers = [keep(orders, form, "k", layout_id=orders.layout.id, order=True) for _ in range(2)]
    assert answers == [KeptForm(answers[0].number, ready=True)] * 2
    assert orders.order(answers[0].number).fulfilment == Fulfilment.SUBMITTED


def test_a_form_with_errors_is_not_ordered(orders: Desk) -> None:
    kept = keep(orders, CardForm(values={}), layout_id=orders.layout.id, order=True)
    assert not kept.ready
    assert orders.order(kept.number).fulfilment == Fulfilment.DRAFT


def test_a_form_with_errors_is_kept_and_says_them_at_the_fields(orders: Desk) -> None:
    values = {"name": "Maja Mellan", "personal_number": "12", "other": "dropped"}
    row = shown(orders, begin(orders, CardForm(values=values, photo_refusal=REFUSED))).row
    assert {problem.field: problem.code for problem in row.problems} == {
        "personal_number": ProblemCode.PERSONAL_NUMBER,
        "photo": ProblemCode.PHOTO_REFUSED,
    }
    assert row.values == {"name": "Maja Mellan", "personal_number": "12"}


def test_a_mended_form_is_ready(orders: Desk) -> None:
    [person] = staff(1)
    number = begin(orders, CardForm(values=values_of(with_bad_number(person)), photo_refusal=REFUSED))
    mended = CardForm(values=values_of(person), photo=PHOTO)
    assert keep(orders, mended, item_id=orders.item(number)) == KeptForm(number, ready=True)
    assert shown(orders, number).row.ready


def test_a_refused_second_photo_is_said_though_the_first_is_kept(orders: Desk) -> None:
    number = begin(orders, CardForm(values=values_of(staff(1)[0]), photo=PHOTO))
    bad = CardForm(values={}, photo_refusal=REFUSED)
    keep(orders, bad, item_id=orders.item(number))
    row = shown(orders, number).row
    assert (row.has_photo, [problem.code for problem in row.problems]) == (True, [ProblemCode.PHOTO_REFUSED])
    keep(orders, CardForm(values={}), item_id=orders.item(number))
    assert shown(orders, number).row.ready, "sent again without a photo, the first one counts"


def test_only_ones_own_draft_of_one_card_has_a_form(orders: Desk) -> None:
    number = begin(orders, CardForm(values={}))
    with pytest.raises(NotAllowed):
        perform(draft_single.single, orders.colleague, number=number)
    with pytest.raises(NotFound):
        perform(draft_single.single, desk(orders.world).orderer, number=number)
    with pytest.raises(NotFound, match="more cards"):
        shown(orders, orders.draft(staff(2)))
    ordered = begin(orders, CardForm(values=values_of(staff(3)[2]), photo=PHOTO))
    perform(ordering.submit, orders.orderer, number=ordered, key="k")
    with pytest.raises(Conflict):
        shown(orders, ordered)


def test_a_layout_that_is_not_offered_or_not_ones_own_is_refused(orders: Desk) -> None:
    stranger = desk(orders.world).orderer
    with pytest.raises(NotFound):
        perform(
            draft_single.keep_form, stranger, layout_id=orders.layout.id, form=CardForm(values={}), key="k"
        )
    with pytest.raises(NotFound):
        keep(orders, CardForm(values={}))
    with orders.world.database.transaction(SYSTEM) as session:
        session.get_one(Layout, orders.layout.id).active = False
    with pytest.raises(NotFound, match="no longer offered"):
        begin(orders, CardForm(values={}))
