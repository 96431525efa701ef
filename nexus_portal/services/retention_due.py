"""What retention finds due: one question for the sweep, for its dry run and for a proposal's forecast."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select, tuple_

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.retention import BITS, Rules, counted_mask, kinds_of
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import erasures_open, holds

AT_ONCE = 600
"""Records that are looked at together."""
WITH_PHOTOS = 60
"""The same where photos stay, which are opened and sealed again in memory."""


R: Any = HolderRecord.__dict__["__table__"].c
_COLUMNS = (R.id, R.item_id, R.order_id, R.kinds, R.delivered_at)
Place = tuple[datetime, UUID]
"""Where a record lies among those of its kinds: when its card was delivered, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A record of which something goes: the kinds that it holds, and those whose time is over, as masks."""

    record_id: UUID
    item_id: UUID
    order_id: UUID
    kinds: int
    lost: int
    delivered_at: datetime

    @property
    def whole(self) -> bool:
        """True when nothing of it stays."""
        return self.lost == counted_mask(self.kinds)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many orders and cards lose something, how many cards lose everything, and how many of each kind."""

    orders: int = 0
    cards: int = 0
    whole: int = 0
    kinds: dict[str, int] = field(default_factory=dict[str, int])

    def plus(self, found: Sequence[Due], orders: int) -> "Forecast":
        """With what was found besides, in so many orders that were not counted yet."""
        kinds = Counter(self.kinds)
        for each in found:
            kinds.update(kind.value for kind in kinds_of(each.lost))
        return Forecast(
            self.orders + orders,
            self.cards + len(found),
            self.whole + sum(each.whole for each in found),
            dict(sorted(kinds.items())),
        )


def forecast(session: Session, account_id: UUID, rules: Rules, at: datetime) -> Forecast:
    """What a sweep at this time takes away of an account, by these rules. Nothing is changed."""
    said = Forecast()
    for page in pages_of_account(session, account_id, rules, at):
        found = due_of_orders(session, account_id, rules, at, page)
        said = said.plus(found, len({each.order_id for each in found}))
    return said


def pages_of_account(
    session: Session, account_id: UUID, rules: Rules, at: datetime
) -> Iterator[Sequence[UUID]]:
    """The orders of which something is due, some hundred at a time, each once."""
    seen: set[UUID] = set()
    for mask in masks(session, account_id):
        after = None
        while True:
            rows = page(session, account_id, mask, rules, at=at, after=after)
            if not rows:
                break
            after = (rows[-1][1], rows[-1][0])
            fresh = list(dict.fromkeys(order_id for _, _, order_id in rows if order_id not in seen))
            seen.update(fresh)
            if fresh:
                yield fresh


def masks(session: Session, account_id: UUID) -> list[int]:
    """The sets of kinds that an account's records hold: each is one step into the index."""
    found: list[int] = []
    query = select(HolderRecord.kinds).where(HolderRecord.account_id == account_id)
    while True:
        beyond = query.where(col(HolderRecord.kinds) > found[-1]) if found else query
        mask = session.exec(beyond.order_by(col(HolderRecord.kinds)).limit(1)).one_or_none()
        if mask is None:
            return found
        found.append(mask)


def page(
    session: Session, account_id: UUID, mask: int, rules: Rules, *, at: datetime, after: Place | None
) -> Sequence[tuple[UUID, datetime, UUID]]:
    """Records with this set of kinds of which something is due, the first delivered first; their orders."""
    place = tuple_(R.delivered_at, R.id)
    query = sa_select(R.id, R.delivered_at, R.order_id).where(
        R.account_id == account_id,
        R.kinds == mask,
        R.delivered_at <= at - timedelta(days=rules.shortest(mask)),
    )
    if after is not None:
        query = query.where(place > after)
    ordered = query.order_by(R.delivered_at, R.id).limit(_at_once(mask, rules))
    return [(record, delivered, order) for record, delivered, order in session.connection().execute(ordered)]


def due_of_orders(
    session: Session,
    account_id: UUID,
    rules: Rules,
    at: datetime,
    order_ids: Sequence[UUID],
    *,
    lock: bool = False,
) -> list[Due]:
    """What is due of these orders, without what a hold keeps or another decision takes already.

    With `lock` no hold can be placed on the account until the commit: for who takes it, not for who looks.
    """
    free = select(Order.id).where(
        col(Order.id).in_(order_ids),
        col(Order.erasure_id).is_(None),
        Order.personal_data != PersonalData.ERASED,
    )
    query = sa_select(*_COLUMNS).where(
        col(HolderRecord.order_id).in_(free), col(HolderRecord.delivered_at).is_not(None)
    )
    found = [
        Due(record_id=record, item_id=item, order_id=order, kinds=kinds, lost=lost, delivered_at=delivered)
        for record, item, order, kinds, delivered in session.connection().execute(query)
        if (lost := rules.due(kinds, delivered, at))
    ]
    if not found:
        return []
    taken = erasures_open.records_named(session, SYSTEM, order_ids)
    held = holds.held_items(session, account_id, [each.item_id for each in found], lock=lock)
    return [each for each in found if each.item_id not in held and each.record_id not in taken]


def _at_once(mask: int, rules: Rules) -> int:
    stays = rules.lasts(RetentionClass.PHOTO) > rules.shortest(mask)
    return WITH_PHOTOS if mask & BITS[RetentionClass.PHOTO] and stays else AT_ONCE
