"""What a reader of the order history looks for, and what a statement is given for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

LONGEST = 60
SORTS = ("-number", "number", "-changed", "changed", "goes")
"""Newest first is what a list begins with; `goes`: whose personal data goes soonest."""
SKEW = timedelta(hours=1)
"""Order numbers grow with time, but for the clocks of several servers, which differ by less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader looks for; empty means any. Ids and days as text, as they stand in an address."""

    search: str = ""
    fulfilment: str = ""
    billing: str = ""
    personal_data: str = ""
    orderer: str = ""
    cost_centre: str = ""
    article: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""

    @property
    def sorting(self) -> str:
        """The key of `SORTS` that the list is in; one that searches is always in the order of numbers."""
        if self.search.strip():
            return "number" if self.sort == "number" else SORTS[0]
        return self.sort if self.sort in SORTS else SORTS[0]

    @property
    def narrowed(self) -> bool:
        """True when something is left out."""
        return any(getattr(self, each.name) for each in fields(self) if each.name != "sort")


ANY = Wanted()


def _text(text: str) -> Mapping[str, Any]:
    return {"": text}


def _id(text: str) -> Mapping[str, Any]:
    return {"": UUID(text)}


def _since(text: str) -> Mapping[str, Any]:
    day = datetime.combine(date.fromisoformat(text), time(), UTC)
    return {"": day, "_loosely": day - SKEW}


def _until(text: str) -> Mapping[str, Any]:
    day = datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=1)
    return {"": day, "_loosely": day + SKEW}


_READ: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "fulfilment": _text,
    "billing": _text,
    "personal_data": _text,
    "orderer": _id,
    "cost_centre": _text,
    "article": _id,
    "since": _since,
    "until": _until,
}
FILTERS = tuple(_READ)


def values(wanted: Wanted) -> dict[str, Any] | None:
    """The values of the filters that are set, by the names of their parameters; None: nothing can match."""
    found: dict[str, Any] = {}
    try:
        for name in FILTERS:
            text = getattr(wanted, name)
            if len(text) > LONGEST or "\0" in text:
                return None
            if text:
                found |= {name + suffix: value for suffix, value in _READ[name](text).items()}
    except (ValueError, OverflowError):
        return None
    return found
