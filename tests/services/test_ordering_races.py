"""Two people on one order at the same moment: one of them is told, and nothing is half done."""

from functools import partial
from typing import Any

import pytest

from nexus_portal.domain.errors import Changed, Conflict, PortalError
from nexus_portal.domain.permissions import Role
from nexus_portal.services import approval, cart, draft_mending, drafts, order_details, ordering
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.bureau_helpers import both_at_once
from tests.ordering_helpers import Desk, staff
from tests.services.test_cart import article
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return ordering_helpers.desk(world, approval="always")


def refused(results: list[Any]) -> int:
    return sum(isinstance(result, PortalError) for result in results)


def submitting(orders: Desk, number: str) -> Any:
    return partial(perform, ordering.submit, orders.orderer, number=number, key=orders.key())


def test_two_tabs_that_order_one_draft_order_it_once(orders: Desk) -> None:
    number = orders.draft(staff(2))
    results = both_at_once(submitting(orders, number), submitting(orders, number))
    assert refused(results) == 1
    assert orders.order(number).fulfilment == "awaiting_approval"


def test_of_two_tabs_that_mend_one_row_the_later_is_told_what_stands_there(orders: Desk) -> None:
    number = orders.draft(staff(1))
    item = orders.item(number)
    saw = perform(drafts.draft_row, orders.orderer, item_id=item).version

    def mending(name: str) -> Any:
        given: dict[str, Any] = {"item_id": item, "values": {"name": name}, "saw": saw}
        return partial(perform, draft_mending.mend_row, orders.orderer, **given)

    results = both_at_once(mending("Åsa Ett"), mending("Bo Två"), mending("Åsa Ett"))
    kept = orders.persons(number)[0]["name"]
    told = [isinstance(result, Changed) for result in results]
    assert told == [kept != "Åsa Ett", kept != "Bo Två", kept != "Åsa Ett"], "who typed the same is at peace"
    row = perform(drafts.draft_row, orders.orderer, item_id=item)
    assert (row.values["name"], row.version == saw) == (kept, False)
    again = {"values": {"name": "Bo Två"}, "saw": row.version}
    assert perform(draft_mending.mend_row, orders.orderer, item_id=item, **again).values["name"] == "Bo Två"


def test_a_draft_that_is_ordered_while_it_is_changed_is_whole(orders: Desk) -> None:
    number, lanyard = orders.draft(staff(2)), article(orders.world)
    change = {"number": number, "article_id": lanyard, "quantity": 2}
    results = both_at_once(
        submitting(orders, number),
        partial(perform, cart.add_accessory, orders.colleague, **change),
        partial(perform, drafts.describe, orders.colleague, number=number, reference="Autumn"),
        partial(perform, draft_mending.remove_row, orders.orderer, item_id=orders.item(number)),
    )
    order = orders.order(number)
    details = perform(order_details.details, orders.orderer, number=number)
    assert not isinstance(results[0], Conflict)
    pieces = 0 if isinstance(results[1], Conflict) else 2
    cards = 2 if isinstance(results[3], Conflict) else 1
    assert order.reference == ("" if isinstance(results[2], Conflict) else "Autumn")
    assert (order.fulfilment, order.cards, details.total) == (
        "awaiting_approval",
        cards,
        cards * 4900 + pieces * 2900,
    )


def test_of_approving_and_cancelling_at_once_one_order_comes_out(orders: Desk) -> None:
    number = orders.draft(staff(1))
    submitting(orders, number)()
    approver = orders.world.person(Role.APPROVER, orders.account)
    results = both_at_once(
        partial(perform, approval.approve, approver, number=number),
        partial(perform, order_details.cancel, orders.orderer, number=number),
        partial(perform, approval.give_back, approver, number=number, reason="Wrong cost centre"),
    )
    approved, cancelled, given_back = (not isinstance(result, Conflict) for result in results)
    end = orders.order(number).fulfilment
    # What was approved or given back may be cancelled afterwards; what was cancelled is neither.
    assert not (approved and given_back)
    assert end == ("cancelled" if cancelled else "approved" if approved else "rejected")
