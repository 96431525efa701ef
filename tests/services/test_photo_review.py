"""What the desk is told of the photos that it reviews, before it opens any."""

from dataclasses import replace
from uuid import UUID

import pytest

from nexus_portal.domain.errors import NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.photo_findings import ADVICE, Finding
from nexus_portal.services import desk as order_desk
from nexus_portal.services import ordering, photo_review
from nexus_portal.services.photo_review import Photos
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import PHOTO, Desk, desk, staff
from tests.world import World

GOOD = replace(PHOTO, findings=())
BLURRED = replace(PHOTO, findings=(Finding.BLURRED, Finding.NO_FACE))


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def reviewer(world: World):
    return world.person(Role.ORDER_DESK, world.bureau())


def sent(orders: Desk) -> str:
    """An order of three cards; something is wanting in the photo of the second."""
    first, second, third = staff(3)
    number = orders.draft([first], photo=GOOD)
    orders.add(number, [second], photo=BLURRED)
    orders.add(number, [third], photo=GOOD)
    perform(ordering.submit, orders.orderer, number=number, key="once")
    return number


def test_the_desk_sees_what_was_found_wanting_beside_each_photo(orders: Desk, reviewer) -> None:
    number = sent(orders)
    found = perform(photo_review.photos, reviewer, number=number)
    assert (found.total, found.wanting) == (3, 1)
    said = [(row.code, row.advice) for row in found.rows.rows]
    assert said == [
        (f"{number}-1", ()),
        (f"{number}-2", (ADVICE[Finding.BLURRED], ADVICE[Finding.NO_FACE])),
        (f"{number}-3", ()),
    ]
    [only] = perform(photo_review.photos, reviewer, number=number, wanting=True).rows.rows
    assert UUID(only.item_id) == orders.items(number)[1].id


def test_there_is_nothing_to_review_once_the_order_is_decided(orders: Desk, reviewer) -> None:
    number = sent(orders)
    perform(order_desk.hold, reviewer, number=number, reason="One photo is of a dog.")
    assert perform(photo_review.photos, reviewer, number=number).total == 3
    perform(order_desk.release, reviewer, number=number)
    perform(order_desk.accept, reviewer, number=number)
    assert perform(photo_review.photos, reviewer, number=number) == Photos()


def test_nobody_else_is_told(orders: Desk, reviewer) -> None:
    draft = orders.draft(staff(1), photo=BLURRED)
    with pytest.raises(NotFound):
        perform(photo_review.photos, reviewer, number=draft)
    with pytest.raises(NotAllowed):
        perform(photo_review.photos, orders.orderer, number=draft)
