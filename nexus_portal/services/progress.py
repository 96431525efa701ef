"""The only writer of stages, of an order's three axes and of its counts.

Every move is a compare-and-set: who moves from a state that is no longer there gets a Conflict and changes
nothing. Rows are taken in the order batch, orders, card items, so that two people who work on the same orders
never wait for each other in a circle.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.billing import BILLING_MOVES
from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.lifecycles import (
    EDITABLE,
    FAILABLE,
    FULFILMENT_MOVES,
    NO_PIECES,
    STAGE_MOVES,
    Billing,
    Fulfilment,
    PersonalData,
    Stage,
    check_move,
    derive_fulfilment,
    is_over,
)
from nexus_portal.domain.numbers import order_number
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.production import Batch
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import agreements, order_counts, order_words, retention_rules, tenancy, transitions
from nexus_portal.services import pieces as accessories
from nexus_portal.services.transitions import Cause

Value = TypeVar("Value")
Values = dict[str, Any]

CHUNK = 500
NOTHING_NEW: Mapping[UUID, int] = MappingProxyType({})
LONGEST_REASON = 400
DERIVED = frozenset(
    {
        Fulfilment.ACCEPTED,
        Fulfilment.IN_PRODUCTION,
        Fulfilment.PRODUCED,
        Fulfilment.PART_SHIPPED,
        Fulfilment.SHIPPED,
        Fulfilment.DELIVERED,
    }
)
"""Fulfilments that follow from card items and accessories and are never set by hand."""
_CUSTOMERS_OWN = EDITABLE | {Fulfilment.AWAITING_APPROVAL}
_ORDERED = frozenset({Fulfilment.AWAITING_APPROVAL, Fulfilment.SUBMITTED, Fulfilment.APPROVED})

_EXPLAINED = frozenset({Fulfilment.REJECTED, Fulfilment.ON_HOLD, Fulfilment.CANCELLED})
_LESS = (PersonalData.FULL, PersonalData.MINIMISED, PersonalData.ERASED)


def move_items(
    session: Session,
    actor: Actor,
    items: Sequence[CardItem],
    to: Stage,
    *,
    reason: str = "",
    batch: Batch | None = None,
    shipment: Shipment | None = None,
) -> None:
    """Move card items, of one or more orders, one stage on; their orders follow.

    `batch` and `shipment` are what they join with this move.

    Raises:
        Conflict: an item does not lead to `to`, or somebody else moved one first.
    """
    for item in items:
        check_move(STAGE_MOVES, Stage(item.stage), to)
    joined = {"batch_id": batch and batch.id, "shipment_id": shipment and shipment.id}
    links = {name: row_id for name, row_id in joined.items() if row_id}
    _move(session, Cause(actor, clock.now(), reason), items, to, **links)
    for item in items:
        _show(item, links)


def fail_items(session: Session, actor: Actor, items: Sequence[CardItem], *, reason: str) -> None:
    """Return card items in the making to the queue: one attempt more, one blank of their batch consumed.

    Raises:
        Conflict: an item is not in the making, or somebody else moved one first.
    """
    cause = Cause(actor, clock.now(), reason)
    for item in items:
        if item.stage not in FAILABLE:
            raise Conflict
    for batch_id, count in sorted(Counter(i.batch_id for i in items if i.batch_id).items()):
        consumed = {"rejected": col(Batch.rejected) + count, "changed_at": cause.at}
        session.exec(
            update(Batch).where(col(Batch.id) == batch_id).values(**consumed),
            execution_options={"synchronize_session": "fetch"},
        )
    _move(session, cause, items, Stage.QUEUED, attempt=col(CardItem.attempt) + 1, batch_id=None)
    for item in items:
        _show(item, {"attempt": item.attempt + 1, "batch_id": None})


def move_order(session: Session, actor: Actor, order: Order, to: Fulfilment, *, reason: str = "") -> None:
    """Move an order where a person decides: before the bureau has accepted it, and to close it.

    Raises:
        Conflict: the lifecycle does not know the move, or somebody else changed the order first.
        NotYet: the customer would order without the agreement that is required.
    """
    start = Fulfilment(order.fulfilment)
    check_move(FULFILMENT_MOVES, start, to)
    if start in _CUSTOMERS_OWN and to in _ORDERED:
        # Whichever way an order is sent, it comes through here.
        agreements.refuse_unaccepted(session, actor, order.account_id)
    if start in DERIVED and to is not Fulfilment.CLOSED:
        raise Conflict
    cause = Cause(actor, clock.now(), reason)
    values: Values = {"fulfilment": to, "reason": reason if to in _EXPLAINED else ""}
    if start in EDITABLE and to is not Fulfilment.CANCELLED:
        values["submitted_at"] = cause.at
    _write_order(session, cause, order, values)
    transitions.record(session, [transitions.of_order(cause, order, "fulfilment", start, to)])


def bill_order(session: Session, actor: Actor, order: Order, to: Billing) -> None:
    """Move the billing of an order.

    Raises:
        Conflict: the lifecycle does not know the move, or somebody else changed the order first.
    """
    start = Billing(order.billing)
    check_move(BILLING_MOVES, start, to)
    cause = Cause(actor, clock.now())
    _write_order(session, cause, order, {"billing": to})
    transitions.record(session, [transitions.of_order(cause, order, "billing", start, to)])


def reduce_personal_data(session: Session, actor: Actor, order: Order, to: PersonalData) -> None:
    """Write down that an order holds less of its persons than before; it never holds more again.

    Raises:
        Conflict: it holds no more than that already, or somebody else changed the order first.
    """
    start = PersonalData(order.personal_data)
    if not is_less(to, start):
        raise Conflict
    cause = Cause(actor, clock.now())
    _write_order(session, cause, order, {"personal_data": to})
    transitions.record(session, [transitions.of_order(cause, order, "personal_data", start, to)])


def reduce_many(session: Session, reduced: Sequence[tuple[Actor, Order, PersonalData]]) -> None:
    """The same for many orders in few statements; the caller holds the orders until the commit."""
    rows: list[transitions.Row] = []
    by_end: defaultdict[PersonalData, list[Order]] = defaultdict(list)
    now = clock.now()
    for actor, order, to in reduced:
        start = PersonalData(order.personal_data)
        if is_less(to, start):
            rows.append(transitions.of_order(Cause(actor, now), order, "personal_data", start, to))
            by_end[to].append(order)
    for to, orders in by_end.items():
        for chunk in chunks(orders):
            _write_orders(session, chunk, {"personal_data": to, "changed_at": now})
    transitions.record(session, rows)


def is_less(to: PersonalData, start: PersonalData) -> bool:
    """Whether an order that holds `to` holds less of its persons than one that holds `start`."""
    known = to in _LESS and start in _LESS
    return known and _LESS.index(to) > _LESS.index(start)


def describe(session: Session, actor: Actor, order: Order, texts: Mapping[str, str]) -> None:
    """Write down what an order is for; its state stays.

    Raises:
        Conflict: somebody else changed the order first.
    """
    _write_order(session, Cause(actor, clock.now()), order, dict(texts))
    order_words.renew(session, order)


def mark_held(session: Session, actor: Actor, order: Order, *, held: bool) -> None:
    """Write down whether a hold is open on an order or on one of its persons.

    Raises:
        Conflict: somebody else changed the order first.
    """
    _write_order(session, Cause(actor, clock.now()), order, {"held": held})


def recount(session: Session, actor: Actor, order: Order, *, pieces: int | None = None) -> None:
    """Count what an order holds anew, after cards were added or taken away, or accessories moved on.

    `pieces` is how many accessories its lines come to, for who has changed them.
    """
    ordered = {} if pieces is None else {order.id: pieces}
    _settle(session, Cause(actor, clock.now()), _locked(session, actor, {order.id}), ordered)


def _move(session: Session, cause: Cause, items: Sequence[CardItem], to: Stage, **values: Any) -> None:
    if not items:
        return
    orders = _locked(session, cause.actor, {item.order_id for item in items})
    by_stage: defaultdict[str, list[CardItem]] = defaultdict(list)
    for item in items:
        by_stage[item.stage].append(item)
    transitions.record(session, [transitions.of_item(cause, item, to) for item in items])
    moved = {"stage": to, "stage_at": cause.at}
    for start, group in by_stage.items():
        for chunk in chunks(group):
            _write_stage(session, chunk, start, moved | values)
    for item in items:
        _show(item, moved)
    if is_over(to):
        retention_rules.count_from(session, [item.id for item in items], cause.at)
    _settle(session, cause, orders)


def _write_stage(session: Session, items: Sequence[CardItem], start: str, values: Values) -> None:
    still_there = update(CardItem).where(
        col(CardItem.id).in_([item.id for item in items]), col(CardItem.stage) == start
    )
    if _changed(session, still_there.values(**values)) != len(items):
        raise Conflict


def _settle(
    session: Session, cause: Cause, orders: Sequence[Order], ordered: Mapping[UUID, int] = NOTHING_NEW
) -> None:
    """Bring counts, and of accepted orders the fulfilment, in line with card items and parcels.

    `ordered` is how many accessories are in orders whose lines were changed.
    """
    stages = order_counts.stages_of(session, cause.actor, [order.id for order in orders])
    taken = accessories.counted(session, cause.actor, [order for order in orders if order.pieces])
    rows: list[transitions.Row] = []
    for order in orders:
        cards, beside = stages[order.id], taken.get(order.id, NO_PIECES)
        if order.id in ordered:
            beside = replace(beside, ordered=ordered[order.id])
        start = Fulfilment(order.fulfilment)
        end = derive_fulfilment(cards, beside) if start in DERIVED else start
        values = order_counts.counts(cards, beside) | order_counts.holding(order, cards)
        values |= _days(session, cause, order, cards, end)
        if end is not start:
            check_move(FULFILMENT_MOVES, start, end)
            values["fulfilment"] = end
            rows.append(transitions.of_order(Cause(cause.actor, cause.at), order, "fulfilment", start, end))
        _write_order(session, cause, order, values)
    transitions.record(session, rows)


def _days(session: Session, cause: Cause, order: Order, cards: Counter[Stage], end: Fulfilment) -> Values:
    """When an order arrived, and when its persons go: they do not stay for a lanyard that is late."""
    values: Values = {}
    if end is Fulfilment.DELIVERED and order.fulfilment != end:
        values["delivered_at"] = cause.at
    if order.fulfilment in DERIVED and order.erase_on is None and order_counts.all_over(cards):
        values["erase_on"] = retention_rules.last_days(session, cause.actor, [order], cause.at)[order.id]
    return values


def _locked(session: Session, actor: Actor, order_ids: Iterable[UUID]) -> list[Order]:
    wanted = sorted(order_ids)
    orders: list[Order] = []
    for chunk in chunks(wanted):
        query = tenancy.rows_of(actor, Order).where(col(Order.id).in_(chunk)).order_by(col(Order.id))
        orders += session.exec(query.with_for_update().execution_options(populate_existing=True))
    if len(orders) != len(wanted):
        raise NotFound
    return orders


def _write_order(session: Session, cause: Cause, order: Order, values: Values) -> None:
    values = values | {"version": order.version + 1, "changed_at": cause.at}
    unchanged = update(Order).where(col(Order.id) == order.id, col(Order.version) == order.version)
    if _changed(session, unchanged.values(**values)) != 1:
        raise Conflict
    _show(order, values)
    db.announce(session, News(order.account_id, "orders", order_number(order.serial)))


def _write_orders(session: Session, orders: Sequence[Order], values: Values) -> None:
    held = update(Order).where(col(Order.id).in_([order.id for order in orders]))
    if _changed(session, held.values(**values, version=col(Order.version) + 1)) != len(orders):
        raise Conflict
    for order in orders:
        _show(order, values | {"version": order.version + 1})
        db.announce(session, News(order.account_id, "orders", order_number(order.serial)))


def _show(row: Order | CardItem, values: Values) -> None:
    """Make a loaded object say what was written past it."""
    for name, value in values.items():
        set_committed_value(row, name, value)


def _changed(session: Session, statement: Update) -> int:
    return session.exec(statement, execution_options={"synchronize_session": False}).rowcount


def chunks(rows: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Pieces small enough to be named one by one in a statement."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
