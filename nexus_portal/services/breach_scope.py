"""Which persons could have been touched by a session, somebody or a period: counts and numbers, no persons.

Three degrees of certainty: shown or taken away, by name of the card item; in an act over many persons that
the log knows by order only; and the outer bound, all whose data lay open to whoever it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.audit import AuditEvent
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import Access, AccessAct
from nexus_portal.services import breach_open, breach_question, tenancy
from nexus_portal.services.accesses import DAYS_OF_A_MONTH
from nexus_portal.services.breach_question import Question, Wanted
from nexus_portal.services.use_case import use_case

SEEN = (AccessAct.REVEALED, AccessAct.PHOTO)
TAKEN = (AccessAct.EXPORTED, AccessAct.PRINTED, AccessAct.PACKAGED)
LOGGED = ("person:exported", "person:printed", "person:revealed", "person:searched")
"""What the audit log writes of the same acts, for as long as there is an account."""
MOST = 200
"""Orders that are shown; the export has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTouched:
    """One order. `seen`, `photos` and `taken` count persons that are known by their card items.

    `unnamed` adds up acts over many persons of the order; `nearby` counts persons shown or taken in other
    sessions of the same people; `cards` are all that the order has. Times are ISO.
    """

    account: str
    order: str
    seen: int
    photos: int
    taken: int
    unnamed: int
    nearby: int
    cards: int
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTouched:
    """One account, with the outer bound: orders that lay open, and the cards that they have.

    `acts` are entries of its access log that fit, `logged` those of its audit log: more of these mean that
    the access log has forgotten some. `reaches_back` says so of the period by itself.
    """

    account: str
    name: str
    orders: int
    seen: int
    photos: int
    taken: int
    unnamed: int
    nearby: int
    searches: int
    acts: int
    logged: int
    open_orders: int
    open_cards: int
    reaches_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was found; `known` is false where nothing is known of the session or address any more."""

    accounts: tuple[AccountTouched, ...]
    orders: tuple[OrderTouched, ...]
    more: bool
    known: bool
    since: str
    until: str


@use_case(Permission.BREACHES_MANAGE, reads=True)
def touched(session: Session, actor: Actor, *, wanted: Wanted) -> Scope:
    """What was asked for, by account and by order, the last touched first.

    Raises:
        Invalid: nothing narrows it, or something cannot be read.
    """
    question = breach_question.understood(session, actor, wanted)
    orders = _orders(session, actor, question)
    return Scope(
        accounts=tuple(_accounts(session, question)),
        orders=tuple(orders[:MOST]),
        more=len(orders) > MOST,
        known=question.refs is None or bool(question.people),
        since=question.since.isoformat() if question.since else "",
        until=question.until.isoformat(),
    )


def aggregated(*groups: Any) -> Any:
    """Accesses counted by these columns."""
    item = col(Access.item_id)

    def persons(acts: Sequence[AccessAct]) -> ColumnElement[int]:
        return func.count(distinct(case((col(Access.act).in_(acts), item))))

    searched = col(Access.act) == AccessAct.SEARCHED
    return select_columns(
        *groups,
        persons(SEEN).label("seen"),
        persons((AccessAct.PHOTO,)).label("photos"),
        persons(TAKEN).label("taken"),
        func.sum(case((item.is_(None) & ~searched, col(Access.persons)), else_=0)).label("unnamed"),
        func.count(distinct(item)).label("persons"),
        func.sum(case((searched, 1), else_=0)).label("searches"),
        func.count(distinct(case((~searched, col(Access.subject))))).label("orders"),
        func.count().label("acts"),
        func.min(col(Access.at)).label("first"),
        func.max(col(Access.at)).label("last"),
    ).group_by(*groups)


def _accounts(session: Session, question: Question) -> Iterator[AccountTouched]:
    found = _by(session, question.surely(), col(Access.account_id))
    nearby = question.nearby()
    near = _by(session, nearby, col(Access.account_id)) if nearby else {}
    lay_open = breach_open.open_to(session, question)
    logged = _logged(session, question)
    for account in question.accounts:
        row: Any = found.get((account.id,))
        beside: Any = near.get((account.id,))
        orders, cards = lay_open.get(account.id, (0, 0))
        forgotten = clock.now() - timedelta(days=account.access_months * DAYS_OF_A_MONTH)
        yield AccountTouched(
            account=account.number,
            name=account.name,
            orders=row.orders if row else 0,
            seen=row.seen if row else 0,
            photos=row.photos if row else 0,
            taken=row.taken if row else 0,
            unnamed=row.unnamed if row else 0,
            nearby=beside.persons if beside else 0,
            searches=row.searches if row else 0,
            acts=row.acts if row else 0,
            logged=logged.get(str(account.id), 0),
            open_orders=orders,
            open_cards=cards,
            reaches_back=question.since is None or question.since < forgotten,
        )


def _orders(session: Session, actor: Actor, question: Question) -> list[OrderTouched]:
    groups = (col(Access.account_id), col(Access.subject))
    found = _by(session, question.surely(), *groups, most=MOST + 1)
    nearby = question.nearby()
    near = _by(session, nearby, *groups, most=MOST + 1) if nearby else {}
    keys = [key for key in dict.fromkeys([*found, *near]) if key[1]]
    numbers = {account.id: account.number for account in question.accounts}
    cards = _cards(session, actor, [key[1] for key in keys])
    rows = [_order(numbers[key[0]], key[1], found.get(key), near.get(key), cards) for key in keys]
    return sorted(rows, key=lambda row: row.last, reverse=True)


def _order(account: str, number: str, row: Any, near: Any, cards: dict[str, int]) -> OrderTouched:
    times = [each for each in (row, near) if each]
    return OrderTouched(
        account=account,
        order=number,
        seen=row.seen if row else 0,
        photos=row.photos if row else 0,
        taken=row.taken if row else 0,
        unnamed=row.unnamed if row else 0,
        nearby=near.persons if near else 0,
        cards=cards.get(number, 0),
        first=min(each.first for each in times).isoformat(),
        last=max(each.last for each in times).isoformat(),
    )


def _by(
    session: Session, conditions: Sequence[ColumnElement[bool]], *groups: Any, most: int = 0
) -> dict[tuple[Any, ...], Any]:
    query = aggregated(*groups).where(*conditions)
    if most:
        query = query.where(col(Access.subject) != "").order_by(func.max(col(Access.at)).desc()).limit(most)
    rows: Sequence[Any] = session.connection().execute(query).all()
    return {tuple(row[: len(groups)]): row for row in rows}


def _cards(session: Session, actor: Actor, numbers: Sequence[str]) -> dict[str, int]:
    # What was seen in a dropped file is told by the file's number.
    orders = [number for number in numbers if number.count("-") == 1 and number[:1].isdigit()]
    serials = [parse_order_number(number) for number in orders]
    query = select(Order.serial, Order.cards).where(
        tenancy.within(actor, Order.account_id), col(Order.serial).in_(serials)
    )
    return {order_number(serial): cards for serial, cards in session.exec(query)} if serials else {}


def _logged(session: Session, question: Question) -> dict[str, int]:
    """Entries of the audit logs about the same acts of the same people in the period."""
    query = (
        select(AuditEvent.chain, func.count())
        .where(
            col(AuditEvent.chain).in_([str(account_id) for account_id in question.account_ids]),
            col(AuditEvent.action).in_(LOGGED),
            col(AuditEvent.at) <= question.until,
        )
        .group_by(col(AuditEvent.chain))
    )
    if question.since is not None:
        query = query.where(col(AuditEvent.at) >= question.since)
    if question.people is not None:
        query = query.where(col(AuditEvent.actor_id).in_(question.people))
    return dict(session.exec(query).all())
