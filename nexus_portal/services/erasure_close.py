"""The end of erasures whose bytes are deleted: the order's third axis, certificate, ledger, audit entry."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.permissions import Role
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import audit, certificates, ledger, progress, tenancy

_ORDERS: Any = Order.__dict__["__table__"]
_ERASED = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("order"))
    .values(erased_at=bindparam("at"), erasure_id=bindparam("erasure"))
)
APPLICATION = "application"
"""Policy of the erasure of what an applicant wrote: no order has to do with it."""
CLOSING = "closing"
"""Policy of the erasures by which an account ends; one without an order stands for all of it."""
_APART = {APPLICATION: "application:erased", CLOSING: "account:closed"}
SUPERSEDED = "superseded"
"""Policy of an erasure that removes what a correction has replaced: the order keeps its persons."""


def close(session: Session, erasure_ids: Sequence[UUID]) -> None:
    """Close those of these erasures that wait for nothing else, and hold their orders until the commit."""
    orders = _held(session, erasure_ids)
    now = clock.now()
    waiting = session.exec(
        tenancy.rows_of(SYSTEM, Erasure)
        .where(col(Erasure.id).in_(erasure_ids), Erasure.state == ErasureState.BYTES_DELETED)
        .order_by(col(Erasure.id))
    ).all()
    if not waiting:
        return
    left = _left(session, list(orders))
    certificates.issue_many(session, waiting, now)
    reduced: list[tuple[Actor, Order, PersonalData]] = []
    for erasure in waiting:
        order = orders[erasure.order_id] if erasure.order_id else None
        end = _end(erasure, left[order.id]) if order else None
        decider = _decider(erasure)
        if order and end and progress.is_less(end, PersonalData(order.personal_data)):
            reduced.append((decider, order, end))
        _note(session, decider, erasure, end)
    _finish(session, waiting, now)
    _reduce(session, reduced, waiting, now)
    ledger.note_done([(each, orders[each.order_id] if each.order_id else None) for each in waiting])


def _reduce(
    session: Session,
    reduced: Sequence[tuple[Actor, Order, PersonalData]],
    erasures: Sequence[Erasure],
    now: datetime,
) -> None:
    by_order = {erasure.order_id: erasure.id for erasure in erasures}
    progress.reduce_many(session, reduced)
    erased = [order for _, order, end in reduced if end is PersonalData.ERASED]
    for order in erased:
        set_committed_value(order, "erased_at", now)
        set_committed_value(order, "erasure_id", order.erasure_id or by_order[order.id])
    if erased:
        rows = [{"order": order.id, "at": now, "erasure": order.erasure_id} for order in erased]
        session.connection().execute(_ERASED, rows)


def _held(session: Session, erasure_ids: Sequence[UUID]) -> dict[UUID, Order]:
    of_these = select(Erasure.order_id).where(col(Erasure.id).in_(erasure_ids))
    query = tenancy.rows_of(SYSTEM, Order).where(col(Order.id).in_(of_these)).order_by(col(Order.id))
    found = session.exec(query.with_for_update().execution_options(populate_existing=True))
    return {order.id: order for order in found}


def _left(session: Session, order_ids: Sequence[UUID]) -> Counter[UUID]:
    """How many persons the orders still hold."""
    query = select(HolderRecord.order_id, func.count()).group_by(col(HolderRecord.order_id))
    return Counter(dict(session.exec(query.where(col(HolderRecord.order_id).in_(order_ids))).all()))


def _end(erasure: Erasure, left: int) -> PersonalData | None:
    if erasure.policy == SUPERSEDED:
        return None
    return PersonalData.MINIMISED if left else PersonalData.ERASED


def _finish(session: Session, erasures: Sequence[Erasure], now: datetime) -> None:
    done = update(Erasure).where(col(Erasure.id).in_([erasure.id for erasure in erasures]))
    session.connection().execute(done.values(state=ErasureState.DONE, done_at=now))
    for erasure in erasures:
        set_committed_value(erasure, "state", ErasureState.DONE)
        set_committed_value(erasure, "done_at", now)


def _note(session: Session, decider: Actor, erasure: Erasure, end: PersonalData | None) -> None:
    facts: dict[str, list[str]] = {} if erasure.kinds is None else {"kinds": erasure.kinds}
    audit.record(
        session,
        decider,
        _action(erasure, end),
        subject=erasure.order_number,
        account_id=erasure.account_id,
        persons=erasure.persons,
        photos=erasure.photos,
        search_tokens=erasure.tokens,
        policy=erasure.policy,
        **({"files": erasure.files} if erasure.files else {}),
        certificate=certificates.number_of(erasure.certificate or {}),
        **facts,
    )


def _action(erasure: Erasure, end: PersonalData | None) -> str:
    if erasure.order_id is None and erasure.policy in _APART:
        return _APART[erasure.policy]
    if end is None:
        return "file:erased" if erasure.files else "person:superseded"
    return "order:erased" if end is PersonalData.ERASED else "order:minimised"


def _decider(erasure: Erasure) -> Actor:
    """The person or rule behind the erasure, with the portal's own reach."""
    if erasure.decided_by is None and not erasure.decided_role:
        return SYSTEM
    role = None
    with suppress(ValueError):
        role = Role(erasure.decided_role)
    return replace(SYSTEM, user_id=erasure.decided_by, role=role)
