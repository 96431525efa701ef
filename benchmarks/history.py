"""The order history beside a hand-written query: how much longer a page takes than the rows of it alone.

The other side is what somebody would write who wants nothing but these fifty rows: a prepared keyset
statement on a plain connection with the same settings, with the filter's own index.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from statistics import quantiles
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.lists import largest_customer, timed
from nexus_portal.adapters import db
from nexus_portal.domain.actor import Actor
from nexus_portal.services import history
from nexus_portal.services.history import OrderRow, Wanted
from nexus_portal.services.use_case import perform

TIMES, TURNS = 400, 20
PLACES = (0.0, 0.25, 0.5, 0.75, 0.99)
"""Where in the list the pages lie that are read: its start, along its way, and near its end."""
PAGE = 51
COLUMNS = (
    "serial, reference, cost_centre, orderer_id, cards, produced, fulfilment, billing, personal_data, held,"
    " erase_on, erased_at, created_at, changed_at"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One way of looking at the history; `where` are the columns that are compared, with their values."""

    name: str
    wanted: Wanted
    where: tuple[tuple[str, str], ...] = ()
    key: tuple[str, ...] = ("serial",)

    @property
    def falling(self) -> bool:
        """True where the largest key comes first."""
        return self.wanted.sorting.startswith("-")


CHANGED = ("changed_at", "serial")


