"""The rules of retention that hold for an account, and the days that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.retention import RetentionPolicy, Rule, Rules
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import RetentionRule
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import tenancy

CHUNK = 500
ORDERS: Any = Order.__dict__["__table__"]
Held = Sequence[tuple[int, datetime]]
"""Kinds and the time of delivery of the records of one order."""


def rules_of(session: Session, account: Account) -> Rules:
    """What holds for an account."""
    return rules_of_all(session, [account])[account.id]


def rules_of_all(session: Session, accounts: Sequence[Account]) -> dict[UUID, Rules]:
    """What holds for accounts, in one statement."""
    own: defaultdict[UUID, dict[RetentionClass, Rule]] = defaultdict(dict)
    query = select(RetentionRule)
    if len(accounts) == 1:
        query = query.where(RetentionRule.account_id == accounts[0].id)
    for row in session.exec(query):
        own[row.account_id][RetentionClass(row.kind)] = Rule(RetentionPolicy(row.policy), row.days)
    return {account.id: _rules(account, own[account.id]) for account in accounts}


def count_from(session: Session, item_ids: Sequence[UUID], at: datetime) -> None:
    """Let retention count for these card items: they were delivered, or destroyed."""
    for start in range(0, len(item_ids), CHUNK):
        chunk = item_ids[start : start + CHUNK]
        session.exec(
            update(HolderRecord).where(col(HolderRecord.item_id).in_(chunk)).values(delivered_at=at),
            execution_options={"synchronize_session": False},
        )


def last_days(
    session: Session, actor: Actor, orders: Iterable[Order], delivered: datetime
) -> dict[UUID, date]:
    """The day on which the last of each order's persons goes, when it is delivered at this time."""
    chosen = list(orders)
    accounts = session.exec(
        tenancy.rows_of(actor, Account).where(col(Account.id).in_({order.account_id for order in chosen}))
    ).all()
    rules = rules_of_all(session, accounts)
    held = _held(session, [order.id for order in chosen])
    return {
        order.id: last_day(rules[order.account_id], held.get(order.id, ()), delivered) for order in chosen
    }


def last_day(rules: Rules, held: Held, delivered: datetime) -> date:
    """The day on which the last of what is held goes; of an order without persons, what its day would be."""
    return max((rules.last(kinds, at) for kinds, at in held), default=rules.last(0, delivered)).date()


def redate(session: Session, account: Account) -> int:
    """Bring the days on which orders lose their persons in line with changed rules; gives how many."""
    rules = rules_of(session, account)
    # An order whose cards have all arrived has its day, though an accessory may still be to come.
    query = select(Order.id, Order.delivered_at, Order.changed_at).where(
        Order.account_id == account.id,
        col(Order.delivered_at).is_not(None) | col(Order.erase_on).is_not(None),
        col(Order.personal_data).not_in((PersonalData.ERASED, PersonalData.NONE)),
    )
    delivered = {order_id: at or changed for order_id, at, changed in session.exec(query)}
    held = _held_of_account(session, account.id)
    days = [
        {"order": order_id, "day": last_day(rules, held.get(order_id, ()), at)}
        for order_id, at in delivered.items()
    ]
    if days:
        change = update(ORDERS).where(ORDERS.c.id == bindparam("order"))
        session.connection().execute(change.values(erase_on=bindparam("day")), days)
    return len(days)


def _rules(account: Account, own: Mapping[RetentionClass, Rule]) -> Rules:
    policy = RetentionPolicy(account.retention_policy)
    return Rules(Rule(policy, account.retention_days), own, account.warranty_days)


def _held(session: Session, order_ids: Sequence[UUID]) -> dict[UUID, Held]:
    found: dict[UUID, Held] = {}
    for start in range(0, len(order_ids), CHUNK):
        chunk = order_ids[start : start + CHUNK]
        found |= _grouped(session, col(HolderRecord.order_id).in_(chunk))
    return found


def _held_of_account(session: Session, account_id: UUID) -> dict[UUID, Held]:
    return _grouped(session, col(HolderRecord.account_id) == account_id)


def _grouped(session: Session, condition: Any) -> dict[UUID, Held]:
    last = func.max(col(HolderRecord.delivered_at))
    query = (
        select(HolderRecord.order_id, HolderRecord.kinds, last)
        .where(condition, col(HolderRecord.delivered_at).is_not(None))
        .group_by(col(HolderRecord.order_id), col(HolderRecord.kinds))
    )
    found: defaultdict[UUID, list[tuple[int, datetime]]] = defaultdict(list)
    for order_id, kinds, at in session.exec(query):
        found[order_id].append((kinds, cast("datetime", at)))
    return dict(found)
