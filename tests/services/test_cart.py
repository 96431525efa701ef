"""A draft holds cards of several layouts and accessories; its price is known before it is ordered."""

from uuid import UUID

import pytest

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Role
from nexus_portal.models.layouts import Article, ArticleKind, Layout
from nexus_portal.models.orders import OrderLine
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import cart, draft_mending, draft_single, order_details, ordering
from nexus_portal.services.draft_single import CardForm
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import PHOTO, Desk, desk, staff, values_of, with_bad_number
from tests.world import World

NAME_ONLY = [
    {
        "key": "name", "label_en": "Visitor", "label_sv": "Besökare", "type": "text", "required": True,
        "max_length": 40, "choices": [], "purpose": "printed", "retention": "name", "reason": "",
    }
]  # fmt: skip


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


def article(world: World, name: str = "Lanyard", *, price: int = 2900, active: bool = True) -> UUID:
    with world.database.transaction(SYSTEM) as session:
        made = Article(number=f"B-{name}", name=name, price=price, kind=ArticleKind.ACCESSORY, active=active)
        session.add(made)
    return made.id


def add(orders: Desk, number: str, article_id: UUID, quantity: int = 1) -> None:
    perform(cart.add_accessory, orders.orderer, number=number, article_id=article_id, quantity=quantity)


def add_card(orders: Desk, number: str, layout: Layout, name: str = "Gun Gäst") -> None:
    form = CardForm(values={"name": name})
    perform(
        draft_single.keep_form, orders.orderer, form=form, layout_id=layout.id, into=number, key=orders.key()
    )


def lines(orders: Desk, number: str) -> list[tuple[str, int, int]]:
    found = orders.view(number).lines
    return [(line.article if line.accessory else line.layout, line.quantity, line.price) for line in found]


def test_a_draft_takes_cards_of_several_layouts_and_accessories(orders: Desk) -> None:
    number = orders.draft(staff(2))
    visitors = orders.world.layout(orders.account, fields=NAME_ONLY, price=1000)
    lanyard = article(orders.world)
    add(orders, number, lanyard, 2)
    add_card(orders, number, visitors)
    add(orders, number, lanyard)
    assert lines(orders, number) == [
        (orders.layout.name, 2, 9800), (visitors.name, 1, 1000), ("Lanyard", 3, 8700)
    ]  # fmt: skip
    view = orders.view(number)
    assert (view.total, view.ready, view.price) == (3, 3, 19500)
    assert [row.layout.name for row in view.rows.rows] == [orders.layout.name] * 2 + [visitors.name]
    assert view.rows.rows[2].values == {"name": "Gun Gäst"}


def test_each_row_is_mended_by_its_own_layout(orders: Desk) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])])
    add_card(orders, number, orders.world.layout(orders.account, fields=NAME_ONLY), name="x" * 50)
    first, second = orders.view(number).rows.rows
    assert (first.ready, second.ready) == (False, False)
    mended = perform(
        draft_mending.mend_row, orders.orderer, item_id=UUID(second.item_id), values={"name": "Gun Gäst"}
    )
    assert mended.ready
    rest = perform(draft_mending.leave_out_bad_rows, orders.orderer, number=number)
    assert [name for name, *_ in lines(orders, rest)] == [orders.layout.name]
    ordered = perform(ordering.submit, orders.orderer, number=number, key="k")
    assert (ordered.cards, ordered.fulfilment) == (1, Fulfilment.SUBMITTED)
    details = perform(order_details.details, orders.orderer, number=number)
    assert [line.quantity for line in details.lines] == [1], "the line whose cards were left out is gone"


def test_a_line_of_cards_goes_with_its_persons_and_the_others_stay(orders: Desk) -> None:
    number = orders.draft(staff(2))
    visitors = orders.world.layout(orders.account, fields=NAME_ONLY)
    add_card(orders, number, visitors)
    line = next(line for line in orders.view(number).lines if line.layout == visitors.name)
    perform(cart.remove_line, orders.orderer, number=number, line_id=UUID(line.id))
    assert (orders.view(number).total, orders.count(HolderRecord), orders.count(OrderLine)) == (2, 2, 1)
    [left] = orders.view(number).lines
    with pytest.raises(Invalid, match="only cards"):
        perform(cart.remove_line, orders.orderer, number=number, line_id=UUID(left.id))


def test_the_number_of_pieces_is_set_and_has_bounds(orders: Desk) -> None:
    number, lanyard = orders.draft(staff(1)), article(orders.world)
    add(orders, number, lanyard)
    cards, line = orders.view(number).lines
    change = {"number": number, "line_id": UUID(line.id)}
    perform(cart.set_quantity, orders.orderer, **change, quantity=cart.MOST)
    for wrong in (0, -1, cart.MOST + 1):
        with pytest.raises(Invalid):
            perform(cart.set_quantity, orders.orderer, **change, quantity=wrong)
        with pytest.raises(Invalid):
            add(orders, number, lanyard, wrong)
    with pytest.raises(Invalid):
        add(orders, number, lanyard)
    with pytest.raises(Invalid, match="per person"):
        perform(cart.set_quantity, orders.orderer, number=number, line_id=UUID(cards.id), quantity=2)
    assert orders.view(number).lines[1].quantity == cart.MOST
    perform(cart.remove_line, orders.orderer, **change)
    assert len(orders.view(number).lines) == 1


def test_a_draft_with_nothing_in_it_is_not_ordered(orders: Desk) -> None:
    number = orders.draft(staff(1))
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    with pytest.raises(NotYet) as refusal:
        perform(ordering.submit, orders.orderer, number=number, key="k")
    assert [str(reason) for reason in refusal.value.reasons] == ["There is nothing in it yet."]


