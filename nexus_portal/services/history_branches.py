"""Where the rows of the order history are looked for: one branch of a statement for each index that is read.

A list is read by the one index that holds its rows in its order; what else narrows it is looked at row by
row. `free` keeps a condition from choosing the index. Where several axes are given, each possible value of
the others is a branch of its own, and the branches are merged.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    String,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)

from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.models.orders import Order, OrderLine, OrderWord
from nexus_portal.services.read_by import read_by

Statement = Any
"""A SELECT; its type would name each column."""
AXES = {"fulfilment": Fulfilment, "billing": Billing, "personal_data": PersonalData}
EQUAL = {**dict.fromkeys(AXES, ""), "orderer": "orderer_id", "cost_centre": ""}


def _table(model: Any) -> Any:
    return model.__table__


ORDERS, L, W = _table(Order).c, _table(OrderLine).c, _table(OrderWord).c
ACCOUNT = bindparam("account", type_=ORDERS.account_id.type)
_EARLIER = _table(OrderLine).alias("earlier").c
_BEFORE = _table(OrderWord).alias("before").c
KEYS = {
    "number": (ORDERS.serial,),
    "changed": (ORDERS.changed_at, ORDERS.serial),
    "goes": (ORDERS.erase_on, ORDERS.serial),
}


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
    gathered: bool = False
    """Stretches and words come as arrays that one branch goes through, which PostgreSQL can: it would take
    longer to plan a branch for each than to read it. `ranges` is 1 at most then, and `words` 2."""
    named: bool = False
    """Orders that were found by the names of their holders are searched too."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows that one index holds; with `each`, a table, they are looked for anew for each of its rows."""

    query: Statement
    serial: Any = ORDERS.serial
    """The column that holds the number in the index that is read."""
    each: Any = None


def in_order(branch: Branch, query: Statement, shape: Shape) -> Statement:
    """The branch's query in the list's order, from where the page starts."""
    keys: tuple[Any, ...] = (branch.serial,) if shape.sort == "number" else KEYS[shape.sort]
    if shape.started:
        bounds: list[Any] = [bindparam(f"start{place}", type_=key.type) for place, key in enumerate(keys)]
        here, there = (keys[0], bounds[0]) if len(keys) == 1 else (tuple_(*keys), tuple_(*bounds))
        query = query.where(here < there if shape.falling else here > there)
    return query.order_by(*(key.desc() if shape.falling else key.asc() for key in keys))


def branches(shape: Shape, *, counting: bool = False) -> list[Branch]:
    """All branches of a question, which may have rows in common when it searches.

    For `counting`, which asks for serials alone, they need not all know the orders' other columns.
    """
    if shape.searching:
        return [*_by_number(shape), *_by_word(shape, counting=counting), *_by_name(shape)]
    if shape.driver == "axes":
        return list(_by_axes(shape))
    if shape.driver == "article":
        return [_by_article(shape)]
    return [Branch(select().where(_own(), *_conditions(shape, driving=shape.driver)))]


def _by_axes(shape: Shape) -> Iterable[Branch]:
    rest = _conditions(replace(shape, given=shape.given - set(AXES)), driving="")
    given = [_equal(name) for name in AXES if name in shape.given]
    others = {name: kind for name, kind in AXES.items() if name not in shape.given}
    if shape.gathered and len(others) == 1:
        [(name, kind)] = others.items()
        values: Any = literal([value.value for value in kind], ARRAY(String))
        each = func.unnest(values).table_valued("value").render_derived("each")
        yield Branch(select().where(_own(), *given, ORDERS[name] == each.c.value, *rest), each=each)
        return
    choices = [[ORDERS[name] == literal(value.value) for value in kind] for name, kind in others.items()]
    for chosen in product(*choices):
        yield Branch(select().where(_own(), *given, *chosen, *rest))


def _by_article(shape: Shape) -> Branch:
    """By the lines; a second line of the same article does not count."""
    article = bindparam("article", type_=L.article_id.type)
    same = _there(
        _EARLIER.account_id == L.account_id,
        _EARLIER.article_id == L.article_id,
        _EARLIER.serial == L.serial,
        _EARLIER.id < L.id,
    )
    rest = _conditions(replace(shape, given=shape.given - {"article"}), driving="")
    lines = (L.account_id == ACCOUNT, L.article_id == article, free(~same))
    return Branch(_orders_of(L, shape).where(*lines, *rest), L.serial)


def _by_number(shape: Shape) -> Iterable[Branch]:
    conditions = _conditions(shape, driving="")
    if shape.gathered and shape.ranges:
        ends = (bindparam(name, type_=ARRAY(BigInteger)) for name in ("lows", "highs"))
        each = func.unnest(*ends).table_valued("low", "high").render_derived("stretches")
        within = ORDERS.serial.between(each.c.low, each.c.high)
        yield Branch(select().where(_own(), within, *conditions), each=each)
        return
    for place in range(shape.ranges):
        low, high = (bindparam(f"{end}{place}", type_=ORDERS.serial.type) for end in ("low", "high"))
        yield Branch(select().where(_own(), ORDERS.serial.between(low, high), *conditions))


