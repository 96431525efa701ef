"""From what a reader wants to the statement that finds it soonest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from nexus_portal.domain.actor import Actor
from nexus_portal.services import history_statements, order_search, tenancy
from nexus_portal.services.history_branches import AXES, EQUAL, Shape
from nexus_portal.services.history_statements import MOST_COUNTED
from nexus_portal.services.history_wanted import FILTERS, Wanted, values

_PERIOD = ("since", "until")


@dataclass(frozen=True, slots=True)
class Question:
    """The form of a statement and what it is given."""

    shape: Shape
    values: dict[str, Any]
    falling: bool

    def read(self, *, forward: bool, started: bool) -> Shape:
        """The form for a page in this direction from a key, or from the end of the list."""
        return replace(self.shape, falling=self.falling is forward, started=started)


def asked(connection: Connection, actor: Actor, wanted: Wanted, named: Sequence[int] = ()) -> Question | None:
    """What a reader wants as a question to the database; None: nothing can match.

    A search finds those that are `named` besides.
    """
    account_id = tenancy.own_account(actor)
    given = values(wanted)
    if given is None:
        return None
    given["account"] = account_id
    sort = wanted.sorting.lstrip("-")
    gathered = connection.dialect.name == "postgresql"
    shape = Shape(given=frozenset(name for name in FILTERS if name in given), sort=sort, gathered=gathered)
    falling = wanted.sorting.startswith("-")
    if wanted.search.strip():
        found = order_search.search(connection, account_id, wanted.search)
        if found is None and not named:
            return None
        found = found or order_search.Search()
        searching = replace(_searched(shape, found), searching=True, terms=len(found.terms))
        if named:
            searching = replace(searching, named=True)
            given["named"] = list(named)
        return Question(searching, given | found.values(gathered=shape.gathered), falling)
    return Question(replace(shape, driver=_driver(connection, shape, given)), given, falling)


def _searched(shape: Shape, found: order_search.Search) -> Shape:
    ranges, words = len(found.ranges), len(found.one_by_one)
    if shape.gathered:
        ranges, words = min(ranges, 1), min(words, 2)
    return replace(shape, ranges=ranges, words=-1 if found.many else words)


def _driver(connection: Connection, shape: Shape, given: dict[str, Any]) -> str:
    """The filter whose index is read: the one that leaves least, or none where the list's own is better."""
    families = _families(shape)
    if not families or shape.sort == "goes":
        return ""
    in_order = [name for name in families if shape.sort == "number" or name in EQUAL]
    if len(families) == 1 and in_order:
        return families[0]
    counts: Sequence[int] = connection.execute(history_statements.sizes(shape, families), given).one()
    sizes = dict(zip(families, counts, strict=True))
    best = min(sizes, key=lambda name: (sizes[name], name not in in_order))
    # What is not in the list's order has to be sorted each time: only where it is little.
    if sizes[best] <= MOST_COUNTED or best in in_order:
        return best
    return in_order[0] if in_order else ""


def _families(shape: Shape) -> tuple[str, ...]:
    axes = [name for name in AXES if name in shape.given]
    if shape.sort == "number" and len(axes) > 1:
        axes = ["axes"]
    others = [name for name in ("orderer", "cost_centre", "article") if name in shape.given]
    period = ["period"] if shape.sort != "number" and shape.given & set(_PERIOD) else []
    return (*axes, *others, *period)
