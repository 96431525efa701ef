"""The statements of the order history: each is put together once for every form that a question can take.

A list is read by the one index that holds its rows in its order; what else narrows it is looked at row by
row. `free` keeps a condition from choosing the index. Where several axes are given, each possible value of
the others is a branch of its own, and the branches are merged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.types import NullType

from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order, OrderLine, OrderWord
from nexus_portal.services.keyset import PAGE

Statement = Any
"""A SELECT; its type would name each column."""
MOST_COUNTED = 1000
AXES = {"fulfilment": Fulfilment, "billing": Billing, "personal_data": PersonalData}
EQUAL = {**dict.fromkeys(AXES, ""), "orderer": "orderer_id", "cost_centre": ""}


def _table(model: Any) -> Any:
    return model.__table__


ORDERS, L, W, A = _table(Order).c, _table(OrderLine).c, _table(OrderWord).c, _table(Account).c
_ACCOUNT = bindparam("account", type_=ORDERS.account_id.type)
_EARLIER = _table(OrderLine).alias("earlier").c
KEYS = {
    "number": (ORDERS.serial,),
    "changed": (ORDERS.changed_at, ORDERS.serial),
    "goes": (ORDERS.erase_on, ORDERS.serial),
}
# Ids and times are shown as text: making objects of fifty rows' would take longer than reading the rows.
_AS_THEY_ARE = (ORDERS.orderer_id, ORDERS.erase_on, ORDERS.erased_at, ORDERS.created_at, ORDERS.changed_at)
SHOWN = (
    *(ORDERS.serial, ORDERS.reference, ORDERS.cost_centre, ORDERS.cards, ORDERS.produced),
    *(ORDERS.fulfilment, ORDERS.billing, ORDERS.personal_data, ORDERS.held),
    *(type_coerce(column, NullType()).label(column.name) for column in _AS_THEY_ARE),
)
_KEPT = tuple(
    select(column).where(A.id == _ACCOUNT).scalar_subquery().label(column.name)
    for column in (A.retention_policy, A.retention_days)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The form of a question. `driver` names the filter whose index is read; empty: the list's own index."""

    given: frozenset[str] = frozenset()
    driver: str = ""
    sort: str = "number"
    falling: bool = True
    started: bool = False
    ranges: int = 0
    """How many stretches of numbers are searched."""
    words: int = 0
    """How many words begin as the first one that is searched; -1: too many to read one by one."""
    terms: int = 0
    """How many further words each order must have."""
    searching: bool = False
    named: bool = False
    """Orders that were found by the names of their holders are searched too."""


@lru_cache(maxsize=1024)
def page(shape: Shape) -> Statement:
    """A page and one row more, with how long the account keeps personal data."""
    branches = [_in_order(branch.add_columns(*SHOWN), shape).limit(PAGE + 1) for branch in _branches(shape)]
    if len(branches) == 1:
        return branches[0].add_columns(*_KEPT)
    merged = _merged(branches, apart=not shape.searching)
    keys = [merged.c[column.name] for column in KEYS[shape.sort]]
    order = [key.desc() if shape.falling else key.asc() for key in keys]
    return select(merged, *_KEPT).order_by(*order).limit(PAGE + 1)


@lru_cache(maxsize=1024)
def total(shape: Shape, *, most: int | None = MOST_COUNTED) -> Statement:
    """How many there are, counted no further than one beyond `most`."""
    shape = replace(shape, started=False)
    limit = None if most is None else most + 1
    branches = [branch.add_columns(ORDERS.serial).limit(limit) for branch in _branches(shape)]
    found = branches[0] if len(branches) == 1 else select(_merged(branches, apart=not shape.searching))
    return select(func.count()).select_from(found.limit(limit).subquery())


@lru_cache(maxsize=256)
def everything(shape: Shape) -> Any:
    """The `id` of every order that matches, in no order, as a table to join."""
    branches = [branch.add_columns(ORDERS.id, ORDERS.serial) for branch in _branches(shape)]
    if len(branches) == 1:
        return branches[0].subquery("everything")
    return _merged(branches, apart=not shape.searching)


@lru_cache(maxsize=256)
def sizes(shape: Shape, families: tuple[str, ...]) -> Statement:
    """How many orders each filter alone leaves, counted no further than one beyond the most."""
    return select(*(total(_alone(shape, family)).scalar_subquery() for family in families))


def _alone(shape: Shape, family: str) -> Shape:
    names = {"axes": set(AXES), "period": {"since", "until"}}.get(family, {family})
    # The stretch of time is counted by its own index, not by the numbers that it comes to.
    sort = "changed" if family == "period" else "number"
    return Shape(given=shape.given & names, driver=family, sort=sort)


def _merged(branches: Sequence[Statement], *, apart: bool) -> Any:
    """All branches as one; `apart`: they have no row in common."""
    parts = [select(branch.subquery()) for branch in branches]
    return (union_all(*parts) if apart else union(*parts)).subquery("merged")


def _in_order(query: Statement, shape: Shape) -> Statement:
    keys: list[Any] = list(_keys(shape, query))
    if shape.started:
        bounds: list[Any] = [bindparam(f"start{place}", type_=key.type) for place, key in enumerate(keys)]
        here, there = (keys[0], bounds[0]) if len(keys) == 1 else (tuple_(*keys), tuple_(*bounds))
        query = query.where(here < there if shape.falling else here > there)
    return query.order_by(*(key.desc() if shape.falling else key.asc() for key in keys))