def _by_word(shape: Shape, *, counting: bool) -> Iterable[Branch]:
    conditions = _conditions(shape, driving="")
    # A word has an order: to be counted it need not be looked up.
    orders = _orders_of(W, shape) if conditions or not counting else select()
    terms = (_has_word(place) for place in range(shape.terms))
    worded = orders.where(W.account_id == ACCOUNT, *terms, *conditions)
    begun, beyond = (bindparam(name, type_=W.word.type) for name in ("first", "beyond"))
    if shape.words < 0:
        # Rows that are made distinct are sorted by a column that they show.
        serial = W.serial if counting else ORDERS.serial
        yield Branch(worded.where(W.word >= begun, W.word < beyond).distinct(), serial)
    elif shape.gathered and shape.words:
        words = bindparam("words", type_=ARRAY(String))
        each = func.unnest(words).table_valued("word").render_derived("each")
        worded = worded.where(W.word == each.c.word)
        if shape.words > 1:
            # An order with several of the words is found by the first of them.
            before = (_BEFORE.account_id == ACCOUNT, _BEFORE.serial == W.serial)
            worded = worded.where(free(~_there(*before, _BEFORE.word >= begun, _BEFORE.word < W.word)))
        yield Branch(worded, W.serial, each)
    else:
        for place in range(shape.words):
            yield Branch(worded.where(W.word == bindparam(f"word{place}", type_=W.word.type)), W.serial)


def _by_name(shape: Shape) -> Iterable[Branch]:
    """Orders that were found before; not those whose persons went since then."""
    if shape.named:
        found = ORDERS.serial.in_(bindparam("named", type_=ORDERS.serial.type, expanding=True))
        kept = (ORDERS.personal_data != literal_column("'erased'")) & ORDERS.erasure_id.is_(None)
        yield Branch(select().where(_own(), found, kept, *_conditions(shape, driving="")))


def _has_word(place: int) -> ColumnElement[bool]:
    also = _table(OrderWord).alias(f"also{place}").c
    low, high = (bindparam(f"{end}{place}", type_=also.word.type) for end in ("from", "before"))
    return _there(also.account_id == ACCOUNT, also.serial == W.serial, also.word >= low, also.word < high)


def free(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition, in a form that no index is looked for and that is thought to leave nearly every row.

    PostgreSQL would else expect fewer rows than a page takes, and read and sort all rather than stop.
    """
    return func.nullif(condition, false()).is_not(None)


def _there(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Like EXISTS, but looked up row by row: PostgreSQL would make a join of EXISTS, and read all for it."""
    return select(literal_column("1", Integer)).where(*conditions).limit(1).scalar_subquery().is_not(None)


def _orders_of(read: Any, shape: Shape) -> Statement:
    """The orders of the rows of another table, one for each.

    PostgreSQL is told so by a stretch of one number, which it can only look up row by row: it would else walk
    both tables side by side, along the orders of all accounts.
    """
    one = ORDERS.serial.between(read.serial, read.serial) if shape.gathered else ORDERS.serial == read.serial
    orders = read.serial.table.join(ORDERS.serial.table, one)
    return select().select_from(orders).where(free(ORDERS.account_id == read.account_id))


def _own() -> ColumnElement[bool]:
    return ORDERS.account_id == read_by(ACCOUNT)


def _equal(name: str, *, freed: bool = False) -> ColumnElement[bool]:
    column = ORDERS[EQUAL[name] or name]
    value = bindparam(name, type_=column.type)
    return free(column == value) if freed else column == read_by(value)


def _conditions(shape: Shape, *, driving: str) -> list[ColumnElement[bool]]:
    found = [_equal(name, freed=name != driving) for name in EQUAL if name in shape.given]
    if "article" in shape.given:
        article = bindparam("article", type_=L.article_id.type)
        found.append(_there(L.order_id == ORDERS.id, free(L.article_id == article)))
    found += [each for name in ("since", "until") if name in shape.given for each in _period(name, shape)]
    if shape.sort == "goes":
        # In these words the index of just these orders is found.
        found += [ORDERS.erase_on.is_not(None), ORDERS.personal_data != literal_column("'erased'")]
    return found


def _period(name: str, shape: Shape) -> list[ColumnElement[bool]]:
    exact = bindparam(name, type_=ORDERS.created_at.type)
    condition = ORDERS.created_at >= exact if name == "since" else ORDERS.created_at < exact
    if shape.driver == "period":
        return [condition]
    condition = free(condition)
    if shape.sort != "number":
        return [condition]
    other = _table(Order).alias(name).c
    loosely = bindparam(f"{name}_loosely", type_=other.created_at.type)
    bound = select(other.serial).where(other.account_id == ACCOUNT)
    if name == "since":
        bound = bound.where(other.created_at >= loosely).order_by(other.created_at, other.serial)
        return [condition, ORDERS.serial >= bound.limit(1).scalar_subquery()]
    bound = bound.where(other.created_at < loosely).order_by(other.created_at.desc(), other.serial.desc())
    return [condition, ORDERS.serial <= bound.limit(1).scalar_subquery()]
