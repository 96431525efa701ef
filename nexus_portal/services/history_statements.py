"""The statements of the order history: each is put together once for every form that a question can take."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.types import NullType

from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.models.accounts import Account
from nexus_portal.services.history_branches import (
    ACCOUNT,
    AXES,
    KEYS,
    ORDERS,
    Branch,
    Shape,
    branches,
    in_order,
)
from nexus_portal.services.keyset import PAGE

Statement = Any
"""A SELECT; its type would name each column."""
MOST_COUNTED = 1000
A: Any = Account.__dict__["__table__"].c
# Ids and times are shown as text: making objects of fifty rows' would take longer than reading the rows.
_AS_THEY_ARE = (ORDERS.orderer_id, ORDERS.erase_on, ORDERS.erased_at, ORDERS.created_at, ORDERS.changed_at)
SHOWN = (
    *(ORDERS.serial, ORDERS.reference, ORDERS.cost_centre, ORDERS.cards, ORDERS.produced, ORDERS.pieces),
    *(ORDERS.fulfilment, ORDERS.billing, ORDERS.personal_data, ORDERS.held),
    *(type_coerce(column, NullType()).label(column.name) for column in _AS_THEY_ARE),
)
_SPACE: Any = literal_column("' '", String)
_HELD: Any = case((A.held, literal_column("' held'", String)), else_=literal_column("''", String))
# In one column: each costs every row of the page a value more.
_TERMS = (
    select(
        A.retention_policy
        + _SPACE
        + cast(A.retention_days, String)
        + _SPACE
        + cast(A.warranty_days, String)
        + _HELD
    )
    .where(A.id == ACCOUNT)
    .scalar_subquery()
    .label("terms")
)


@lru_cache(maxsize=256)
def terms(text: str) -> tuple[int, bool]:
    """From a row's last column: for how many days the account keeps personal data, and whether it is held."""
    policy, days, warranty_days, *held = text.split(" ")
    return kept(policy, int(days), int(warranty_days)), bool(held)


def kept(policy: str, days: int, warranty_days: int) -> int:
    """For how many days after delivery an account keeps personal data; 0 is at once."""
    return Rule(RetentionPolicy(policy), days).lasts(warranty_days)


def in_any_order(shape: Shape) -> bool:
    """Whether the rows of a page come as they are found, and are to be put in order by their first column.

    They are already, where nobody plans it otherwise: saying so to SQLite would have it sort them once more.
    """
    return shape.driver == "axes" and shape.sort == "number" and not shape.gathered


@lru_cache(maxsize=1024)
def page(shape: Shape) -> Statement:
    """A page and one row more, with how long the account keeps personal data; see `in_any_order`."""
    parts = branches(shape)
    if in_any_order(shape):
        return _by_serials(parts, shape)
    found = [
        _each(part, in_order(part, part.query.add_columns(*SHOWN), shape).limit(PAGE + 1)) for part in parts
    ]
    if len(parts) == 1 and parts[0].each is None:
        return found[0].add_columns(_TERMS)
    merged = _merged(found, apart=not shape.searching)
    keys = [merged.c[column.name] for column in KEYS[shape.sort]]
    order = [key.desc() if shape.falling else key.asc() for key in keys]
    return select(merged, _TERMS).order_by(*order).limit(PAGE + 1)


def _by_serials(parts: Sequence[Branch], shape: Shape) -> Statement:
    """The page of several branches: their indexes are merged first, and only a page of orders is read."""
    found = [in_order(part, part.query.add_columns(ORDERS.serial), shape).limit(PAGE + 1) for part in parts]
    merged = _merged(found, apart=True)
    # An expression has the few that were found sorted once: of the column itself each branch would be, again.
    key = merged.c.serial + literal_column("0", Integer)
    order = key.desc() if shape.falling else key.asc()
    chosen = select(merged.c.serial).order_by(order).limit(PAGE + 1).subquery("chosen")
    own = (ORDERS.account_id == ACCOUNT) & (ORDERS.serial == chosen.c.serial)
    # Each is there, but SQLite would put the chosen aside before it looks for the orders of an inner join.
    return select(*SHOWN, _TERMS).select_from(chosen.outerjoin(ORDERS.serial.table, own))


@lru_cache(maxsize=1024)
def total(shape: Shape, *, most: int | None = MOST_COUNTED) -> Statement:
    """How many there are, counted no further than one beyond `most`."""
    limit = None if most is None else most + 1
    found = [
        _each(part, part.query.add_columns(part.serial).limit(limit)).limit(limit)
        for part in branches(shape, counting=True)
    ]
    counted = found[0] if len(found) == 1 else select(_merged(found, apart=not shape.searching))
    return select(func.count()).select_from(counted.limit(limit).subquery())


@lru_cache(maxsize=256)
def everything(shape: Shape) -> Any:
    """The `id` of every order that matches, in no order, as a table to join."""
    found = [_each(part, part.query.add_columns(ORDERS.id, ORDERS.serial)) for part in branches(shape)]
    return found[0].subquery("everything") if len(found) == 1 else _merged(found, apart=not shape.searching)


@lru_cache(maxsize=256)
def sizes(shape: Shape, families: tuple[str, ...]) -> Statement:
    """How many orders each filter alone leaves, counted no further than one beyond the most."""
    return select(*(total(_alone(shape, family)).scalar_subquery() for family in families))


def _alone(shape: Shape, family: str) -> Shape:
    names = {"axes": set(AXES), "period": {"since", "until"}}.get(family, {family})
    # The stretch of time is counted by its own index, not by the numbers that it comes to.
    sort = "changed" if family == "period" else "number"
    return Shape(given=shape.given & names, driver=family, sort=sort, gathered=shape.gathered)


def _each(branch: Branch, query: Statement) -> Statement:
    """The rows of a branch's query, for each of what it goes through."""
    if branch.each is None:
        return query
    rows = query.lateral()
    return select(rows).select_from(branch.each.join(rows, true()))


def _merged(found: Sequence[Statement], *, apart: bool) -> Any:
    """All branches as one; `apart`: they have no row in common."""
    parts = [select(query.subquery()) for query in found]
    return (union_all(*parts) if apart else union(*parts)).subquery("merged")
