"""Copies of persons that left the portal, which it cannot erase: kept per order, for its certificates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import case, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.certificate import Left, LeftCopy
from nexus_portal.domain.numbers import file_code, order_number
from nexus_portal.models.base import new_id
from nexus_portal.models.files import FileDrop
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import Access, AccessAct, CopyKind, DataCopy
from nexus_portal.services import order_files

FILE = "file"
"""Kind of a dropped file that is still there, for it holds persons of other orders too."""
PART = 500
"""Orders that are asked about in one statement."""


def record(
    session: Session, actor: Actor, kind: CopyKind, *, account_id: UUID, persons: Mapping[UUID, int]
) -> None:
    """Write down that persons of one account’s orders are taken away; `persons` is order → how many."""
    now, role = clock.now(), actor.role or ""
    rows = [
        {
            "id": new_id(),
            "account_id": account_id,
            "order_id": order_id,
            "kind": kind.value,
            "at": now,
            "actor_role": role,
            "persons": count,
        }
        for order_id, count in persons.items()
        if count
    ]
    if rows:
        session.connection().execute(insert(DataCopy), rows)


def of_orders(session: Session, order_ids: Iterable[UUID]) -> Mapping[UUID, Left]:
    """What had left of each order, and how often its persons were looked at."""
    wanted = list(set(order_ids))
    copies: dict[UUID, list[LeftCopy]] = defaultdict(list)
    looks: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for start in range(0, len(wanted), PART):
        part = wanted[start : start + PART]
        for row in session.exec(_copies(part)):
            copies[row.order_id].append(
                LeftCopy(kind=row.kind, at=row.at, role=row.actor_role, persons=row.persons)
            )
        for order_id, drops in order_files.left_of(session, part).items():
            copies[order_id] += [_file(drop) for drop in drops]
        for order_id, act, times in [*_looks_at_items(session, part), *_looks_at_orders(session, part)]:
            looks[order_id][act] += times
    return {
        each: Left(copies=tuple(copies[each]), looks=dict(sorted(looks[each].items()))) for each in wanted
    }


def of_files(session: Session, account_id: UUID, file_ids: Sequence[UUID]) -> Left:
    """How often files of the file drop were taken before they went."""
    times = 0
    for start in range(0, len(file_ids), PART):
        subjects = [file_code(each) for each in file_ids[start : start + PART]]
        query = select(func.count()).select_from(Access)
        query = query.where(Access.account_id == account_id, col(Access.subject).in_(subjects))
        times += session.exec(query).one()
    return Left(looks={AccessAct.FILE.value: times} if times else {})


def _file(drop: FileDrop) -> LeftCopy:
    return LeftCopy(kind=FILE, at=drop.received_at or drop.created_at, role="", persons=drop.rows)


def _copies(order_ids: Sequence[UUID]) -> SelectOfScalar[DataCopy]:
    query = select(DataCopy).where(col(DataCopy.order_id).in_(order_ids))
    return query.order_by(col(DataCopy.at), col(DataCopy.id))


_TIMES = func.sum(case((col(Access.persons) > 0, col(Access.persons)), else_=1))


def _looks_at_items(session: Session, order_ids: Sequence[UUID]) -> list[tuple[UUID, str, int]]:
    query = (
        select_columns(col(CardItem.order_id), col(Access.act), _TIMES)
        # With the account, in whose index the accesses of an item are found.
        .join(
            Access,
            (col(Access.account_id) == col(CardItem.account_id)) & (col(Access.item_id) == col(CardItem.id)),
        )
        .where(col(CardItem.order_id).in_(order_ids))
        .group_by(col(CardItem.order_id), col(Access.act))
    )
    return [(order_id, act, int(times)) for order_id, act, times in session.connection().execute(query)]


def _looks_at_orders(session: Session, order_ids: Sequence[UUID]) -> list[tuple[UUID, str, int]]:
    """Acts on many persons of an order are one row with its number."""
    orders = session.connection().execute(
        select_columns(col(Order.id), col(Order.account_id), col(Order.serial)).where(
            col(Order.id).in_(order_ids)
        )
    )
    numbers = {(account_id, order_number(serial)): order_id for order_id, account_id, serial in orders}
    query = (
        select_columns(col(Access.account_id), col(Access.subject), col(Access.act), _TIMES)
        .where(
            col(Access.account_id).in_({account_id for account_id, _ in numbers}),
            col(Access.subject).in_({number for _, number in numbers}),
            col(Access.item_id).is_(None),
        )
        .group_by(col(Access.account_id), col(Access.subject), col(Access.act))
    )
    return [
        (numbers[account_id, subject], act, int(times))
        for account_id, subject, act, times in session.connection().execute(query)
        if (account_id, subject) in numbers
    ]
