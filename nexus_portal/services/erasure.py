"""Removing the personal data of an order [R7], and what is to be said about it beforehand and afterwards."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import ErasureCase, Obstacle, obstacles, what_stands_in_the_way
from nexus_portal.domain.errors import NotAllowed, NotYet
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.retention import RetentionPolicy, Rule
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import audit, tenancy
from nexus_portal.services.erasure_steps import carry_out_or_leave, resume_all
from nexus_portal.services.use_case import use_case

__all__ = ["ErasureOutlook", "ErasureRow", "erase_personal_data", "outlook", "resume_all"]

BY_REQUEST = "request"
NOT_BEGUN = -1
"""`days_left` while nothing is delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """One decision to erase; `state` is `decided` until the steps after it are done, then `done`."""

    id: UUID
    order_number: str
    state: str
    persons: int
    photos: int
    decided_at: datetime
    decided_role: str
    done_at: datetime | None


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


@use_case(Permission.ORDERS_ERASE, step_up=True)
def erase_personal_data(session: Session, actor: Actor, *, order_id: UUID) -> ErasureRow:
    """Destroy the personal data of one produced and invoiced order. Doing it twice changes nothing.

    The decision is committed first; keys, rows and files follow at once, or later from the ledger.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: it is a colleague's, and the actor does not look after the account's privacy.
        NotYet: a line is not produced or not invoiced, or a hold stands; `.reasons` lists them.
    """
    order = tenancy.get(session, actor, Order, order_id, lock=True)
    if not _may_erase(actor, order):
        raise NotAllowed(
            Message("This order is a colleague’s. They or your privacy officer can remove its personal data.")
        )
    erasure = _decided(session, actor, order) or _decide(session, actor, order)
    if erasure.state != ErasureState.DONE:
        db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    return ErasureRow(
        id=erasure.id,
        order_number=erasure.order_number,
        state=erasure.state,
        persons=erasure.persons,
        photos=erasure.photos,
        decided_at=erasure.decided_at,
        decided_role=erasure.decided_role,
        done_at=erasure.done_at,
    )


@use_case(Permission.ORDERS_READ, reads=True)
def outlook(session: Session, actor: Actor, *, order_id: UUID) -> ErasureOutlook:
    """What can be said about the personal data of one order, to be shown beside it.

    Raises:
        NotFound: no such order in the actor's account.
    """
    order = tenancy.get(session, actor, Order, order_id)
    account = tenancy.get(session, actor, Account, order.account_id)
    erasure = _decided(session, actor, order)
    done = erasure is not None and erasure.state == ErasureState.DONE
    under_way = erasure is not None and not done
    in_the_way = () if under_way else obstacles(case_of(order))
    reasons = (Message("The removal is under way."),) if under_way else tuple(why for _, why in in_the_way)
    until = _kept_until(order, account)
    return ErasureOutlook(
        reasons=reasons,
        kinds=tuple(kind for kind, _ in in_the_way),
        can_erase=not reasons and _may_erase(actor, order),
        under_way=under_way,
        persons=erasure.persons if erasure else _persons(session, order),
        policy=_policy(account),
        kept_until=until,
        days_left=max(0, (until - clock.now().date()).days) if until else NOT_BEGUN,
        days_kept=_days(account),
        erased_at=order.erased_at,
        erased_by_role=erasure.decided_role if erasure and done else "",
        certificate_id=erasure.id if erasure and done else None,
    )


def case_of(order: Order) -> ErasureCase:
    """What decides whether an order may be erased."""
    return ErasureCase(
        fulfilment=Fulfilment(order.fulfilment),
        billing=Billing(order.billing),
        personal_data=PersonalData(order.personal_data),
        cards=order.cards,
        produced=order.produced,
        held=order.held,
    )


def _may_erase(actor: Actor, order: Order) -> bool:
    # What is removed never comes back: people decide for their own orders, the privacy officer for all.
    own = order.orderer_id == actor.user_id
    return actor.may(Permission.ORDERS_ERASE) and (own or actor.may(Permission.PRIVACY_MANAGE))


def _decided(session: Session, actor: Actor, order: Order) -> Erasure | None:
    if order.erasure_id is None:
        return None
    return tenancy.get(session, actor, Erasure, order.erasure_id)


def _decide(session: Session, actor: Actor, order: Order) -> Erasure:
    reasons = what_stands_in_the_way(case_of(order))
    if reasons:
        raise NotYet(Message("The personal data of this order cannot be removed yet."), reasons)
    targets = _targets(session, order)
    erasure = Erasure(
        account_id=order.account_id,
        order_id=order.id,
        order_number=order_number(order.serial),
        policy=BY_REQUEST,
        decided_by=actor.user_id,
        decided_role=actor.role or "",
        decided_at=clock.now(),
        persons=len(targets),
        photos=sum(bool(target["files"]) for target in targets),
        tokens=_tokens(session, order),
        targets=targets,
    )
    order.erasure_id = erasure.id
    session.add_all([erasure, order])
    audit.record(
        session,
        actor,
        "order:erasure-decided",
        subject=erasure.order_number,
        account_id=order.account_id,
        persons=erasure.persons,
        photos=erasure.photos,
        search_tokens=erasure.tokens,
    )
    return erasure


def _targets(session: Session, order: Order) -> list[dict[str, Any]]:
    query = (
        select(HolderRecord.id, Photo.original_blob, Photo.crop_blob)
        .outerjoin(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(HolderRecord.order_id == order.id)
    )
    return [
        {"record": str(record_id), "files": [original, crop] if original else []}
        for record_id, original, crop in session.exec(query)
    ]


def _tokens(session: Session, order: Order) -> int:
    query = (
        select(func.count())
        .select_from(SearchToken)
        .join(HolderRecord, col(HolderRecord.id) == col(SearchToken.record_id))
    )
    return session.exec(query.where(HolderRecord.order_id == order.id)).one()


def _persons(session: Session, order: Order) -> int:
    query = select(func.count()).select_from(HolderRecord)
    return session.exec(query.where(HolderRecord.order_id == order.id)).one()


def _kept_until(order: Order, account: Account) -> date | None:
    if order.personal_data == PersonalData.ERASED:
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
