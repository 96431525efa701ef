"""An account that wants approval: its approver releases or gives back, and nobody else can."""

from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Role, granted_by
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Membership, User
from nexus_portal.services import approval, approval_rules, desk, ordering
from nexus_portal.services.order_details import Returned
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


def test_the_draft_says_who_gave_the_order_back(ours: Desk) -> None:
    number = waiting(ours)
    approver = ours.world.person(Role.APPROVER, ours.account)
    perform(approval.give_back, approver, number=number, reason="Wrong cost centre")
    assert ours.view(number).returned == Returned(by_bureau=False, who=approver.name)
    with ours.world.database.transaction(SYSTEM) as session:
        session.exec(delete(Membership).where(col(Membership.user_id) == approver.user_id))
    assert ours.view(number).returned == Returned(by_bureau=False), "an approver, though nobody by name"
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    perform(approval.approve, ours.world.person(Role.APPROVER, ours.account), number=number)
    clerk = ours.world.person(Role.ORDER_DESK, ours.world.bureau())
    perform(desk.reject, clerk, number=number, reason="The logo is missing")
    assert ours.view(number).returned == Returned(by_bureau=True), "the bureau, and nobody of it"


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


def mails(ours: Desk) -> list[tuple[str, str]]:
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        found = session.exec(select(OutboxMail).order_by(col(OutboxMail.id)))
        return [(mail.recipient, mail.subject) for mail in found]


def address(ours: Desk, actor: Actor) -> str:
    with ours.world.database.transaction(SYSTEM, writes=False) as session:
        return session.get_one(User, actor.user_id).email


def test_nobody_approves_an_order_of_their_own(ours: Desk) -> None:
    both = replace(ours.orderer, permissions=ours.orderer.permissions | granted_by(Role.APPROVER))
    number = waiting(ours)
    with pytest.raises(NotAllowed, match="yourself"):
        perform(approval.approve, both, number=number)
    perform(approval.give_back, both, number=number, reason="I saw a mistake")
    assert mails(ours) == [], "nobody is told what they did themselves"


def test_approvers_and_the_orderer_are_told_by_mail(ours: Desk) -> None:
    approver = ours.world.person(Role.APPROVER, ours.account)
    ours.world.person(Role.AUDITOR, ours.account)
    number = waiting(ours)
    perform(approval.give_back, approver, number=number, reason="Wrong cost centre")
    perform(ordering.submit, ours.orderer, number=number, key=ours.key())
    perform(approval.approve, approver, number=number)
    to_approver, to_orderer = address(ours, approver), address(ours, ours.orderer)
    assert mails(ours) == [
        (to_approver, f"Order {number} waits for your approval"),
        (to_orderer, f"Order {number} came back to you"),
        (to_approver, f"Order {number} waits for your approval"),
        (to_orderer, f"Order {number} is approved"),
    ]


def test_the_rule_decides_which_orders_wait(world: World) -> None:
    ours = ordering_helpers.desk(world)
    admin = world.person(Role.ACCOUNT_ADMIN, ours.account)
    rule = {"when": "above", "above_cards": 2, "above_price": None}
    with pytest.raises(Invalid, match="Nobody here may approve"):
        perform(approval_rules.set_approval, admin, **rule)
    world.person(Role.APPROVER, ours.account)
    perform(approval_rules.set_approval, admin, **rule)
    small, large = ours.draft(staff(2)), ours.draft(staff(5)[2:])
    assert perform(ordering.submit, ours.orderer, number=small, key="a").fulfilment == "submitted"
    assert perform(ordering.submit, ours.orderer, number=large, key="b").fulfilment == "awaiting_approval"
    assert perform(approval_rules.approval_rule, admin).approvers == 1
    perform(approval_rules.set_approval, admin, when="never", above_cards=9, above_price=None)
    assert perform(approval_rules.approval_rule, admin).above_cards is None
    with world.database.transaction(SYSTEM, writes=False) as session:
        entries = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq)))
        said = [each.facts for each in entries if "approval_set" in each.action]
    assert said[0] == {"before": "never", "after": "above", "above_cards": 2}


@pytest.mark.parametrize(
    ("when", "cards", "price"),
    [("sometimes", 1, 1), ("above", None, None), ("above", -1, None), ("above", None, 10**10)],
)
def test_a_rule_that_says_nothing_is_refused(
    ours: Desk, when: str, cards: int | None, price: int | None
) -> None:
    admin = ours.world.person(Role.ACCOUNT_ADMIN, ours.account)
    ours.world.person(Role.APPROVER, ours.account)
    with pytest.raises(Invalid):
        perform(approval_rules.set_approval, admin, when=when, above_cards=cards, above_price=price)


def _give_back(approver: Actor, number: str) -> None:
    perform(approval.give_back, approver, number=number, reason="Too late")
