"""When each kind of data of an order's persons goes, of how many it went already, and by which rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.countdown import ORDER
from nexus_portal.domain.field_definitions import RetentionClass, all_from_json
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.retention import Rules, counted_mask, kinds_of, mask_of
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import related, retention_rules, tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One kind of data of an order: of how many persons it is held, and of how many retention took it.

    `first` and `last` are the ISO days on which it goes, empty before delivery, from which `days` count.
    """

    kind: str
    held: int
    gone: int
    first: str
    last: str
    policy: str
    days: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Records alike: what they hold, what their layout demands, how many, delivered from when to when."""

    kinds: int
    required: int
    count: int
    first: datetime | None
    last: datetime | None


@use_case(Permission.ORDERS_READ, reads=True)
def by_kind(session: Session, actor: Actor, *, order_id: UUID) -> tuple[KindRow, ...]:
    """The kinds of data of one order that are held or were taken by retention.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = tenancy.get(session, actor, Order, order_id)
    return by_kind_of(session, actor, order, tenancy.get(session, actor, Account, order.account_id), {})


def by_kind_of(
    session: Session, actor: Actor, order: Order, account: Account, read: Mapping[UUID, Layout]
) -> tuple[KindRow, ...]:
    """The same of an order and its account that the actor was found to see; `read` as for `related.by_id`."""
    rules = retention_rules.rules_of(session, account)
    groups = _groups(session, actor, order, read)
    rows = [_row(kind, rules, groups) for kind in ORDER]
    return tuple(row for row in rows if row.held or row.gone)


def _groups(session: Session, actor: Actor, order: Order, read: Mapping[UUID, Layout]) -> list[_Group]:
    delivered = col(HolderRecord.delivered_at)
    query = (
        select_columns(
            col(HolderRecord.kinds),
            col(CardItem.layout_id),
            func.count(),
            func.min(delivered),
            func.max(delivered),
        )
        .join(CardItem, col(CardItem.id) == col(HolderRecord.item_id))
        .where(tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.order_id) == order.id)
        .group_by(col(HolderRecord.kinds), col(CardItem.layout_id), delivered.is_(None))
    )
    found: Sequence[Any] = session.connection().execute(query).all()
    layouts = related.by_id(session, actor, Layout, {row[1] for row in found}, read=read)
    required = {
        layout.id: mask_of(each.retention for each in all_from_json(layout.fields) if each.required)
        for layout in layouts.values()
    }
    return [
        _Group(counted_mask(kinds), required[layout], count, first, last)
        for kinds, layout, count, first, last in found
    ]


def _row(kind: RetentionClass, rules: Rules, groups: Sequence[_Group]) -> KindRow:
    held = [group for group in groups if kind in kinds_of(group.kinds)]
    days = [_day(rules, kind, at) for group in held for at in (group.first, group.last) if at is not None]
    return KindRow(
        kind=kind.value,
        held=sum(group.count for group in held),
        gone=sum(group.count for group in groups if _taken(kind, rules, group)),
        first=min(days).isoformat() if days else "",
        last=max(days).isoformat() if days else "",
        policy=rules.of(kind).policy.value,
        days=rules.lasts(kind),
    )


def _day(rules: Rules, kind: RetentionClass, delivered_at: datetime) -> date:
    return (delivered_at + timedelta(days=rules.lasts(kind))).date()


def _taken(kind: RetentionClass, rules: Rules, group: _Group) -> bool:
    """What was demanded, is not held, and had its time: what was never entered does not count."""
    demanded = kind in kinds_of(group.required) and kind not in kinds_of(group.kinds)
    return (
        demanded
        and group.last is not None
        and kind in kinds_of(rules.due(group.required, group.last, clock.now()))
    )
