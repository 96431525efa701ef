"""What is measured within one process: seeding, the history beside a plain query, other lists, plans."""

from collections.abc import Sequence

from benchmarks import databases, history, lists, persons, plans, signing_in
from benchmarks.databases import Place, apart_still
from benchmarks.figures import Figure, out, p50, p95
from benchmarks.lists import Listing, timed
from nexus_portal.adapters import db
from nexus_portal.cli.terminal import progress
from nexus_portal.demo.crowd.spread import spread
from nexus_portal.demo.persons import FIRST, LAST
from nexus_portal.demo.seed import seed
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.permissions import Role
from nexus_portal.services import installation, people
from nexus_portal.services.use_case import perform

ORDERS_A_SECOND = 5000
TIMES_PLAIN, TIMES_SMALL = 5, 1.5
SEARCH_MS, PAGE_MS, PERSONS_MS, PASSWORD_MS = 40, 50, 5, 150
"""A password costs about 100 ms: enough work for a guesser, little enough for who signs in."""
TIMES_BESIDE_SIGN_INS = 2
FIRST_TIMES, MOST_PAGES = 60, 400


def seeded(place: Place, orders: int) -> list[Figure]:
    """Seed so many orders. PostgreSQL has no bar here: it is told for comparison."""
    place.use()
    written = _seed(orders)
    if place.url:
        databases.settle()
    out.print(
        f"{written.orders:,} orders, {written.items:,} card items, {written.persons:,} persons in the vault,"
        f" {written.rows:,} rows in {written.seconds:.1f} s"
    )
    bar = None if place.url else ORDERS_A_SECOND
    return [Figure(f"{place.kind}: seeding", written.rate, bar, "orders/s", more_is_better=True).tell()]


def prepared(place: Place, orders: int) -> None:
    """Seed so many orders; nothing is measured."""
    place.use()
    _seed(orders)


def compared(place: Place, small: Place) -> list[Figure]:
    """The history beside a plain query, and beside itself in the `small` installation."""
    place.use()
    found: list[Figure] = []
    with apart_still(small.use) as ask:
        every = history.times(lambda *which: ask(history.again, *which))
    for each in every:
        name, beside = f"{place.kind}: {each.name}", f"p95 {each.ours:.2f} beside {each.plain:.2f} ms"
        found.append(Figure(name, each.ours / each.plain, TIMES_PLAIN, "x plain", beside=beside).tell())
        if each.small:
            beside = f"{each.small:.2f} ms"
            found.append(Figure(name, each.ours / each.small, TIMES_SMALL, "x small", beside=beside).tell())
    for typed, took in history.searches():
        found.append(Figure(f"{place.kind}: search for {typed!r}", took, SEARCH_MS, "ms p95").tell())
    return found + _names(place)


def _names(place: Place) -> list[Figure]:
    """Finding persons by the keyed hashes of their names; each search is also written down."""
    officer = lists.largest_customer(Role.PRIVACY_OFFICER)
    found: list[Figure] = []
    for kind, typed in (
        ("a first name", FIRST[0]),
        ("both names", f"{FIRST[0]} {LAST[0]}"),
        ("nobody", "Zebulon"),
    ):
        took = [
            timed(lambda typed=typed: perform(people.search, officer, text=typed)) for _ in range(FIRST_TIMES)
        ]
        found.append(Figure(f"{place.kind}: holders by {kind}", p95(took), SEARCH_MS, "ms p95").tell())
    return found


def listed(place: Place, *, show_plans: bool) -> list[Figure]:
    """Every list from its first page on, the vault, signing in, and the plan of every query."""
    place.use()
    every = [*lists.order_history(), *lists.other_lists()]
    found = [figure.tell() for listing in every for figure in _pages(place, listing)]
    found += [
        Figure(f"{place.kind}: {persons.AT_ONCE} persons", persons.opening_ms(), PERSONS_MS, "ms p95").tell()
    ]
    if not place.url:
        found += _sign_ins()
    return [
        *found,
        Figure(f"{place.kind}: queries that walk a large table", _walks(every, show_plans), 0, "").tell(),
    ]


def _sign_ins() -> list[Figure]:
    beside = signing_in.beside_sign_ins()
    told = f"{beside.alone:.1f} -> {beside.beside:.1f} ms p95, {beside.seconds:.1f} s in all"
    name = f"order history beside {signing_in.AT_ONCE} sign-ins"
    return [
        Figure("one password", signing_in.hash_ms(), PASSWORD_MS, "ms").tell(),
        Figure(name, beside.times_slower, TIMES_BESIDE_SIGN_INS, "times", beside=told).tell(),
    ]


def _seed(orders: int):  # noqa: ANN202 - what `spread` gives
    installation.prepare()
    seed()
    with progress() as bars:
        task = bars.add_task("Writing orders", total=orders)
        written = spread(orders, lambda done, _total: bars.update(task, completed=done))
    plans.refresh_statistics(db.current().engine)
    return written


def _pages(place: Place, listing: Listing) -> Sequence[Figure]:
    listing.timed("")  # the first time prepares statements
    first = [listing.timed("")[0] for _ in range(FIRST_TIMES)]
    found = [_figure(f"{place.kind}: {listing.name}: first page", first)]
    deep = _walked(listing) if listing.pages else []
    if len(deep) > 1:
        took = deep[1:]
        while len(took) < FIRST_TIMES:
            took += _walked(listing)[1:]
        found.append(_figure(f"{place.kind}: {listing.name}: {len(deep)} pages on", took))
    return found


def _walked(listing: Listing) -> list[float]:
    """How long each page took, from the first to the last, or until there were very many."""
    took, cursor = listing.timed("")
    found = [took]
    while cursor and len(found) < MOST_PAGES:
        took, cursor = listing.timed(cursor)
        found.append(took)
    return found


def _figure(name: str, took: Sequence[float]) -> Figure:
    return Figure(name, p95(took), PAGE_MS, "ms p95", beside=f"p50 {p50(took):.1f} ms")


def _walks(listings: Sequence[Listing], show: bool) -> int:  # noqa: FBT001 - the command's own
    with plans.recorded(db.current().engine) as queries:
        for listing in listings:
            page = listing.read("")
            if listing.following(page):
                listing.read(listing.following(page))
    walked = 0
    with db.current().transaction(SYSTEM, writes=False) as session:
        for statement, parameters in queries.found.items():
            steps = plans.plan(session.connection(), statement, parameters)
            bad = plans.walks(steps)
            walked += bool(bad)
            if bad or show:
                out.print(f"\n{'[red]✗[/]' if bad else '[green]✓[/]'} {' '.join(statement.split())[:300]}")
                out.print("".join(f"    {step}\n" for step in steps), end="", markup=False)
    out.print(f"{len(queries.found)} query plans looked at")
    return walked
