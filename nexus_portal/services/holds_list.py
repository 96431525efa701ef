"""What is held, why, by whom and until when it is looked at again: for the pages where it stops something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership, User
from nexus_portal.models.privacy import Hold
from nexus_portal.services import grants, order_details, tenancy
from nexus_portal.services.use_case import use_case

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One hold. Times and days are ISO; `on` is an order's number, a card item's code, or empty for all."""

    id: str
    on: str
    order: str
    reason: str
    owner: str
    placed_by: str
    placed_at: str
    review_on: str
    overdue: bool
    """Its day of review has passed."""
    asked_by: str
    """Who asked to lift it, and why; empty while nobody has."""
    asked_why: str
    asked_by_me: bool
    lifted_by: str
    lifted_at: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the account who can own a hold or be the second person."""

    value: str
    label: str


@use_case(Permission.PRIVACY_READ, reads=True)
def holds(session: Session, actor: Actor, *, lifted: bool = False) -> tuple[HoldRow, ...]:
    """The account's open holds, those overdue reviews first; or the lifted ones, newest first."""
    state = col(Hold.lifted_at).is_not(None) if lifted else col(Hold.lifted_at).is_(None)
    order = [col(Hold.lifted_at).desc()] if lifted else [col(Hold.review_on), col(Hold.placed_at)]
    return _rows(session, actor, state, order)


@use_case(Permission.ORDERS_READ, reads=True)
def on_order(session: Session, actor: Actor, *, order_id: UUID) -> tuple[HoldRow, ...]:
    """What stops the erasing of an order: its holds, those on its persons, and those on the account."""
    here = (col(Hold.order_id) == order_id) | col(Hold.order_id).is_(None)
    return _rows(session, actor, col(Hold.lifted_at).is_(None) & here, [col(Hold.review_on)])


@use_case(Permission.CARDS_READ, reads=True)
def on_item(session: Session, actor: Actor, *, code: str) -> tuple[HoldRow, ...]:
    """What stops the erasing of the person of one card item, by its code."""
    number, _, _position = code.rpartition("-")
    order = order_details.find(session, actor, number)
    found = _rows(
        session,
        actor,
        col(Hold.lifted_at).is_(None) & ((col(Hold.order_id) == order.id) | col(Hold.order_id).is_(None)),
        [col(Hold.review_on)],
    )
    return tuple(row for row in found if row.on in {"", number, code})


@use_case(Permission.PRIVACY_READ, reads=True)
def owners(session: Session, actor: Actor) -> tuple[Colleague, ...]:
    """The people of the account, by name: any of them can own a hold."""
    return _colleagues(session, actor, None)


@use_case(Permission.PRIVACY_READ, reads=True)
def second_people(session: Session, actor: Actor) -> tuple[Colleague, ...]:
    """Who besides the actor can lift a hold."""
    return tuple(
        row
        for row in _colleagues(session, actor, Permission.PRIVACY_MANAGE)
        if row.value != str(actor.user_id)
    )


def _colleagues(session: Session, actor: Actor, may: Permission | None) -> tuple[Colleague, ...]:
    query = (
        select(Membership, User.name)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), col(Membership.active))
    )
    return tuple(
        Colleague(str(member.user_id), name)
        for member, name in sorted(session.exec(query), key=lambda found: found[1].casefold())
        if may is None or may in grants.held(session, member).permissions
    )


def _rows(
    session: Session, actor: Actor, which: ColumnElement[bool], order: Sequence[Any]
) -> tuple[HoldRow, ...]:
    query = (
        select(Hold, Order.serial, CardItem.position)
        .join(Order, col(Order.id) == col(Hold.order_id), isouter=True)
        .join(CardItem, col(CardItem.id) == col(Hold.item_id), isouter=True)
        .where(tenancy.within(actor, Hold.account_id), which)
    )
    found = session.exec(query.order_by(*order).limit(MOST)).all()
    ids = {
        user_id
        for hold, _, _ in found
        for user_id in (hold.owner_id, hold.placed_by, hold.lift_asked_by, hold.lifted_by)
        if user_id
    }
    names = order_details.colleagues(session, actor, ids)
    return tuple(_row(actor, hold, serial, position, names) for hold, serial, position in found)


def _row(
    actor: Actor, hold: Hold, serial: int | None, position: int | None, names: dict[UUID, str]
) -> HoldRow:
    number = order_number(serial) if serial else ""
    return HoldRow(
        id=str(hold.id),
        on=item_code(serial, position) if serial and position else number,
        order=number,
        reason=hold.reason,
        owner=names.get(hold.owner_id, ""),
        placed_by=names.get(hold.placed_by, ""),
        placed_at=hold.placed_at.isoformat(),
        review_on=hold.review_on.isoformat(),
        overdue=hold.lifted_at is None and hold.review_on < clock.today(),
        asked_by=names.get(hold.lift_asked_by, "") if hold.lift_asked_by else "",
        asked_why=hold.lift_reason,
        asked_by_me=hold.lift_asked_by is not None and hold.lift_asked_by == actor.user_id,
        lifted_by=names.get(hold.lifted_by, "") if hold.lifted_by else "",
        lifted_at=_iso(hold.lifted_at),
    )


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
