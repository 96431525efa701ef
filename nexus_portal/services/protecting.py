"""Putting the protection of an identity in force, and taking it back: for one person, on all their cards.

It asks for no permission: its callers are use cases. Nothing is opened for it: the tokens come to stand under
kinds of their own, under which nobody looks who may not.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from nexus_portal.adapters import db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.protection import Protection
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import audit, tenancy, vault
from nexus_portal.services.vault_tokens import NUMBER, PROTECTED

_NUMBERS = (NUMBER, PROTECTED[NUMBER])


def order_sent(session: Session, actor: Actor, order: Order) -> None:
    """Let the protection of an order's persons begin: of those marked, and of who is protected already.

    Until an order is sent whoever enters a person sees them, marked or not: the form tells nobody who in the
    account is protected.
    """
    # Whoever marks somebody meanwhile waits, or is waited for: of the two the second sees the first.
    _lock(session, order.account_id, read=True)
    query = tenancy.rows_of(actor, HolderRecord).where(HolderRecord.order_id == order.id)
    marked = query.where(HolderRecord.protection == Protection.ASKED)
    items = {record.item_id for record in session.exec(marked)}
    own, known = aliased(SearchToken), aliased(SearchToken)
    already = (
        select(HolderRecord.item_id)
        .join(own, col(own.record_id) == col(HolderRecord.id))
        .join(known, (col(known.account_id) == col(own.account_id)) & (col(known.token) == col(own.token)))
        .where(HolderRecord.order_id == order.id, own.kind == NUMBER, known.kind == PROTECTED[NUMBER])
    )
    items |= set(session.exec(already))
    if items:
        put(session, actor, order.account_id, items)


def put(session: Session, actor: Actor, account_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Protect the persons on these card items, on every card of theirs that is sent; gives those changed."""
    return _change(session, actor, account_id, item_ids, Protection.IN_FORCE)


def lift(session: Session, actor: Actor, account_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Take the protection back on the same cards; gives those changed."""
    return _change(session, actor, account_id, item_ids, Protection.NONE)


def _change(
    session: Session, actor: Actor, account_id: UUID, item_ids: Collection[UUID], to: Protection
) -> set[UUID]:
    items = {*item_ids, *_same_number(session, account_id, item_ids)}
    # The orders first, then the account, as erasing does; what was sent in between is among them after that.
    _hold(session, items)
    _lock(session, account_id, read=False)
    sent = _same_number(session, account_id, item_ids) - items
    _hold(session, sent)
    items |= sent
    query = select(HolderRecord.item_id, HolderRecord.id).where(
        HolderRecord.account_id == account_id,
        col(HolderRecord.item_id).in_(items),
        HolderRecord.protection != to,
    )
    changed = dict(session.exec(query).all())
    for chunk in vault.chunks(list(changed.values())):
        session.exec(
            update(HolderRecord).where(col(HolderRecord.id).in_(chunk)).values(protection=int(to)),
            execution_options={"synchronize_session": "fetch"},
        )
        for usual, protected in PROTECTED.items():
            start, end = (usual, protected) if to is Protection.IN_FORCE else (protected, usual)
            session.exec(
                update(SearchToken)
                .where(col(SearchToken.record_id).in_(chunk), col(SearchToken.kind) == start)
                .values(kind=end),
                execution_options={"synchronize_session": False},
            )
    action = "person:protected" if to is Protection.IN_FORCE else "person:unprotected"
    _note(session, actor, account_id, set(changed), action)
    return set(changed)


def _same_number(session: Session, account_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Card items with a number that is on one of these too, in orders that are sent."""
    own, other = aliased(SearchToken), aliased(SearchToken)
    others = aliased(HolderRecord)
    query = (
        select(others.item_id)
        .join(other, col(other.record_id) == col(others.id))
        .join(own, (col(own.account_id) == col(other.account_id)) & (col(own.token) == col(other.token)))
        .join(HolderRecord, col(HolderRecord.id) == col(own.record_id))
        .join(Order, col(Order.id) == col(others.order_id))
        .where(
            own.account_id == account_id,
            col(HolderRecord.item_id).in_(item_ids),
            col(own.kind).in_(_NUMBERS),
            col(other.kind).in_(_NUMBERS),
            col(Order.fulfilment).not_in(EDITABLE),
        )
    )
    return set(session.exec(query))


def _lock(session: Session, account_id: UUID, *, read: bool) -> None:
    query = select(Account.id).where(Account.id == account_id)
    # Not for update: whoever writes rows of the account need not wait.
    session.exec(query.with_for_update(read=True) if read else query.with_for_update(key_share=True)).one()


def _hold(session: Session, item_ids: Collection[UUID]) -> None:
    # Who corrects a person or lets a part of them go makes another record, and holds the order meanwhile.
    whose = select(CardItem.order_id).where(col(CardItem.id).in_(item_ids))
    orders = select(Order.id).where(col(Order.id).in_(whose)).order_by(col(Order.id))
    session.exec(orders.with_for_update()).all()


def _note(session: Session, actor: Actor, account_id: UUID, item_ids: Collection[UUID], action: str) -> None:
    """One entry per card item, by its code: who may see persons is told by code and alias."""
    query = (
        select(CardItem.position, Order.serial)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(col(CardItem.id).in_(item_ids))
        .order_by(col(Order.serial), col(CardItem.position))
    )
    for position, serial in session.exec(query):
        code = item_code(serial, position)
        audit.record(session, actor, action, subject=code, account_id=account_id)
        db.announce(session, News(account_id, "orders", order_number(serial)))
    if item_ids:
        db.announce(session, News(account_id, "protection"))
