"""Measure what the portal is held to, at a million orders, on SQLite and on PostgreSQL.

Prints each figure beside its bar and writes them as JSON. Exit code 1 when one is missed.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import redis
import typer

from benchmarks import browsing, databases, erasing, figures, importing, live, portal, serving, transfer
from benchmarks.databases import Place
from benchmarks.figures import Figure, out

SMALL = 10_000
REDIS = os.environ.get("NEXUS_TEST_REDIS", "redis://127.0.0.1:6379/9")


class Part(StrEnum):
    """What can be measured by itself."""

    LISTS = "lists"
    IMPORT = "import"
    ERASING = "erasing"
    LIVE = "live"
    SERVING = "serving"
    BROWSER = "browser"
    TRANSFER = "transfer"


def main(
    *,
    orders: Annotated[int, typer.Option(min=1000, help="How many orders to seed.")] = 1_000_000,
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part alone; may be repeated.")] = None,
    sqlite_alone: Annotated[bool, typer.Option(help="Leave PostgreSQL out.")] = False,
    show_plans: Annotated[bool, typer.Option(help="Print the plan of every query.")] = False,
    result: Annotated[Path, typer.Option(help="Where the figures are written.")] = Path("bench.json"),
) -> None:
    """Measure everything, or the parts asked for."""
    parts = set(only or Part)
    found: list[Figure] = []
    kinds = [False] if sqlite_alone or not databases.has_postgresql() else [False, True]
    for postgresql in kinds:
        found += _on(parts, orders, postgresql=postgresql, show_plans=show_plans)
    if Part.ERASING in parts:
        for postgresql in kinds:
            with databases.scratch(postgresql=postgresql) as place:
                found += databases.apart(erasing.figures, place)
    if Part.IMPORT in parts:
        found += importing.figures()
    if Part.TRANSFER in parts:
        found += transfer.figures()
    figures.write(result, found, orders=orders)
    raise typer.Exit(1 if figures.summary(found) else 0)


def _on(parts: set[Part], orders: int, *, postgresql: bool, show_plans: bool) -> list[Figure]:
    """Everything that is measured on one kind of database."""
    if not parts & {Part.LISTS, *([] if postgresql else (Part.LIVE, Part.SERVING, Part.BROWSER))}:
        return []
    with databases.scratch(postgresql=postgresql) as place, databases.scratch(postgresql=postgresql) as small:
        out.rule(f"{place.kind}, {orders:,} orders")
        found = databases.apart(portal.seeded, place, orders)
        if Part.LISTS in parts:
            databases.apart(portal.prepared, small, SMALL)
            found += databases.apart(portal.compared, place, small)
            found += databases.apart(portal.listed, place, show_plans=show_plans)
        if not postgresql:
            found += _served(parts, place)
    return found


def _served(parts: set[Part], place: Place) -> list[Figure]:
    """What needs a running portal; one kind of database tells enough."""
    found: list[Figure] = []
    if Part.SERVING in parts and _has_redis():
        found += databases.apart(serving.figures, place, REDIS)
    if Part.BROWSER in parts:
        found += databases.apart(browsing.figures, place)
    if Part.LIVE in parts:
        found += databases.apart(live.figures, place)
    return found


def _has_redis() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS).ping())
    except redis.RedisError:
        out.print("[yellow]![/] No Redis answers (NEXUS_TEST_REDIS): several workers are not measured.")
        return False


if __name__ == "__main__":
    typer.run(main)
