"""What production looks at: the queue by layout, the batches, and one batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import BatchState, Stage
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.production import Batch
from nexus_portal.services import related, tenancy
from nexus_portal.services.keyset import PAGE, Keyset, Page, moment
from nexus_portal.services.order_sheet import StageCount, in_order
from nexus_portal.services.production import STEPS
from nexus_portal.services.use_case import use_case

B = BatchState
FILTERS: Mapping[str, tuple[BatchState, ...]] = MappingProxyType(
    {
        "under_way": (B.OPEN, B.CLOSED, B.SENT, B.ACKNOWLEDGED, B.RUNNING, B.REFUSED),
        "reconciled": (B.RECONCILED,),
    }
)
_Group = tuple[UUID, int, datetime]
NEWEST_FIRST = Keyset[Batch]((col(Batch.id),), lambda batch: (batch.id,), (UUID,), descending=True)
LONGEST_WAITING = Keyset[_Group](
    (func.min(col(CardItem.stage_at)), col(CardItem.layout_id)),
    lambda group: (group[2], group[0]),
    (moment, UUID),
)
BY_PLACE = Keyset[CardItem]((col(CardItem.id),), lambda item: (item.id,), (UUID,))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """Queued cards of one account's layout. `oldest_at` is ISO; `days` how long the oldest has waited."""

    layout_id: str
    account: str
    layout: str
    article: str
    technology: str
    cards: int
    oldest_at: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One batch in a list. `left` is how many of its cards are still in the making."""

    number: str
    account: str
    layout: str
    article: str
    state: str
    cards: int
    good: int
    rejected: int
    left: int
    made_at: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One card item: where it is, and since when (ISO)."""

    code: str
    order_number: str
    stage: str
    stage_at: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSheet:
    """One batch. `next_stage` is where its hindmost cards go next, empty when none is left in the making."""

    batch: BatchRow
    issued: int
    samples: int
    returned: int
    stages: tuple[StageCount, ...]
    next_stage: str
    next_count: int
    items: Page[ItemRow]


@use_case(Permission.PRODUCTION_READ, reads=True)
def queue(session: Session, actor: Actor, *, cursor: str = "") -> Page[QueueRow]:
    """Queued cards by layout, the longest waiting first, 50 layouts a page."""
    forward, start = LONGEST_WAITING.parse(cursor)
    oldest, layout = LONGEST_WAITING.columns
    query = (
        select(CardItem.layout_id, func.count(), oldest)
        .where(tenancy.within(actor, CardItem.account_id), CardItem.stage == Stage.QUEUED)
        .group_by(layout)
        .order_by(*(each.asc() if forward else each.desc() for each in (oldest, layout)))
        .limit(PAGE + 1)
    )
    if start:
        # All groups are formed whatever the page: the key is there so that none is passed over or shown
        # twice while layouts leave the queue.
        query = query.having(LONGEST_WAITING.beyond(start, falling=not forward))
    page = LONGEST_WAITING.cut(session.exec(query).all(), forward=forward, started=bool(start))
    return page.of(_queue_rows(session, actor, page.rows))


@use_case(Permission.PRODUCTION_READ, reads=True)
def batches(session: Session, actor: Actor, *, show: str = "under_way", cursor: str = "") -> Page[BatchRow]:
    """Batches, the newest first, 50 a page; `show` is a key of `FILTERS`.

    Raises:
        Invalid: there is no such filter.
    """
    if show not in FILTERS:
        raise Invalid(Message("There is no such filter."))
    branches = [tenancy.rows_of(actor, Batch).where(Batch.state == state) for state in FILTERS[show]]
    page = NEWEST_FIRST.page(session, branches, cursor)
    return page.of(_batch_rows(session, actor, page.rows))


@use_case(Permission.PRODUCTION_READ, reads=True)
def batch(session: Session, actor: Actor, *, number: str, cursor: str = "") -> BatchSheet:
    """One batch with its card items, 50 a page, in the order in which they were ordered.

    Raises:
        NotFound: no such batch.
    """
    found = tenancy.one(session, tenancy.rows_of(actor, Batch).where(Batch.number == number))
    of_batch = tenancy.rows_of(actor, CardItem).where(CardItem.batch_id == found.id)
    page = BY_PLACE.page(session, [of_batch], cursor)
    counts = _stages(session, actor, found.id)
    hindmost = next((count for count in counts if count.stage in STEPS), None)
    return BatchSheet(
        batch=_batch_rows(session, actor, [found])[0],
        issued=found.issued,
        samples=found.samples,
        returned=found.returned,
        stages=counts,
        next_stage=STEPS[Stage(hindmost.stage)] if hindmost else "",
        next_count=hindmost.count if hindmost else 0,
        items=page.of(item_rows(session, actor, page.rows)),
    )


def item_rows(session: Session, actor: Actor, items: Sequence[CardItem]) -> list[ItemRow]:
    """Card items as they are shown, with the number of the order each belongs to."""
    orders = related.by_id(session, actor, Order, (item.order_id for item in items))
    return [
        ItemRow(
            item_code(orders[item.order_id].serial, item.position),
            order_number(orders[item.order_id].serial),
            item.stage,
            item.stage_at.isoformat(),
            item.attempt,
        )
        for item in items
    ]


def _stages(session: Session, actor: Actor, batch_id: UUID) -> tuple[StageCount, ...]:
    query = (
        select(CardItem.stage, func.count())
        .where(tenancy.within(actor, CardItem.account_id), CardItem.batch_id == batch_id)
        .group_by(col(CardItem.stage))
    )
    return in_order(session.exec(query).all())


def _queue_rows(
    session: Session, actor: Actor, found: Sequence[tuple[UUID, int, datetime]]
) -> list[QueueRow]:
    shown = _Designs(session, actor, (layout_id for layout_id, _, _ in found))
    now = clock.now()
    return [
        QueueRow(
            layout_id=str(layout_id),
            cards=count,
            oldest_at=oldest.isoformat(),
            days=(now - oldest).days,
            technology=shown.technology(layout_id),
            **shown.names(layout_id),
        )
        for layout_id, count, oldest in found
    ]


def _batch_rows(session: Session, actor: Actor, rows: Sequence[Batch]) -> list[BatchRow]:
    shown = _Designs(session, actor, (row.layout_id for row in rows))
    return [
        BatchRow(
            number=row.number,
            state=row.state,
            cards=row.cards,
            good=row.good,
            rejected=row.rejected,
            left=row.cards - row.good - row.rejected,
            made_at=row.created_at.isoformat(),
            **shown.names(row.layout_id),
        )
        for row in rows
    ]


class _Designs:
    """Layouts of a page with their account and article."""

    def __init__(self, session: Session, actor: Actor, layout_ids: Iterable[UUID]) -> None:
        self.layouts = related.by_id(session, actor, Layout, layout_ids)
        self.accounts = related.account_names(
            session, actor, (layout.account_id for layout in self.layouts.values())
        )
        self.articles = related.articles(session, (layout.article_id for layout in self.layouts.values()))

    def names(self, layout_id: UUID) -> dict[str, Any]:
        """Account, layout and article by name."""
        layout = self.layouts[layout_id]
        return {
            "account": self.accounts[layout.account_id],
            "layout": layout.name,
            "article": self.articles[layout.article_id].name,
        }

    def technology(self, layout_id: UUID) -> str:
        """The chip of the article."""
        return self.articles[self.layouts[layout_id].article_id].technology
