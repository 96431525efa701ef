"""Seed many orders into a scratch database, open and page every list, sign in, look at every query plan.

Prints each figure beside its bar. Exit code 1 when one is missed.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import persons, plans, signing_in
from benchmarks.lists import Listing, order_history, other_lists
from nexus_portal import settings
from nexus_portal.adapters import db
from nexus_portal.cli.terminal import progress
from nexus_portal.demo.crowd.spread import spread
from nexus_portal.demo.seed import seed
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import installation

ORDERS_A_SECOND = {"sqlite": 5000}
"""PostgreSQL has no bar: it is told for comparison."""
PAGE_MS = 50
PERSONS_MS = 10
PASSWORD_MS = 150
"""About 100 are aimed at: enough work for a guesser, little enough for who signs in."""
TIMES_SLOWER = 2
FIRST_TIMES, MOST_PAGES = 60, 400

out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, against its bar."""

    name: str
    value: float
    bar: float
    unit: str
    more_is_better: bool = False
    beside: str = ""

    @property
    def reached(self) -> bool:
        """True when the bar is kept."""
        return self.value >= self.bar if self.more_is_better else self.value <= self.bar

    def tell(self) -> None:
        """One line of the report."""
        sign = "[green]✓[/]" if self.reached else "[red]✗[/]"
        value, bar = f"{self.value:>9,.1f} {self.unit}", f"(bar {self.bar:,.0f})"
        out.print(f"{sign} {self.name:<46}{value} {bar}  {self.beside}")


def main(
    orders: Annotated[int, typer.Option(min=1000, help="How many orders to seed.")] = 100_000,
    database: Annotated[
        str, typer.Option(help="URL of an empty database; SQLite in a scratch directory unless told.")
    ] = "",
    *,
    show_plans: Annotated[bool, typer.Option(help="Print the plan of every query.")] = False,
) -> None:
    """Measure seeding, lists and query plans."""
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        os.environ["NEXUS_DATA_DIR"] = folder
        if database:
            os.environ["NEXUS_DATABASE_URL"] = database
        settings.current.cache_clear()
        figures = [_seed(orders)]
        figures += [figure for listing in order_history() for figure in _measure(listing)]
        figures += [figure for listing in other_lists() for figure in _measure(listing)]
        figures += _persons_and_sign_ins()
        walked = _look_at_plans([*order_history(), *other_lists()], show=show_plans)
        db.current().dispose()
    missed = [figure for figure in figures if not figure.reached]
    out.print(
        f"\n{len(figures) - len(missed)} of {len(figures)} bars kept; {walked} queries walk a large table."
    )
    raise typer.Exit(1 if missed or walked else 0)


def _seed(orders: int) -> Figure:
    installation.prepare()
    seed()
    with progress() as bars:
        task = bars.add_task("Writing orders", total=orders)
        written = spread(orders, lambda done, _total: bars.update(task, completed=done))
    with db.current().transaction(SYSTEM) as session:
        plans.refresh_statistics(session.connection())
    out.print(
        f"{written.orders:,} orders, {written.items:,} card items, {written.persons:,} persons in the vault,"
        f" {written.rows:,} rows in {written.seconds:.1f} s on {db.current().engine.dialect.name}"
    )
    bar = ORDERS_A_SECOND.get(db.current().engine.dialect.name, 0)
    figure = Figure("seeding", written.rate, bar, "orders/s", more_is_better=True)
    figure.tell()
    return figure


def _persons_and_sign_ins() -> Sequence[Figure]:
    beside = signing_in.beside_sign_ins()
    figures = [
        Figure(f"{persons.AT_ONCE} persons opened", persons.opening_ms(), PERSONS_MS, "ms p95"),
        Figure("one password", signing_in.hash_ms(), PASSWORD_MS, "ms"),
        Figure(
            f"order history beside {signing_in.AT_ONCE} sign-ins",
            beside.times_slower,
            TIMES_SLOWER,
            "times",
            beside=f"{beside.alone:.1f} -> {beside.beside:.1f} ms p95, {beside.seconds:.1f} s in all",
        ),
    ]
    for figure in figures:
        figure.tell()
    return figures


def _measure(listing: Listing) -> Sequence[Figure]:
    listing.read("")  # the first time prepares statements
    first = [_timed(listing, "")[0] for _ in range(FIRST_TIMES)]
    figures = [_figure(f"{listing.name}: first page", first)]
    deep = _walked(listing) if listing.pages else []
    if len(deep) > 1:
        times = deep[1:]
        while len(times) < FIRST_TIMES:
            times += _walked(listing)[1:]
        figures.append(_figure(f"{listing.name}: {len(deep)} pages on", times))
    for figure in figures:
        figure.tell()
    return figures


def _walked(listing: Listing) -> list[float]:
    """How long each page took, from the first to the last, or until there were very many."""
    took, cursor = _timed(listing, "")
    times = [took]
    while cursor and len(times) < MOST_PAGES:
        took, cursor = _timed(listing, cursor)
        times.append(took)
    return times


def _timed(listing: Listing, cursor: str) -> tuple[float, str]:
    began = time.perf_counter()
    page = listing.read(cursor)
    return (time.perf_counter() - began) * 1000, listing.following(page)


def _figure(name: str, times: Sequence[float]) -> Figure:
    cuts = quantiles(times, n=20, method="inclusive")
    return Figure(name, cuts[18], PAGE_MS, "ms p95", beside=f"p50 {cuts[9]:.1f} ms")


def _look_at_plans(listings: Sequence[Listing], *, show: bool) -> int:
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
    out.print(f"\n{len(queries.found)} query plans looked at")
    return walked


if __name__ == "__main__":
    typer.run(main)
