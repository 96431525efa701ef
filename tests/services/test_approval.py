"""An account that wants approval: its approver releases or gives back, and nobody else can."""

import pytest

from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.services import approval, desk, ordering
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import Desk, staff
from tests.world import World


@pytest.fixture
def ours(world: World) -> Desk:
    """An account that wants approval."""
    return ordering_helpers.desk(world, approval="always")


def waiting(ours: Desk) -> str:
    """An order that waits for approval."""
    number = ours.draft(staff(1))
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    assert ours.order(number).fulfilment == "awaiting_approval"
    return number


def test_an_approved_order_reaches_the_bureau(ours: Desk) -> None:
    number = waiting(ours)
    clerk = ours.world.person(Role.ORDER_DESK, ours.world.bureau())
    with pytest.raises(Conflict):
        perform(desk.accept, clerk, number=number)
    perform(approval.approve, ours.world.person(Role.APPROVER, ours.account), number=number)
    perform(desk.accept, clerk, number=number)
    assert ours.order(number).fulfilment == "accepted"


def test_an_order_that_was_given_back_is_corrected_and_sent_again(ours: Desk) -> None:
    number = waiting(ours)
    approver = ours.world.person(Role.APPROVER, ours.account)
    with pytest.raises(Invalid):
        perform(approval.give_back, approver, number=number, reason=" ")
    perform(approval.give_back, approver, number=number, reason="Wrong cost centre")
    assert (ours.order(number).fulfilment, ours.order(number).reason) == ("rejected", "Wrong cost centre")
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    assert ours.order(number).fulfilment == "awaiting_approval"


def test_only_what_waits_can_be_decided_and_only_in_ones_own_account(ours: Desk) -> None:
    number = waiting(ours)
    approver = ours.world.person(Role.APPROVER, ours.account)
    stranger = ours.world.person(Role.APPROVER, ours.world.account("Nordhamn Energi"))
    with pytest.raises(NotAllowed):
        perform(approval.approve, ours.orderer, number=number)
    with pytest.raises(NotFound):
        perform(approval.approve, stranger, number=number)
    perform(approval.approve, approver, number=number)
    for act in (
        lambda: perform(approval.approve, approver, number=number),
        lambda: _give_back(approver, number),
    ):
        with pytest.raises(Conflict):
            act()


def _give_back(approver: object, number: str) -> None:
    perform(approval.give_back, approver, number=number, reason="Too late")
