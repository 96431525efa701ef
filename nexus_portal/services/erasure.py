"""Removing the personal data of an order [R7]: now what is ready, and by appointment what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed, NotYet
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.services import erasure_appointments, erasure_decision, erasure_items, tenancy
from nexus_portal.services.erasure_decision import may_erase
from nexus_portal.services.erasure_outlook import NOT_BEGUN, ErasureOutlook, outlook
from nexus_portal.services.erasure_steps import carry_out_or_leave, resume_all
from nexus_portal.services.use_case import use_case

__all__ = [
    "NOT_BEGUN",
    "ErasureOutlook",
    "ErasureRow",
    "decide_for",
    "erase_personal_data",
    "outlook",
    "resume_all",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """One decision to erase; `state` is `decided` until the steps after it are done, then `done`.

    `left` persons of the order stay for now; `appointed` says that they go as soon as they can. Where
    nothing could go at once, there is no `id` and the state is empty.
    """

    id: UUID | None
    order_number: str
    state: str
    persons: int
    photos: int
    decided_at: datetime | None
    decided_role: str
    done_at: datetime | None
    left: int = 0
    appointed: bool = False


@use_case(Permission.ORDERS_ERASE, step_up=True)
def erase_personal_data(
    session: Session, actor: Actor, *, order_id: UUID, appoint: bool = False
) -> ErasureRow:
    """Destroy the personal data of what is produced and invoiced of an order. Twice changes nothing.

    The decision is committed first; keys, rows and files follow at once, or later from the ledger. What
    cannot go yet stays, and with `appoint` goes as soon as it can.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: it is a colleague's, and the actor does not look after the account's privacy.
        NotYet: nothing can go now, and no appointment is wanted; `.reasons` lists what stands in the way.
    """
    order = tenancy.get(session, actor, Order, order_id, lock=True)
    row = decide_for(session, actor, order, appoint=appoint)
    if row.id is not None and row.state != ErasureState.DONE:
        db.after_commit(session, partial(carry_out_or_leave, row.id))
    return row


def decide_for(
    session: Session,
    actor: Actor,
    order: Order,
    *,
    appoint: bool,
    item_ids: Sequence[UUID] | None = None,
) -> ErasureRow:
    """Decide over an order, or over some card items of it, which the caller holds; see the use case."""
    if not may_erase(actor, order):
        raise NotAllowed(
            Message("This order is a colleague’s. They or your privacy officer can remove its personal data.")
        )
    found = erasure_items.persons(session, actor, order, item_ids, lock=True)
    decided = _decided(session, actor, order) if not found else None
    if decided is not None or (not found and item_ids is not None):
        return _row(decided, order)
    reasons = erasure_items.in_the_way(order, found)
    ready = [person for person in found if not person.obstacles]
    if not ready and reasons and not (appoint and found):
        raise NotYet(
            Message("The personal data of this order cannot be removed yet."), [why for _, why in reasons]
        )
    erasure = erasure_decision.decide(session, actor, order, ready) if ready or not found else None
    left = len(found) - len(ready)
    if left and appoint:
        erasure_appointments.appoint(session, actor, order, item_ids)
    return _row(erasure, order, left=left, appointed=appoint and left > 0)


def _decided(session: Session, actor: Actor, order: Order) -> Erasure | None:
    """The decision by which the last persons of an order went, or are going."""
    if order.erasure_id is not None:
        return tenancy.get(session, actor, Erasure, order.erasure_id)
    query = tenancy.rows_of(actor, Erasure).where(
        Erasure.order_id == order.id, Erasure.state != ErasureState.DONE
    )
    return session.exec(query.order_by(col(Erasure.decided_at).desc()).limit(1)).first()


def _row(erasure: Erasure | None, order: Order, *, left: int = 0, appointed: bool = False) -> ErasureRow:
    return ErasureRow(
        id=erasure.id if erasure else None,
        order_number=order_number(order.serial),
        state=erasure.state if erasure else "",
        persons=erasure.persons if erasure else 0,
        photos=erasure.photos if erasure else 0,
        decided_at=erasure.decided_at if erasure else None,
        decided_role=erasure.decided_role if erasure else "",
        done_at=erasure.done_at if erasure else None,
        left=left,
        appointed=appointed,
    )
