"""Pages of 50 that begin after a row rather than at a number: as fast at the end of a list as at its start.

A list that mixes several states is read state by state, each by its own index, and merged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

Row = TypeVar("Row")
Other = TypeVar("Other")
PAGE = 50
_LARGEST = 2**63


def whole(text: str) -> int:
    """Read a whole number that the database can hold; ValueError for anything else."""
    if not text.isascii() or not text.isdecimal() or int(text) >= _LARGEST:
        raise ValueError
    return int(text)


def moment(text: str) -> datetime:
    """Read a time with its zone; ValueError for anything else."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError
    return time


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the list's order, and the cursors of the pages before and after; empty where there is none."""

    rows: tuple[Row, ...]
    previous: str = ""
    following: str = ""

    def of(self, rows: Sequence[Other]) -> "Page[Other]":
        """The same page of the same list, shown as other rows."""
        return Page(tuple(rows), self.previous, self.following)


@dataclass(frozen=True)
class Keyset(Generic[Row]):
    """An order that an index knows: its columns, the row's key, and how to read a key back from a cursor."""

    columns: tuple[Any, ...]
    key: Callable[[Row], tuple[Any, ...]]
    read: tuple[Callable[[str], Any], ...]
    descending: bool = False

    def page(self, session: Session, branches: Sequence[SelectOfScalar[Row]], cursor: str) -> Page[Row]:
        """One page over queries that have no row in common; a cursor without meaning begins anew."""
        forward, start = self.parse(cursor)
        falling = self.descending is forward
        found: list[Row] = []
        for query in branches:
            found += session.exec(self._cut(query, start, falling=falling)).all()
        found.sort(key=self.key, reverse=falling)
        return self.cut(found, forward=forward, started=bool(start))

    def cut(self, found: Sequence[Row], *, forward: bool, started: bool) -> Page[Row]:
        """The page of rows as they were read from a cursor on: one more than fit into it, if there are."""
        more, rows = len(found) > PAGE, found[:PAGE]
        if not forward:
            rows = rows[::-1]
        before, after = (started, more) if forward else (more, True)
        return Page(
            tuple(rows),
            self.cursor("-", rows[0]) if rows and before else "",
            self.cursor("+", rows[-1]) if rows and after else "",
        )

    def _cut(
        self, query: SelectOfScalar[Row], start: tuple[Any, ...], *, falling: bool
    ) -> SelectOfScalar[Row]:
        if start:
            query = query.where(self.beyond(start, falling=falling))
        return query.order_by(*(c.desc() if falling else c.asc() for c in self.columns)).limit(PAGE + 1)

    def beyond(self, start: tuple[Any, ...], *, falling: bool) -> ColumnElement[bool]:
        """The condition of what lies behind a key."""
        bounds = [literal(value, column.type) for value, column in zip(start, self.columns, strict=True)]
        here, there = tuple_(*self.columns), tuple_(*bounds)
        return here < there if falling else here > there

    def cursor(self, direction: str, row: Row) -> str:
        """Where the page after (`+`) or before (`-`) this row begins."""
        return direction + "~".join(str(value) for value in self.key(row))

    def parse(self, cursor: str) -> tuple[bool, tuple[Any, ...]]:
        """Whether a cursor leads on rather than back, and the key where it starts: none at the end."""
        parts = cursor[1:].split("~")
        if cursor[:1] not in {"+", "-"} or len(parts) != len(self.read):
            return True, ()
        try:
            return cursor[0] == "+", tuple(read(part) for read, part in zip(self.read, parts, strict=True))
        except ValueError:
            return True, ()
