"""What the states of the bureau's lists share: their address, and rows that glow when they change."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nexus_portal.state.quiet import plain


def address(path: str, parameters: Mapping[str, str]) -> Any:
    """The event that puts what narrows a list into the page's address, which then loads it."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return rx.redirect(f"{path}?{query}" if query else path, replace=True)


def known(asked: str, choices: Iterable[str]) -> str:
    """What the address asks for, if there is such a thing."""
    return asked if asked in set(choices) else ""


def last_part(path: str) -> str:
    """The number at the end of a page's path."""
    return path.rstrip("/").rpartition("/")[2]


def glowing(
    glow: Mapping[str, int], before: Mapping[str, Any], after: Mapping[str, Any], *, come: bool = True
) -> dict[str, int]:
    """How often rows changed while on screen, of those that did; with `come`, new ones count as changed."""
    counted = plain(glow)
    counts = {
        key: counted.get(key, 0) + (_differs(before[key], row) if key in before else come)
        for key, row in after.items()
    }
    return {key: count for key, count in counts.items() if count}


def as_before(before: Mapping[str, Any], rows: Iterable[Any]) -> tuple[Any, ...]:
    """Rows, and of those that are as before the very same: who shows them too need not look into them."""
    return tuple(before[row.number] if before.get(row.number) == row else row for row in rows)


def _differs(before: Any, after: Any) -> bool:
    return before is not after and before != after


def by_number(rows: Iterable[Any]) -> dict[str, Any]:
    """Rows by their public number."""
    return {row.number: row for row in plain(rows)}


def places(rows: Sequence[str], stood: Mapping[str, int]) -> dict[str, int]:
    """The place on screen of each row: what `stood` there keeps its own, others take what became free.

    As the key of a table's rows, an element keeps its row while rows come and go beside it, keyboard and all;
    and a page that is turned, where nothing stood, is written into the elements that are there. Rows that
    all stand in their turn are given none.
    """
    kept = {row: stood[row] for row in rows if row in stood}
    taken = set(kept.values())
    free = iter([place for place in range(len(rows) + len(kept)) if place not in taken])
    found = {row: kept[row] if row in kept else next(free) for row in rows}
    return {} if found == in_turn(rows) else found


def in_turn(rows: Iterable[str]) -> dict[str, int]:
    """The places of rows that stand one after the other, from the first on."""
    return {row: place for place, row in enumerate(rows)}
