"""What is to be said about an order's personal data, before it is removed and afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import Order
from nexus_portal.models.privacy import ErasureAppointment
from nexus_portal.services import erasure_items, order_details, tenancy
from nexus_portal.services.erasure_decision import may_erase
from nexus_portal.services.erasure_items import LineStanding
from nexus_portal.services.erasure_steps import SUPERSEDED
from nexus_portal.services.use_case import use_case

NOT_BEGUN = -1
"""`days_left` while nothing is delivered."""


@dataclass(frozen=True, slots=True)
class ErasedPart:
    """One erasing of an order that is done: of how many persons, when, and its certificate."""

    certificate_id: UUID
    persons: int
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOutlook:
    """Whether an order's personal data can be removed, when it goes by itself, and what became of it."""

    reasons: tuple[Message, ...]
    kinds: tuple[Obstacle, ...]
    """What kind of obstacle each reason is; none while the removal is under way."""
    can_erase: bool
    under_way: bool
    persons: int
    policy: Message
    kept_until: date | None
    days_left: int
    days_kept: int
    erased_at: datetime | None
    erased_by_role: str
    certificate_id: UUID | None
    ready: int
    """How many of the persons can go now; an order without any can be closed all the same."""
    lines: tuple[LineStanding, ...]
    """The persons by line, where something stands in the way of some."""
    parts: tuple[ErasedPart, ...]
    """What went before, while others of the order stay."""
    appointed_by: str
    """Who decided that the rest goes as soon as it can; empty where nobody did."""
    appointed_at: datetime | None
    appointed_persons: int
    may_decide: bool


@use_case(Permission.ORDERS_READ, reads=True)
def outlook(session: Session, actor: Actor, *, order_id: UUID) -> ErasureOutlook:
    """What can be said about the personal data of one order, to be shown beside it.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = tenancy.get(session, actor, Order, order_id)
    account = tenancy.get(session, actor, Account, order.account_id)
    return outlook_of(session, actor, order, account, {})


def outlook_of(
    session: Session, actor: Actor, order: Order, account: Account, read: Mapping[UUID, Layout]
) -> ErasureOutlook:
    """The same of an order and its account that the actor was found to see; `read` as for `related.by_id`."""
    found = erasure_items.persons(session, actor, order)
    past = _past(session, actor, order)
    under_way = not found and any(erasure.state != ErasureState.DONE for erasure in past)
    last = past[0] if past and (under_way or order.personal_data == PersonalData.ERASED) else None
    in_the_way = () if under_way else erasure_items.in_the_way(order, found)
    ready = sum(not person.obstacles for person in found)
    can = not under_way and (ready > 0 or not (found or in_the_way))
    until = _kept_until(order, account)
    asked = _appointment(session, actor, order)
    who = order_details.colleagues(session, actor, {asked.asked_by}) if asked else {}
    erased = last is not None and not under_way
    return ErasureOutlook(
        reasons=(Message("The removal is under way."),) if under_way else tuple(why for _, why in in_the_way),
        kinds=tuple(kind for kind, _ in in_the_way),
        can_erase=can and may_erase(actor, order),
        under_way=under_way,
        persons=last.persons if last else len(found),
        policy=_policy(account),
        kept_until=until,
        days_left=max(0, (until - clock.now().date()).days) if until else NOT_BEGUN,
        days_kept=_days(account),
        erased_at=order.erased_at,
        erased_by_role=last.decided_role if last and erased else "",
        certificate_id=last.id if last and erased else None,
        ready=ready,
        lines=erasure_items.by_line(session, actor, found, read) if in_the_way else (),
        parts=_parts(past[1:] if erased else past),
        appointed_by=who.get(asked.asked_by, "") if asked else "",
        appointed_at=asked.asked_at if asked else None,
        appointed_persons=len(asked.items) if asked and asked.items else len(found),
        may_decide=may_erase(actor, order),
    )


def _past(session: Session, actor: Actor, order: Order) -> Sequence[Erasure]:
    """The erasings of an order, the newest first; corrections took nobody away."""
    query = tenancy.rows_of(actor, Erasure).where(Erasure.order_id == order.id, Erasure.policy != SUPERSEDED)
    return session.exec(query.order_by(col(Erasure.decided_at).desc(), col(Erasure.id).desc())).all()


def _parts(past: Sequence[Erasure]) -> tuple[ErasedPart, ...]:
    return tuple(ErasedPart(each.id, each.persons, each.done_at) for each in past if each.done_at is not None)


def _appointment(session: Session, actor: Actor, order: Order) -> ErasureAppointment | None:
    query = tenancy.rows_of(actor, ErasureAppointment).where(ErasureAppointment.order_id == order.id)
    return session.exec(query).one_or_none()


def _kept_until(order: Order, account: Account) -> date | None:
    if order.personal_data in {PersonalData.ERASED, PersonalData.NONE}:
        return None
    if order.erase_on is not None:
        return order.erase_on
    if order.delivered_at is None:
        return None
    return order.delivered_at.date() + timedelta(days=_days(account))


def _days(account: Account) -> int:
    policy = RetentionPolicy(account.retention_policy)
    return Rule(policy, account.retention_days).lasts(account.warranty_days)


def _policy(account: Account) -> Message:
    if account.retention_policy == RetentionPolicy.IMMEDIATE:
        return Message("Removed as soon as the cards are delivered.")
    return Message("Kept for {days} days after delivery.", days=_days(account))
