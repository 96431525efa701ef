"""An account's rule for approving orders: who wants it set, and what it says of one order."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from nexus_portal.adapters import db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.approval import Approval, ApprovalRule, needs_approval
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Membership, User
from nexus_portal.services import audit, draft_orders, grants, tenancy
from nexus_portal.services.use_case import use_case

MOST_CARDS = 1_000_000
MOST_PRICE = 1_000_000_000
"""In öre: ten million kronor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """The rule as it stands. `above_price` in öre; None where that limit does not matter."""

    when: str
    above_cards: int | None
    above_price: int | None
    approvers: int
    """How many active people of the account may approve."""


@use_case(Permission.ORDERING_MANAGE, reads=True)
def approval_rule(session: Session, actor: Actor) -> RuleRow:
    """The rule of the actor's account, and how many people can release what waits."""
    account = tenancy.get(session, actor, Account, draft_orders.own_account(actor))
    return RuleRow(
        when=account.approval,
        above_cards=account.approval_above_cards,
        above_price=account.approval_above_price,
        approvers=len(approvers(session, actor, account)),
    )


@use_case(Permission.ORDERING_MANAGE)
def set_approval(
    session: Session, actor: Actor, *, when: str, above_cards: int | None, above_price: int | None
) -> None:
    """Say when orders wait for approval. It counts for orders that are sent from now on.

    Raises:
        Invalid: there is no such rule, a limit is missing or too large, or nobody could release what waits.
    """
    account = tenancy.get(session, actor, Account, draft_orders.own_account(actor), lock=True)
    if when not in set(Approval):
        raise Invalid(Message("Choose when orders wait for approval."))
    limits = (above_cards, above_price) if when == Approval.ABOVE else (None, None)
    _check(Approval(when), *limits)
    if when != Approval.NEVER and not approvers(session, actor, account):
        raise Invalid(
            Message("Nobody here may approve orders yet. Give somebody the role first, under Team.")
        )
    before = (account.approval, account.approval_above_cards, account.approval_above_price)
    if before == (when, *limits):
        return
    account.approval, (account.approval_above_cards, account.approval_above_price) = when, limits
    session.add(account)
    named = zip(("above_cards", "above_price"), limits, strict=True)
    facts: dict[str, Any] = {name: value for name, value in named if value is not None}
    facts |= {"before": before[0], "after": when}
    audit.record(session, actor, "ordering:approval_set", account_id=account.id, **facts)
    db.announce(session, News(account.id, "ordering"))


def waits(account: Account, order: Order, *, price: int) -> bool:
    """Whether an order at this price waits for approval, by the rule of its account on this day."""
    rule = ApprovalRule(
        Approval(account.approval), account.approval_above_cards, account.approval_above_price
    )
    return needs_approval(rule, cards=order.cards, price=price)


def approvers(session: Session, actor: Actor, account: Account) -> list[User]:
    """The active people of an account who may approve orders."""
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            tenancy.within(actor, Membership.account_id),
            Membership.account_id == account.id,
            col(Membership.active),
        )
        .order_by(col(User.id))
    )
    return [
        user
        for member, user in session.exec(query)
        if Permission.ORDERS_APPROVE in grants.held(session, member).permissions
    ]


def _check(when: Approval, cards: int | None, price: int | None) -> None:
    if when is Approval.ABOVE and cards is None and price is None:
        raise Invalid(Message("Write above how many cards, or above which price."))
    if cards is not None and not 0 <= cards <= MOST_CARDS:
        raise Invalid(Message("Write a number of cards between 0 and {most}.", most=MOST_CARDS))
    if price is not None and not 0 <= price <= MOST_PRICE:
        raise Invalid(Message("Write a price between 0 and {most} SEK.", most=MOST_PRICE // 100))