def cases(actor: Actor) -> Sequence[Case]:
    """All of the history, each filter alone, and each sort."""
    filters = {
        "fulfilment": ("fulfilment", "closed"),
        "billing": ("billing", "paid"),
        "personal_data": ("personal_data", "erased"),
        "cost_centre": ("cost_centre", "1200"),
        "orderer": ("orderer_id", str(actor.user_id)),
    }
    narrowed = {name: Wanted(**{name: value}) for name, (_, value) in filters.items()}
    return [
        Case("all", Wanted()),
        Case("all, oldest first", Wanted(sort="number")),
        Case("all, last changed", Wanted(sort="-changed"), (), CHANGED),
        *(Case(name, wanted, (filters[name],)) for name, wanted in narrowed.items()),
        *(
            Case(
                f"{name}, last changed", Wanted(**{name: value}, sort="-changed"), ((column, value),), CHANGED
            )
            for name, (column, value) in filters.items()
        ),
        Case(
            "closed and paid",
            Wanted(fulfilment="closed", billing="paid"),
            (filters["fulfilment"], filters["billing"]),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Times:
    """Of one way and place: our milliseconds, the plain query's, and ours with few orders (p95).

    The last is 0 where there is less than a page with few orders: nothing could be said by it.
    """

    name: str
    ours: float
    plain: float
    small: float


def times(small: Callable[[str, int, int], Sequence[float]], only: str = "") -> list[Times]:
    """Every way and place. All three sides take turns, so that what else the machine does meets them alike.

    `small` gives milliseconds as `again` does, of an installation with few orders.
    """
    actor, found = largest_customer(), list[Times]()
    for case in cases(actor):
        if only and only not in case.name:
            continue
        with _plain(actor, case) as plain:
            for place, cursor in enumerate(_cursors(actor, case)):
                read = _reading(actor, case, cursor)
                for side in (read, partial(plain, cursor), partial(small, case.name, place, 1)):
                    side()  # the first time prepares statements
                ours, theirs, few = list[float](), list[float](), list[float]()
                for _ in range(TURNS):
                    for _ in range(TIMES // TURNS):
                        ours.append(timed(read))
                        theirs.append(timed(lambda cursor=cursor, plain=plain: plain(cursor)))
                    few += small(case.name, place, TIMES // TURNS)
                name = f"{case.name}, at {PLACES[place]:.0%}"
                found.append(Times(name, _cut(ours), _cut(theirs), _cut(few) if few else 0))
    return found


def again(name: str, place: int, count: int) -> Sequence[float]:
    """Milliseconds of reading one page so many times; none where the list is less than a page."""
    read = _asked_again(name, place)
    return [timed(read) for _ in range(count)] if read else ()


@cache
def _asked_again(name: str, place: int) -> Callable[[], Any] | None:
    actor = largest_customer()
    [case] = [case for case in cases(actor) if case.name == name]
    if perform(history.count_all, actor, wanted=case.wanted) < PAGE:
        return None
    return _reading(actor, case, list(_cursors(actor, case))[place])


def _reading(actor: Actor, case: Case, cursor: str) -> Callable[[], Any]:
    return lambda: perform(history.orders, actor, wanted=case.wanted, cursor=cursor, counting=False)


def searches() -> list[tuple[str, float]]:
    """Milliseconds (p95) of looking for what people type."""
    actor = largest_customer()
    typed = ("4", "41", "417", "0041", "2026-004", "n", "new", "repl", "replacements 1200", "new s", "zzzz")
    return [
        (text, _p95(lambda text=text: perform(history.orders, actor, wanted=Wanted(search=text))))
        for text in typed
    ]


def _cursors(actor: Actor, case: Case) -> Iterator[str]:
    """Cursors from the keys of rows that lie at these places of the list."""
    total = perform(history.count_all, actor, wanted=case.wanted)
    for place in PLACES:
        # A page near the end that is as full as any other: fewer rows are another question.
        skipped = min(int(total * place), max(0, total - PAGE))
        yield f"+{_key_at(actor, case, skipped)}" if skipped else ""


def _key_at(actor: Actor, case: Case, skipped: int) -> str:
    with _connected(actor) as (run, mark):
        where, values = _conditions(actor, case, mark)
        order = ", ".join(f"{key} {'DESC' if case.falling else 'ASC'}" for key in case.key)
        query = f"SELECT {', '.join(case.key)} FROM orders WHERE {where} ORDER BY {order}"  # noqa: S608 - our own names
        [found] = run(f"{query} LIMIT 1 OFFSET {skipped}", values)
        return "~".join(map(_text, found))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return f"{value.replace(' ', 'T')}+00:00"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def _plain(actor: Actor, case: Case) -> Iterator[Callable[[str], Any]]:
    with _connected(actor) as (run, mark):
        where, values = _conditions(actor, case, mark)
        order = ", ".join(f"{key} {'DESC' if case.falling else 'ASC'}" for key in case.key)
        keys, marks = ", ".join(case.key), ", ".join([mark] * len(case.key))
        first = f"SELECT {COLUMNS} FROM orders WHERE {where} ORDER BY {order} LIMIT {PAGE}"  # noqa: S608 - our own names
        beyond = f"({keys}) {'<' if case.falling else '>'} ({marks})"
        further = first.replace(" ORDER BY", f" AND {beyond} ORDER BY")

        def read(cursor: str) -> Any:
            if not cursor:
                return run(first, values)
            return run(further, (*values, *_bounds(case, cursor)))

        yield read


def _bounds(case: Case, cursor: str) -> list[Any]:
    parts = cursor[1:].split("~")
    given: list[Any] = [int(parts[-1])]
    if len(case.key) > 1:
        sqlite = db.current().is_sqlite
        given.insert(0, parts[0].removesuffix("+00:00").replace("T", " ") if sqlite else parts[0])
    return given


def _conditions(actor: Actor, case: Case, mark: str) -> tuple[str, tuple[Any, ...]]:
    names = ["account_id", *(column for column, _ in case.where)]
    values = [actor.account_id, *(value for _, value in case.where)]
    if db.current().is_sqlite:
        ids = {"account_id", "orderer_id"}
        values = [
            str(value).replace("-", "") if name in ids else value
            for name, value in zip(names, values, strict=True)
        ]
    return " AND ".join(f"{name} = {mark}" for name in names), tuple(values)


@contextmanager
def _connected(actor: Actor) -> Iterator[tuple[Callable[[str, Any], Any], str]]:
    """A plain connection as the portal makes its own; a page is a transaction there too."""
    url = make_url(db.current().url)
    if db.current().is_sqlite:
        plain = sqlite3.connect(url.database or "", isolation_level=None)
        plain.execute("PRAGMA cache_size=-65536")

        def run(query: str, values: Any) -> Any:
            plain.execute("BEGIN")
            rows = plain.execute(query, values).fetchall()
            plain.execute("COMMIT")
            return rows

        try:
            yield run, "?"
        finally:
            plain.close()
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as server:
        scope = "SELECT set_config('nexus.scope', 'account', true), set_config('nexus.account', %s, true)"

        def ask(query: str, values: Any) -> Any:
            with server.transaction():
                server.execute(scope, (str(actor.account_id),), prepare=True)
                return server.execute(query, values, prepare=True).fetchall()  # pyright: ignore[reportArgumentType] - own text

        yield ask, "%s"


def _p95(run: Callable[[], Any]) -> float:
    run()
    return _cut([timed(run) for _ in range(TIMES)])


def _cut(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[18]


__all__ = ["Case", "OrderRow", "Times", "again", "cases", "searches", "times"]
