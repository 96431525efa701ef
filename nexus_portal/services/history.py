"""The order history: an account's orders, newest first, a page at a time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import ErasureCase, what_stands_in_the_way
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.numbers import YEAR, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account, RetentionPolicy
from nexus_portal.models.orders import Order
from nexus_portal.services import tenancy
from nexus_portal.services.keyset import Keyset, whole
from nexus_portal.services.use_case import use_case

LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list. `days_left` is -1 while the clock has not begun; times are ISO."""

    number: str
    serial: int
    reference: str
    cards: int
    produced: int
    fulfilment: str
    billing: str
    personal_data: str
    held: bool
    erasable: bool
    days_left: int
    days_kept: int
    erased_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of the history. `total` counts all that match; a cursor is empty where there is no more."""

    rows: tuple[OrderRow, ...]
    total: int
    newer: str
    older: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader looks for; empty means any."""

    search: str = ""
    fulfilment: str = ""
    billing: str = ""
    personal_data: str = ""


ANY = Wanted()
NEWEST_FIRST = Keyset[Order]((Order.serial,), lambda order: (order.serial,), (whole,), descending=True)


@use_case(Permission.ORDERS_READ, reads=True)
def orders(session: Session, actor: Actor, *, wanted: Wanted = ANY, cursor: str = "") -> OrderPage:
    """A page of at most 50 orders, newest first."""
    conditions = _conditions(wanted)
    page = NEWEST_FIRST.page(session, [tenancy.rows_of(actor, Order).where(*conditions)], cursor)
    counting = select(func.count()).where(tenancy.within(actor, Order.account_id), *conditions)
    kept = days_kept(session, actor)
    return OrderPage(
        tuple(_row(order, kept) for order in page.rows),
        session.exec(counting).one(),
        newer=page.previous,
        older=page.following,
    )


def days_kept(session: Session, actor: Actor) -> int:
    """For how many days after delivery the account keeps personal data; 0 is at once."""
    query = select(Account.retention_policy, Account.retention_days).where(Account.id == actor.account_id)
    policy, days = session.exec(query).one()
    return 0 if policy == RetentionPolicy.IMMEDIATE else days


def days_left(erase_on: date | None) -> int:
    """Whole days until the data goes, never below 0; -1 while delivery has not set the day."""
    return -1 if erase_on is None else max(0, (erase_on - clock.today()).days)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (Order.fulfilment, wanted.fulfilment),
        (Order.billing, wanted.billing),
        (Order.personal_data, wanted.personal_data),
    ):
        if value:
            conditions.append(col(column) == value)
    text = wanted.search.strip()[:LONGEST_SEARCH]
    if text:
        conditions.append(_matching(text))
    return conditions


def _matching(text: str) -> ColumnElement[bool]:
    """An order number from its beginning, `2026-004`, or words anywhere in the reference."""
    year, dash, number = text.partition("-")
    if dash and year.isdecimal() and len(year) == 4 and (number.isdecimal() or not number):  # noqa: PLR2004 - a year
        width = max(0, 5 - len(number))
        first = int(year) * YEAR + (int(number) if number else 0) * 10**width
        return col(Order.serial).between(first, first + 10**width - 1)
    return col(Order.reference).icontains(text, autoescape=True)


def _row(order: Order, kept: int) -> OrderRow:
    case = ErasureCase(
        fulfilment=Fulfilment(order.fulfilment),
        billing=Billing(order.billing),
        personal_data=PersonalData(order.personal_data),
        cards=order.cards,
        produced=order.produced,
        held=order.held,
    )
    return OrderRow(
        number=order_number(order.serial),
        serial=order.serial,
        reference=order.reference,
        cards=order.cards,
        produced=order.produced,
        fulfilment=order.fulfilment,
        billing=order.billing,
        personal_data=order.personal_data,
        held=order.held,
        erasable=not what_stands_in_the_way(case),
        days_left=days_left(order.erase_on),
        days_kept=kept,
        erased_at=order.erased_at.isoformat() if order.erased_at else "",
        changed_at=order.changed_at.isoformat(),
    )