def _keys(shape: Shape, query: Statement) -> tuple[Any, ...]:
    """The columns that sort a branch: those of the table whose index is read."""
    tables: list[Any] = [*query.columns_clause_froms, *query.get_final_froms()]
    if shape.words < 0 or shape.sort != "number":
        return KEYS[shape.sort]  # rows that are made distinct are sorted by a column that they show
    read = next((c for c in (W, L) if c.serial.table in tables), None)
    return (read.serial,) if read is not None else KEYS[shape.sort]


def _branches(shape: Shape) -> list[Statement]:
    if shape.searching:
        return [*_by_number(shape), *_by_word(shape), *_by_name(shape)]
    if shape.driver == "axes":
        return list(_by_axes(shape))
    if shape.driver == "article":
        return [_by_article(shape)]
    return [select().where(_own(), *_conditions(shape, driving=shape.driver))]


def _by_axes(shape: Shape) -> Iterable[Statement]:
    rest = _conditions(replace(shape, given=shape.given - set(AXES)), driving="")
    choices = [
        [_equal(name)] if name in shape.given else [ORDERS[name] == literal(value.value) for value in kind]
        for name, kind in AXES.items()
    ]
    for chosen in product(*choices):
        yield select().where(_own(), *chosen, *rest)


def _by_article(shape: Shape) -> Statement:
    """By the lines; a second line of the same article does not count."""
    article = bindparam("article", type_=L.article_id.type)
    same = exists().where(
        _EARLIER.account_id == L.account_id,
        _EARLIER.article_id == L.article_id,
        _EARLIER.serial == L.serial,
        _EARLIER.id < L.id,
    )
    rest = _conditions(replace(shape, given=shape.given - {"article"}), driving="")
    lines = (L.account_id == _ACCOUNT, L.article_id == article, L.serial == ORDERS.serial, ~same)
    return select().where(*lines, free(ORDERS.account_id) == L.account_id, *rest)


def _by_number(shape: Shape) -> Iterable[Statement]:
    conditions = _conditions(shape, driving="")
    for place in range(shape.ranges):
        low, high = (bindparam(f"{end}{place}", type_=ORDERS.serial.type) for end in ("low", "high"))
        yield select().where(_own(), ORDERS.serial.between(low, high), *conditions)


def _by_word(shape: Shape) -> Iterable[Statement]:
    conditions = [
        *_conditions(shape, driving=""),
        *(_has_word(place) for place in range(shape.terms)),
        free(ORDERS.account_id) == W.account_id,
        ORDERS.serial == W.serial,
    ]
    for place in range(shape.words):
        word = bindparam(f"word{place}", type_=W.word.type)
        yield select().where(W.account_id == _ACCOUNT, W.word == word, *conditions)
    if shape.words < 0:
        first = bindparam("first", type_=W.word.type), bindparam("beyond", type_=W.word.type)
        yield (
            select()
            .where(W.account_id == _ACCOUNT, W.word >= first[0], W.word < first[1], *conditions)
            .distinct()
        )


def _by_name(shape: Shape) -> Iterable[Statement]:
    """Orders that were found before; not those whose persons went since then."""
    if shape.named:
        found = ORDERS.serial.in_(bindparam("named", type_=ORDERS.serial.type, expanding=True))
        kept = (ORDERS.personal_data != literal_column("'erased'")) & ORDERS.erasure_id.is_(None)
        yield select().where(_own(), found, kept, *_conditions(shape, driving=""))


def _has_word(place: int) -> ColumnElement[bool]:
    also = _table(OrderWord).alias(f"also{place}").c
    low, high = (bindparam(f"{end}{place}", type_=also.word.type) for end in ("from", "before"))
    return exists().where(
        also.account_id == _ACCOUNT, also.serial == ORDERS.serial, also.word >= low, also.word < high
    )


def free(column: Any) -> Any:
    """The column, in a form that no index is looked for."""
    return func.coalesce(column, column)


def _own() -> ColumnElement[bool]:
    return ORDERS.account_id == _ACCOUNT


def _equal(name: str, *, freed: bool = False) -> ColumnElement[bool]:
    column = ORDERS[EQUAL[name] or name]
    return (free(column) if freed else column) == bindparam(name, type_=column.type)


def _conditions(shape: Shape, *, driving: str) -> list[ColumnElement[bool]]:
    found = [_equal(name, freed=name != driving) for name in EQUAL if name in shape.given]
    if "article" in shape.given:
        article = bindparam("article", type_=L.article_id.type)
        found.append(exists().where(L.order_id == ORDERS.id, free(L.article_id) == article))
    found += [each for name in ("since", "until") if name in shape.given for each in _period(name, shape)]
    if shape.sort == "goes":
        # In these words the index of just these orders is found.
        found += [ORDERS.erase_on.is_not(None), ORDERS.personal_data != literal_column("'erased'")]
    return found


def _period(name: str, shape: Shape) -> list[ColumnElement[bool]]:
    created = ORDERS.created_at if shape.driver == "period" else free(ORDERS.created_at)
    exact = bindparam(name, type_=ORDERS.created_at.type)
    condition = created >= exact if name == "since" else created < exact
    if shape.sort != "number" or shape.driver == "period":
        return [condition]
    other = _table(Order).alias(name).c
    loosely = bindparam(f"{name}_loosely", type_=other.created_at.type)
    bound = select(other.serial).where(other.account_id == _ACCOUNT)
    if name == "since":
        bound = bound.where(other.created_at >= loosely).order_by(other.created_at, other.serial)
        return [condition, ORDERS.serial >= bound.limit(1).scalar_subquery()]
    bound = bound.where(other.created_at < loosely).order_by(other.created_at.desc(), other.serial.desc())
    return [condition, ORDERS.serial <= bound.limit(1).scalar_subquery()]
