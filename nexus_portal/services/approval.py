"""Approving orders inside the customer's own house, before the bureau sees them."""

from sqlmodel import Session

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed
from nexus_portal.domain.lifecycles import Fulfilment
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.services import account_standing, approval_mails, audit, order_details, progress, tenancy
from nexus_portal.services.use_case import use_case

LONGEST_REASON = 400


@use_case(Permission.ORDERS_APPROVE)
def approve(session: Session, actor: Actor, *, number: str) -> None:
    """Release an order to the bureau. Four eyes: whoever ordered does not approve, though they may others'.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: the actor ordered it.
        NotYet: nothing can be ordered in the account now.
        Conflict: it does not wait for approval any more.
    """
    order = order_details.find(session, actor, number, lock=True)
    if order.orderer_id == actor.user_id:
        raise NotAllowed(Message("You ordered this yourself. A colleague who may approve has to release it."))
    account_standing.refuse_orders(tenancy.get(session, actor, Account, order.account_id))
    progress.move_order(session, actor, order, Fulfilment.APPROVED)
    approval_mails.tell_released(session, order)
    audit.record(session, actor, "order:approved", subject=number, account_id=order.account_id)


@use_case(Permission.ORDERS_APPROVE)
def give_back(session: Session, actor: Actor, *, number: str, reason: str) -> None:
    """Return an order to its orderer, who corrects the same order; the reason is written for them.

    Raises:
        NotFound: no such order in the actor's account.
        Invalid: there is no reason, or it is too long.
        Conflict: it does not wait for approval any more.
    """
    text = reason.strip()
    if not text or len(text) > LONGEST_REASON:
        raise Invalid(Message("Say in a sentence what should be corrected."))
    order = order_details.find(session, actor, number, lock=True)
    if order.fulfilment != Fulfilment.AWAITING_APPROVAL:
        # The bureau may reject later states; an approver may not.
        raise Conflict
    progress.move_order(session, actor, order, Fulfilment.REJECTED, reason=text)
    if order.orderer_id != actor.user_id:
        approval_mails.tell_given_back(session, order)
    audit.record(session, actor, "order:given-back", subject=number, account_id=order.account_id)
