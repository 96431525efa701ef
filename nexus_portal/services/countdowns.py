"""When the data of the persons on card items goes, and by which rule: one statement for a page of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, String, Uuid, cast, null, union_all
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import countdown
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.countdown import Part
from nexus_portal.domain.field_definitions import RetentionClass, all_from_json
from nexus_portal.domain.retention import RetentionPolicy, Rule, Rules, mask_of
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import JSON, UtcDateTime
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem
from nexus_portal.models.privacy import Hold, RetentionRule
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import tenancy

select_columns: Any = sa_select
"""Columns of several tables are more than its types follow."""


@dataclass(frozen=True, slots=True)
class PartRow:
    """Kinds of data that go together. `day` is ISO, empty before delivery, from which `days` count."""

    kinds: tuple[str, ...]
    gone: bool
    day: str
    policy: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """What is still held of one person and when it goes; `held` while a hold keeps it.

    `days_left` counts down from `days_kept` to the last of it and is -1 while nothing is delivered.
    """

    held: bool
    minimised: bool
    """Something of it is gone already."""
    days_left: int
    days_kept: int
    parts: tuple[PartRow, ...]


NOTHING = Countdown(held=False, minimised=False, days_left=-1, days_kept=0, parts=())
"""Of a card item of whose person nothing is held."""


def of_items(session: Session, actor: Actor, item_ids: Iterable[UUID]) -> dict[UUID, Countdown]:
    """The countdown of each card item of whose person something is held."""
    wanted = list(item_ids)
    if not wanted:
        return {}
    found: Sequence[Any] = session.connection().execute(_statement(actor, wanted)).all()
    own: dict[UUID, dict[RetentionClass, Rule]] = {}
    for row in found:
        if row.kind is not None:
            rule = Rule(RetentionPolicy(row.policy), row.days)
            own.setdefault(row.account_id, {})[RetentionClass(row.kind)] = rule
    return {
        row.item_id: _countdown(row, own.get(row.account_id, {})) for row in found if row.item_id is not None
    }


def _statement(actor: Actor, item_ids: Sequence[UUID]) -> Any:
    """Records with what decides over them, and below them the rules of single kinds of the account."""
    stopped = select(Hold.id).where(
        col(Hold.lifted_at).is_(None),
        (col(Hold.item_id) == col(HolderRecord.item_id))
        | ((col(Hold.order_id) == col(HolderRecord.order_id)) & col(Hold.item_id).is_(None)),
    )
    records = (
        select_columns(
            col(HolderRecord.account_id),
            col(HolderRecord.item_id).label("item_id"),
            col(HolderRecord.kinds),
            col(HolderRecord.delivered_at),
            (col(Account.held) | stopped.exists()).label("held"),
            col(Account.retention_policy).label("policy"),
            col(Account.retention_days).label("days"),
            col(Account.warranty_days),
            col(Layout.fields),
            cast(null(), String).label("kind"),
        )
        .join(Account, col(Account.id) == col(HolderRecord.account_id))
        .join(CardItem, col(CardItem.id) == col(HolderRecord.item_id))
        .join(Layout, col(Layout.id) == col(CardItem.layout_id))
        .where(tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.item_id).in_(item_ids))
    )
    rules = select_columns(
        col(RetentionRule.account_id),
        cast(null(), Uuid),
        cast(null(), Integer),
        cast(null(), UtcDateTime),
        cast(null(), Boolean),
        col(RetentionRule.policy),
        col(RetentionRule.days),
        cast(null(), Integer),
        cast(null(), JSON),
        col(RetentionRule.kind),
    ).where(tenancy.within(actor, RetentionRule.account_id))
    return union_all(records, rules)


def _countdown(row: Any, own: Mapping[RetentionClass, Rule]) -> Countdown:
    rules = Rules(Rule(RetentionPolicy(row.policy), row.days), own, row.warranty_days)
    required = mask_of(each.retention for each in all_from_json(row.fields) if each.required)
    found = countdown.parts(
        rules, held=row.kinds, required=required, delivered_at=row.delivered_at, now=clock.now()
    )
    return Countdown(
        held=row.held,
        minimised=any(part.gone for part in found),
        days_kept=found[-1].days,
        days_left=countdown.days_until(found, clock.today()),
        parts=tuple(map(_row, found)),
    )


def _row(part: Part) -> PartRow:
    return PartRow(
        tuple(kind.value for kind in part.kinds),
        part.gone,
        part.day.isoformat() if part.day else "",
        part.policy.value,
        part.days,
    )
