"""Who has a draft open now, so that people who work on the same one are told of each other."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.orders import DraftVisit, Order
from nexus_portal.models.people import User
from nexus_portal.services import draft_orders, order_details, tenancy
from nexus_portal.services.use_case import use_case

TOPIC = "visits"
LIFETIME = timedelta(seconds=20)
"""A tab says every eight seconds that it is there; one that closed without a word is gone after this."""


@dataclass(frozen=True, slots=True)
class Visitors:
    """Who else has the draft open: colleagues by name, and whether it is open in another tab of one's own."""

    names: tuple[str, ...] = ()
    own_tab: bool = False


@use_case(Permission.ORDERS_CREATE)
def visit(session: Session, actor: Actor, *, number: str, tab: str) -> Visitors:
    """Say that this tab has the draft open, and learn who else has. `tab` is a hash that names the tab.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = order_details.find(session, actor, number)
    if order.fulfilment not in EDITABLE:
        return Visitors()
    now, before = clock.now(), _visits(session, actor, order)
    gone = [row for row in before if row.seen_at < now - LIFETIME]
    mine = next((row for row in before if row.tab == tab), None)
    if mine is None or mine in gone:
        _announce(session, order)
    for row in gone:
        session.delete(row)
    session.flush()
    if mine is None or mine in gone:
        mine = DraftVisit(
            order_id=order.id,
            tab=tab,
            account_id=order.account_id,
            user_id=draft_orders.own_user(actor),
            seen_at=now,
        )
    mine.seen_at = now
    session.add(mine)
    if gone:
        _announce(session, order)
    return _others(session, actor, [row for row in before if row not in gone and row.tab != tab])


@use_case(Permission.ORDERS_CREATE)
def leave(session: Session, actor: Actor, *, number: str, tab: str) -> None:
    """Say that a tab has left the draft.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = order_details.find(session, actor, number)
    mine = (col(DraftVisit.order_id) == order.id, col(DraftVisit.tab) == tab)
    session.exec(delete(DraftVisit).where(tenancy.within(actor, DraftVisit.account_id), *mine))
    _announce(session, order)


def forget(session: Session, order: Order) -> None:
    """The order is no draft any more, or is thrown away: who had it open is of no interest."""
    session.exec(delete(DraftVisit).where(col(DraftVisit.order_id) == order.id))


def _visits(session: Session, actor: Actor, order: Order) -> list[DraftVisit]:
    query = tenancy.rows_of(actor, DraftVisit).where(DraftVisit.order_id == order.id)
    return list(session.exec(query.with_for_update()))


def _others(session: Session, actor: Actor, rows: list[DraftVisit]) -> Visitors:
    ids: set[UUID] = {row.user_id for row in rows if row.user_id != actor.user_id}
    names = session.exec(select(User.name).where(col(User.id).in_(ids))).all() if ids else []
    return Visitors(tuple(sorted(names)), own_tab=any(row.user_id == actor.user_id for row in rows))


def _announce(session: Session, order: Order) -> None:
    db.announce(session, News(order.account_id, TOPIC, order_number(order.serial)))
