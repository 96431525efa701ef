"""Who is told by mail of approving: that an order waits, and what became of it. No reason, nobody's name."""

from sqlmodel import Session

from nexus_portal import settings
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.orders import Order
from nexus_portal.models.people import User
from nexus_portal.services import approval_rules, outbox, tenancy


def ask(session: Session, actor: Actor, order: Order) -> None:
    """Tell those who may approve an order that it waits, but for the person who ordered."""
    account = tenancy.get(session, actor, Account, order.account_id)
    for user in approval_rules.approvers(session, actor, account):
        if user.id != order.orderer_id:
            _post(
                session,
                order,
                user,
                Message("Order {number} waits for your approval", number=order_number(order.serial)),
                Message(
                    "Order {number} waits for your approval. Release it, or give it back with a reason:\n\n"
                    "{link}",
                    number=order_number(order.serial),
                    link=_link(order),
                ),
            )


def tell_released(session: Session, order: Order) -> None:
    """Tell the orderer that an order went on to the bureau."""
    number = order_number(order.serial)
    _post(
        session,
        order,
        session.get_one(User, order.orderer_id),
        Message("Order {number} is approved", number=number),
        Message(
            "Order {number} was approved and is with the bureau now:\n\n{link}",
            number=number,
            link=_link(order),
        ),
    )


def tell_given_back(session: Session, order: Order) -> None:
    """Tell the orderer that an order came back; the reason stands on its page."""
    number = order_number(order.serial)
    _post(
        session,
        order,
        session.get_one(User, order.orderer_id),
        Message("Order {number} came back to you", number=number),
        Message(
            "An approver in your organisation gave order {number} back. Read why, correct the "
            "same order and send it again:\n\n{link}",
            number=number,
            link=_link(order),
        ),
    )


def _link(order: Order) -> str:
    return f"{settings.current().base_url}/orders/{order_number(order.serial)}"


def _post(session: Session, order: Order, user: User, subject: Message, body: Message) -> None:
    outbox.post(
        session,
        to=user.email,
        language=user.language,
        subject=subject,
        body=body,
        account_id=order.account_id,
        kind="approval",
    )
