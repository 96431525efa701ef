"""Whose persons lay open to somebody, whether they looked or not: the outer bound of a breach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Membership
from nexus_portal.services import grants, sessions
from nexus_portal.services.breach_question import Question

EVERYTHING = (Permission.PERSONS_SEARCH, Permission.PERSONS_EXPORT)


@dataclass(slots=True)
class _Reach:
    """What lay open: all of every customer, all of some, or of some only what the person ordered."""

    everywhere: bool = False
    accounts: set[UUID] = field(default_factory=set[UUID])
    orderers: set[UUID] = field(default_factory=set[UUID])


def open_to(session: Session, question: Question) -> dict[UUID, tuple[int, int]]:
    """By account: how many orders with persons lay open in the period, and how many cards these have.

    Where it is not known who it was, or a role changed since, everything counts: nobody is left out because
    something is not known.
    """
    reach = _reach(question)
    query = (
        select(Order.account_id, func.count(), func.coalesce(func.sum(Order.cards), 0))
        .where(col(Order.account_id).in_(question.account_ids), col(Order.created_at) <= question.until)
        .where(col(Order.cards) > 0)
        .group_by(col(Order.account_id))
    )
    if question.since is not None:
        query = query.where(col(Order.erased_at).is_(None) | (col(Order.erased_at) >= question.since))
    if not reach.everywhere:
        query = query.where(
            or_(
                col(Order.account_id).in_(reach.accounts),
                col(Order.orderer_id).in_(reach.orderers),
            )
        )
    return {account_id: (orders, cards) for account_id, orders, cards in session.exec(query)}


def _reach(question: Question) -> _Reach:
    # An empty set of people is a session of which nothing is known any more: it may have been anybody's.
    if not question.people:
        return _Reach(everywhere=True)
    with sessions.system(writes=False) as session:
        query = (
            select(Membership, Account)
            .join(Account, col(Account.id) == col(Membership.account_id))
            .where(col(Membership.user_id).in_(question.people))
        )
        return _joined(session, session.exec(query).all(), question)


def _joined(session: Session, found: Sequence[tuple[Membership, Account]], question: Question) -> _Reach:
    reach = _Reach(everywhere=not found)
    for member, account in found:
        may = grants.held(session, member).permissions
        changed = question.since is None or member.changed_at > question.since
        sees = changed or _any(may, (*EVERYTHING, Permission.PERSONS_READ))
        if account.kind == AccountKind.BUREAU:
            reach.everywhere |= sees
        elif changed or _any(may, EVERYTHING):
            reach.accounts.add(account.id)
        elif sees:
            reach.orderers.add(member.user_id)
    return reach


def _any(held: Iterable[Permission], wanted: Iterable[Permission]) -> bool:
    return bool(set(held) & set(wanted))
