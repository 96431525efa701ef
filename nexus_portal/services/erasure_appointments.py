"""Erasing what cannot go yet as soon as it can, in the name of who asked for it."""

import logging
from collections.abc import Collection
from functools import partial
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor, Scope
from nexus_portal.domain.errors import NotAllowed, PortalError
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.orders import Order
from nexus_portal.models.people import Membership
from nexus_portal.models.privacy import ErasureAppointment
from nexus_portal.services import audit, erasure_decision, erasure_items, grants, tenancy
from nexus_portal.services.erasure_steps import carry_out_or_leave
from nexus_portal.services.sessions import system
from nexus_portal.services.use_case import use_case

log = logging.getLogger(__name__)


def appoint(session: Session, actor: Actor, order: Order, item_ids: Collection[UUID] | None) -> None:
    """Note that these card items' persons, or all of the order, go as soon as they can.

    Who asks last stands for all that was asked before.
    """
    asked = session.get(ErasureAppointment, order.id)
    wanted = None if item_ids is None else {str(item_id) for item_id in item_ids}
    if asked is None:
        asked = ErasureAppointment(
            order_id=order.id,
            account_id=order.account_id,
            items=sorted(wanted) if wanted is not None else None,
            asked_by=_somebody(actor),
            asked_at=clock.now(),
        )
    elif asked.items is not None:
        asked.items = sorted(wanted | set(asked.items)) if wanted is not None else None
    asked.asked_by, asked.asked_role, asked.asked_at = _somebody(actor), actor.role or "", clock.now()
    session.add(asked)
    _note(session, actor, order, "order:erasure-appointed")


@use_case(Permission.ORDERS_ERASE)
def call_off(session: Session, actor: Actor, *, order_id: UUID) -> None:
    """What was to go as soon as it can stays until somebody decides anew. Twice changes nothing.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: it is a colleague's, and the actor does not look after the account's privacy.
    """
    order = tenancy.get(session, actor, Order, order_id, lock=True)
    if not erasure_decision.may_erase(actor, order):
        raise NotAllowed
    asked = session.get(ErasureAppointment, order.id)
    if asked is not None:
        session.delete(asked)
        _note(session, actor, order, "order:erasure-called-off")


def keep_all() -> int:
    """Keep every appointment of which something can go now; gives of how many orders."""
    with system(writes=False) as session:
        asked = session.exec(select(ErasureAppointment.order_id).order_by(col(ErasureAppointment.order_id)))
        due = [order_id for order_id in asked.all() if _due(session, order_id)]
    kept = 0
    for order_id in due:
        try:
            with system() as session:
                kept += _keep(session, order_id)
        except PortalError as error:
            log.warning("an appointment waits: %s", type(error).__name__)
    return kept


def _due(session: Session, order_id: UUID) -> bool:
    asked = session.get(ErasureAppointment, order_id)
    if asked is None:
        return False
    order = tenancy.get(session, SYSTEM, Order, order_id)
    found = erasure_items.persons(session, SYSTEM, order, _items(asked))
    return not found or any(not person.obstacles for person in found) or _asker(session, asked, order) is None


def _keep(session: Session, order_id: UUID) -> bool:
    order = tenancy.get(session, SYSTEM, Order, order_id, lock=True)
    asked = session.get(ErasureAppointment, order_id)
    if asked is None:
        return False
    asker = _asker(session, asked, order)
    if asker is None:
        session.delete(asked)
        _note(session, SYSTEM, order, "order:erasure-appointment-lapsed")
        return False
    found = erasure_items.persons(session, SYSTEM, order, _items(asked), lock=True)
    ready = [person for person in found if not person.obstacles]
    if ready:
        erasure = erasure_decision.decide(session, asker, order, ready)
        db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    if len(ready) == len(found):
        session.delete(asked)
    return bool(ready)


def _asker(session: Session, asked: ErasureAppointment, order: Order) -> Actor | None:
    """Who asked, if they may still decide this."""
    query = tenancy.rows_of(SYSTEM, Membership).where(
        Membership.user_id == asked.asked_by,
        Membership.account_id == asked.account_id,
        col(Membership.active),
    )
    member = session.exec(query).one_or_none()
    if member is None:
        return None
    grant = grants.held(session, member)
    asker = Actor(
        scope=Scope.ACCOUNT,
        user_id=member.user_id,
        account_id=asked.account_id,
        role=grant.role,
        permissions=grant.permissions,
    )
    return asker if erasure_decision.may_erase(asker, order) else None


def _items(asked: ErasureAppointment) -> set[UUID] | None:
    return None if asked.items is None else {UUID(item) for item in asked.items}


def _somebody(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _note(session: Session, actor: Actor, order: Order, action: str) -> None:
    number = order_number(order.serial)
    audit.record(session, actor, action, subject=number, account_id=order.account_id)
    db.announce(session, News(order.account_id, "orders", number))