def begin(orders: Desk, article_id: UUID, quantity: int = 5, key: str = "") -> str:
    return perform(
        cart.begin_with, orders.orderer, article_id=article_id, quantity=quantity, key=key or orders.key()
    )


def test_accessories_are_ordered_alone(orders: Desk) -> None:
    lanyard = article(orders.world)
    number = begin(orders, lanyard, 5, "once")
    assert begin(orders, lanyard, 5, "once") == number, "pressing twice begins one draft"
    view = orders.view(number)
    assert (view.total, view.pieces, view.price, view.layouts) == (0, 5, 14500, ())
    ordered = perform(ordering.submit, orders.orderer, number=number, key="k")
    assert (ordered.cards, ordered.fulfilment) == (0, Fulfilment.SUBMITTED)
    order = orders.order(number)
    assert (order.pieces, order.personal_data, order.erase_on) == (5, "none", None)


def test_the_last_cards_may_go_while_accessories_stay(orders: Desk) -> None:
    number = orders.draft(staff(2))
    add(orders, number, article(orders.world), 3)
    [cards, _] = orders.view(number).lines
    perform(cart.remove_line, orders.orderer, number=number, line_id=UUID(cards.id))
    assert (lines(orders, number), orders.count(HolderRecord)) == ([("Lanyard", 3, 8700)], 0)
    assert perform(ordering.submit, orders.orderer, number=number, key="k").fulfilment == "submitted"


def test_a_card_makes_a_draft_of_accessories_one_that_holds_somebody(orders: Desk) -> None:
    number = begin(orders, article(orders.world))
    assert orders.order(number).personal_data == "none"
    add_card(orders, number, orders.world.layout(orders.account, fields=NAME_ONLY))
    assert orders.order(number).personal_data == "full"
    perform(draft_mending.remove_row, orders.orderer, item_id=orders.item(number))
    assert orders.order(number).personal_data == "none"


def test_what_is_not_offered_begins_no_draft(orders: Desk) -> None:
    gone = article(orders.world, "Reel", active=False)
    with pytest.raises(NotFound):
        begin(orders, gone)
    with pytest.raises(Invalid):
        begin(orders, article(orders.world), 0)
    assert orders.count(OrderLine) == 0
    auditor = orders.world.person(Role.AUDITOR, orders.account)
    with pytest.raises(NotAllowed):
        perform(cart.begin_with, auditor, article_id=gone, quantity=1, key="k")


def test_only_accessories_on_offer_are_added(orders: Desk) -> None:
    number = orders.draft(staff(1))
    gone = article(orders.world, "Reel", active=False)
    for other in (gone, orders.layout.article_id, UUID(int=1)):
        with pytest.raises(NotFound):
            add(orders, number, other)
    offered = article(orders.world, "Card holder", price=1500)
    assert [(row.id, row.price) for row in perform(cart.accessories, orders.orderer)] == [
        (str(offered), 1500)
    ]


def test_colleagues_help_with_accessories_and_strangers_find_nothing(orders: Desk) -> None:
    number, lanyard = orders.draft(staff(1)), article(orders.world)
    add_card(orders, number, orders.world.layout(orders.account, fields=NAME_ONLY))
    perform(cart.add_accessory, orders.colleague, number=number, article_id=lanyard, quantity=1)
    cards, _, pieces = orders.view(number).lines
    line, stranger = UUID(pieces.id), desk(orders.world).orderer
    perform(cart.set_quantity, orders.colleague, number=number, line_id=line, quantity=4)
    assert orders.view(number).lines[2].quantity == 4
    with pytest.raises(NotFound):
        perform(cart.add_accessory, stranger, number=number, article_id=lanyard, quantity=1)
    with pytest.raises(NotFound):
        perform(cart.set_quantity, stranger, number=number, line_id=line, quantity=5)
    with pytest.raises(NotFound):
        perform(cart.remove_line, stranger, number=number, line_id=line)
    with pytest.raises(NotAllowed, match="colleague"):
        perform(cart.remove_line, orders.colleague, number=number, line_id=UUID(cards.id))
    other = orders.draft(staff(3)[2:])
    with pytest.raises(NotFound):
        perform(cart.remove_line, orders.orderer, number=other, line_id=line)
    perform(ordering.submit, orders.orderer, number=number, key="k")
    with pytest.raises(Conflict):
        add(orders, number, lanyard)


def test_a_card_joins_only_a_draft_of_ones_own(orders: Desk) -> None:
    number = orders.draft(staff(1))
    form = CardForm(values=values_of(staff(2)[1]), photo=PHOTO)
    with pytest.raises(NotAllowed):
        perform(
            draft_single.keep_form,
            orders.colleague,
            form=form,
            layout_id=orders.layout.id,
            into=number,
            key="k",
        )
    assert {item.stage for item in orders.items(number)} == {Stage.READY}


def test_somebody_twice_is_seen_however_their_card_comes_in(orders: Desk) -> None:
    number = orders.draft(staff(1))
    form = CardForm(values=values_of(staff(1)[0]), photo=PHOTO)
    perform(
        draft_single.keep_form,
        orders.orderer,
        form=form,
        layout_id=orders.layout.id,
        into=number,
        key=orders.key(),
    )
    row = orders.view(number).rows.rows[1]
    assert [str(problem.message) for problem in row.problems] == ["The same person is in row 2 already."]
    mended = perform(
        draft_mending.mend_row, orders.orderer, item_id=UUID(row.item_id), values={}, second_card=True
    )
    assert mended.ready
