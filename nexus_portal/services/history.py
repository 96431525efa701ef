"""The order history: an account's orders, a page at a time, in the order and of the kind that is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, make_dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import ErasureCase, what_stands_in_the_way
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.services import history_statements
from nexus_portal.services.history_question import Question, asked
from nexus_portal.services.history_statements import MOST_COUNTED
from nexus_portal.services.history_wanted import ANY, Wanted
from nexus_portal.services.keyset import Keyset, moment, whole
from nexus_portal.services.use_case import list_case

__all__ = [
    "ANY",
    "MOST_COUNTED",
    "NOT_COUNTED",
    "OrderPage",
    "OrderRow",
    "Wanted",
    "count_all",
    "orders",
]


@dataclass(frozen=True)
class OrderRow:
    """One order in a list. `days_left` is -1 while the clock has not begun; times are ISO.

    `goes_on` is the day on which retention removes the last of its persons, once delivery has set it.
    """

    number: str
    serial: int
    reference: str
    cost_centre: str
    orderer: str
    cards: int
    produced: int
    pieces: int
    fulfilment: str
    billing: str
    personal_data: str
    held: bool
    erasable: bool
    days_left: int
    days_kept: int
    goes_on: str
    erased_at: str
    created_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of the history; a cursor is empty where there is no more.

    `total` counts all that match up to `MOST_COUNTED`, one more stands for more than that; or is
    `NOT_COUNTED`.
    """

    rows: tuple[OrderRow, ...]
    total: int
    newer: str
    older: str


_Fresh = make_dataclass("_Fresh", [each.name for each in fields(OrderRow)])
"""A row before it is frozen: to set the fields of one that is takes as long as to read it."""


def _day(text: str) -> date:
    return date.fromisoformat(text)


NOT_COUNTED = -1
NOTHING = OrderPage((), 0, "", "")
_LISTS: Mapping[str, Keyset[Any]] = {
    "number": Keyset((None,), lambda row: (row.serial,), (whole,)),
    "changed": Keyset((None, None), lambda row: (_iso(row.changed_at), row.serial), (moment, whole)),
    "goes": Keyset((None, None), lambda row: (row.erase_on, row.serial), (_day, whole)),
}


@list_case(Permission.ORDERS_READ)
def orders(
    connection: Connection,
    actor: Actor,
    *,
    wanted: Wanted = ANY,
    cursor: str = "",
    counting: bool = True,
    named: Sequence[int] = (),
) -> OrderPage:
    """A page of at most 50 orders; without `counting` for who has the count already.

    A search finds those with the serials `named` besides: what `history_names` found by holders' names.
    """
    question = asked(connection, actor, wanted, named)
    if question is None:
        return NOTHING
    total = _count(connection, question, MOST_COUNTED) if counting else NOT_COUNTED
    keyset = _LISTS[question.shape.sort]
    forward, start = keyset.parse(cursor)
    shape = question.read(forward=forward, started=bool(start))
    bounds = {f"start{place}": value for place, value in enumerate(start)}
    query = history_statements.page(shape)
    found = connection.execute(query, question.values | bounds).all()
    if history_statements.in_any_order(shape):
        found = sorted(found, key=itemgetter(0), reverse=shape.falling)
    page = keyset.cut(found, forward=forward, started=bool(start))
    return OrderPage(_rows(page.rows), total, newer=page.previous, older=page.following)


@list_case(Permission.ORDERS_READ)
def count_all(
    connection: Connection, actor: Actor, *, wanted: Wanted = ANY, named: Sequence[int] = ()
) -> int:
    """How many orders match, however many: it may take a moment, and nobody waits for it unasked."""
    question = asked(connection, actor, wanted, named)
    return 0 if question is None else _count(connection, question, None)


def _days_left(erase_on: date | None, today: date) -> int:
    """Whole days from `today` until the data goes, never below 0; -1 while delivery has not set the day."""
    return -1 if erase_on is None else max(0, (erase_on - today).days)


def _count(connection: Connection, question: Question, most: int | None) -> int:
    query = history_statements.total(question.shape, most=most)
    return connection.execute(query, question.values).scalar_one()


def _iso(value: str | datetime) -> str:
    """A time as the database gave it."""
    return _text_iso(value) if isinstance(value, str) else _zoned_iso(value)


def _zoned_iso(value: Any) -> str:
    return value.isoformat()


def _text_iso(value: str) -> str:
    """SQLite gives text without a zone, which is UTC."""
    return value.replace(" ", "T") + "+00:00"


@lru_cache(maxsize=4096)
def _erasable(of: tuple[bool, str, str, str, int, int]) -> bool:
    held, fulfilment, billing, personal_data, cards, produced = of
    case = ErasureCase(
        fulfilment=Fulfilment(fulfilment),
        billing=Billing(billing),
        personal_data=PersonalData(personal_data),
        cards=cards,
        produced=produced,
        held=held,
    )
    return not what_stands_in_the_way(case)


@lru_cache(maxsize=4096)
def _goes(erase_on: str | date | None, today: date) -> tuple[int, str]:
    """Days left until this day of erasing, and the day as text."""
    on = date.fromisoformat(erase_on) if isinstance(erase_on, str) else erase_on
    return _days_left(on, today), "" if on is None else on.isoformat()


def _rows(found: tuple[Any, ...]) -> tuple[OrderRow, ...]:
    if not found:
        return ()
    (kept, account_held), today = history_statements.terms(found[0][-1]), clock.today()
    return tuple([_row(row, today, kept, account_held) for row in found])


def _row(row: Any, today: date, kept: int, account_held: bool) -> OrderRow:  # noqa: FBT001 - by name it would be felt
    # In the order of `history_statements.SHOWN`: fifty times sixteen look-ups by name would be felt.
    (
        serial, reference, cost_centre, cards, produced, pieces, fulfilment, billing, personal_data, held,
        orderer, erase_on, erased_at, created_at, changed_at, _terms,
    ) = row  # fmt: skip
    held = held or account_held
    left, on = _goes(erase_on, today)
    iso = _text_iso if isinstance(created_at, str) else _zoned_iso
    shown: Any = _Fresh(
        order_number(serial), serial, reference, cost_centre,
        orderer if isinstance(orderer, str) else orderer.hex, cards, produced, pieces,
        fulfilment, billing, personal_data, held,
        _erasable((held, fulfilment, billing, personal_data, cards, produced)),
        left, kept, on, iso(erased_at) if erased_at else "", iso(created_at), iso(changed_at),
    )  # fmt: skip
    shown.__class__ = OrderRow
    return shown
