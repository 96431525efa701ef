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
    """Counters of the rows on screen; those of rows that changed grow by one, and with `come` of new ones."""
    counted = plain(glow)
    return {
        key: counted.get(key, 0) + (before[key] != row if key in before else come)
        for key, row in after.items()
    }


def still(rows: Iterable[str]) -> dict[str, int]:
    """Counters of rows that have just been shown: none of them has changed yet."""
    return dict.fromkeys(rows, 0)


def by_number(rows: Iterable[Any]) -> dict[str, Any]:
    """Rows by their public number."""
    return {row.number: row for row in plain(rows)}


def places(rows: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """The place on screen of each row: what stays keeps its own, what is new takes one that became free.

    As the key of a table's rows, an element keeps its row while rows come and go beside it, keyboard and all;
    and a page that is turned (`before` is empty) is written into the elements that are there.
    """
    kept = {row: before[row] for row in rows if row in before}
    taken = set(kept.values())
    free = iter([place for place in range(len(rows) + len(kept)) if place not in taken])
    return {row: kept[row] if row in kept else next(free) for row in rows}
