"""A customer's side of an order, driven at random: drafts, approval, cancelling, correcting, against a model.

What the model forbids is refused and changes nothing, not even the order's version; what it allows happens,
and counts and price always agree with what was put in.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.permissions import Role
from nexus_portal.models.layouts import Article, ArticleKind
from nexus_portal.models.orders import OrderLine
from nexus_portal.services import (
    approval,
    approval_rules,
    cart,
    corrections,
    draft_mending,
    drafts,
    order_details,
    ordering,
)
from nexus_portal.services import desk as order_desk
from nexus_portal.services.use_case import perform
from tests import ordering_helpers
from tests.ordering_helpers import staff
from tests.world import World

EDITABLE = {"draft", "rejected"}
PEOPLE = staff(60)


class OrderingMachine(RuleBasedStateMachine):
    """Every rule may be tried at every time; the model says beforehand whether it succeeds."""

    world: World

    @initialize(limit=st.sampled_from([None, 0, 2]))
    def begin(self, limit: int | None) -> None:
        self.desk = ordering_helpers.desk(self.world)
        account = self.desk.account
        self.approver = self.world.person(Role.APPROVER, account)
        self.clerk = self.world.person(Role.ORDER_DESK, self.world.bureau())
        admin = self.world.person(Role.ACCOUNT_ADMIN, account)
        when = "never" if limit is None else "above"
        perform(approval_rules.set_approval, admin, when=when, above_cards=limit, above_price=None)
        with self.world.database.transaction(SYSTEM) as session:
            article = Article(
                number=f"B-{account.number}", name="Lanyard", price=2900, kind=ArticleKind.ACCESSORY
            )
            session.add(article)
        self.article, self.limit = article.id, limit
        self.number = self.desk.draft(PEOPLE[:1])
        self.people = 1
        self.state, self.cards, self.pieces = "draft", 1, 0

    def attempt(self, allowed: bool, act: Callable[..., Any], actor: Any, **words: Any) -> None:  # noqa: FBT001 - what the model allows, beside every act
        before = self.desk.order(self.number).version
        try:
            perform(act, actor, **words)
            done = True
        except PortalError:
            done = False
        assert done == allowed, act.__name__
        if not done:
            assert self.desk.order(self.number).version == before, "a refusal changes nothing"

    @property
    def editable(self) -> bool:
        return self.state in EDITABLE

    @rule()
    def submit(self) -> None:
        allowed = self.editable and self.cards > 0
        self.attempt(allowed, ordering.submit, self.desk.orderer, number=self.number, key=self.desk.key())
        if allowed:
            waits = self.limit is not None and self.cards > self.limit
            self.state = "awaiting_approval" if waits else "submitted"

    @rule()
    def approve(self) -> None:
        allowed = self.state == "awaiting_approval"
        self.attempt(allowed, approval.approve, self.approver, number=self.number)
        self.state = "approved" if allowed else self.state

    @rule()
    def give_back(self) -> None:
        allowed = self.state == "awaiting_approval"
        self.attempt(allowed, approval.give_back, self.approver, number=self.number, reason="Why?")
        self.state = "rejected" if allowed else self.state

    @rule()
    def accept(self) -> None:
        allowed = self.state in {"submitted", "approved"}
        self.attempt(allowed, order_desk.accept, self.clerk, number=self.number)
        self.state = "accepted" if allowed else self.state

    @rule()
    def reject(self) -> None:
        allowed = self.state in {"submitted", "approved"}
        self.attempt(allowed, order_desk.reject, self.clerk, number=self.number, reason="Dark photo")
        self.state = "rejected" if allowed else self.state

    @rule()
    def cancel(self) -> None:
        allowed = self.state not in {"accepted", "cancelled"}
        self.attempt(allowed, order_details.cancel, self.desk.orderer, number=self.number)
        self.state = "cancelled" if allowed else self.state

    @rule(pieces=st.integers(1, 3))
    def add_accessory(self, pieces: int) -> None:
        words = {"number": self.number, "article_id": self.article, "quantity": pieces}
        self.attempt(self.editable, cart.add_accessory, self.desk.colleague, **words)
        self.pieces += pieces if self.editable else 0

    @rule(text=st.sampled_from(["Autumn", "Spring"]))
    def describe(self, text: str) -> None:
        words = {"number": self.number, "reference": text}
        self.attempt(self.editable, drafts.describe, self.desk.colleague, **words)

    @rule()
    def add_card(self) -> None:
        if self.editable and self.people < len(PEOPLE):
            self.desk.add(self.number, [PEOPLE[self.people]], first_row=self.people + 2)
            self.people, self.cards = self.people + 1, self.cards + 1

    @rule()
    def remove_card(self) -> None:
        items = self.desk.items(self.number)
        if items:
            self.attempt(self.editable, draft_mending.remove_row, self.desk.orderer, item_id=items[0].id)
            self.cards -= self.editable

    @rule(name=st.sampled_from(["Åsa Ny", "Örjan Ny"]))
    def correct(self, name: str) -> None:
        items = self.desk.items(self.number)
        if items:
            allowed = self.state in {"submitted", "awaiting_approval", "approved", "accepted"}
            words = {"item_id": items[0].id, "values": {"name": name}}
            self.attempt(allowed, corrections.correct_holder, self.desk.orderer, **words)

    @invariant()
    def the_order_is_that_of_the_model(self) -> None:
        order = self.desk.order(self.number)
        assert (order.fulfilment, order.cards) == (self.state, self.cards)
        with self.world.database.transaction(SYSTEM, writes=False) as session:
            lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        assert sum(line.quantity for line in lines if line.layout_id) == self.cards
        total = sum(line.quantity * line.unit_price for line in lines)
        assert total == self.cards * 4900 + self.pieces * 2900
        assert len(self.desk.persons(self.number)) == self.cards, "one person per card, all in the vault"


def test_no_interleaving_breaks_ordering(world: World) -> None:
    class Machine(OrderingMachine):
        pass

    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
