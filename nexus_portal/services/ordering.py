"""Ordering: a draft becomes an order of the bureau's, once, whatever is pressed how often."""

from dataclasses import dataclass

from sqlmodel import Session

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.approval import Approval
from nexus_portal.domain.errors import NotYet
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.imports import ImportState
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    account_standing,
    approval_mails,
    approval_rules,
    cart,
    draft_mending,
    draft_orders,
    draft_rows,
    draft_visits,
    holder_links,
    import_progress,
    order_details,
    progress,
    protecting,
    replacements,
    tenancy,
)
from nexus_portal.services.idempotency import once
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_orders import refuse_erased


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """What came of ordering. `rest` is the number of the draft that the bad rows were left in."""

    number: str
    fulfilment: str
    cards: int
    rest: str = ""


@use_case(Permission.ORDERS_CREATE)
def submit(session: Session, actor: Actor, *, number: str, key: str) -> OrderedRow:
    """Order a draft, or a rejected order again. The same `key` orders once and gets the same answer.

    Raises:
        NotYet: nothing can be ordered in the account now, it is empty, a row has something wrong, or its
            spreadsheet is still being read.
        NotAllowed: it is a colleague's.
        Conflict: it was ordered already, or its persons were removed.
    """

    def order_all() -> str:
        _send(session, actor, draft_orders.editable(session, actor, number))
        return ""

    return _outcome(session, actor, number, once(session, actor, key and f"order {number} {key}", order_all))


@use_case(Permission.ORDERS_CREATE)
def submit_ready(session: Session, actor: Actor, *, number: str, key: str) -> OrderedRow:
    """Order the ready rows of a draft and keep the others in a draft of their own; see `submit`."""

    def order_ready() -> str:
        rest = draft_mending.leave_out_bad_rows(session, actor, number=number)
        _send(session, actor, draft_orders.editable(session, actor, number))
        return rest

    return _outcome(
        session, actor, number, once(session, actor, key and f"order {number} {key}", order_ready)
    )


def _send(session: Session, actor: Actor, order: Order) -> None:
    account = tenancy.get(session, actor, Account, order.account_id)
    account_standing.refuse_orders(account)
    _refuse_unready(session, actor, order)
    refuse_erased(session, {order.id})
    draft_rows.count_anew(session, actor, order)
    cart.close(session, actor, order)
    draft_visits.forget(session, order)
    holder_links.close_all(session, actor, order.id)
    replacements.sent(session, actor, order)
    protecting.order_sent(session, actor, order)
    # Only a rule that goes by size asks what it comes to.
    sized = account.approval == Approval.ABOVE
    price = cart.price_of(cart.lines(session, actor, order)) if sized else 0
    waits = approval_rules.waits(account, order, price=price)
    to = Fulfilment.AWAITING_APPROVAL if waits else Fulfilment.SUBMITTED
    progress.move_order(session, actor, order, to)
    if waits:
        approval_mails.ask(session, actor, order)
    draft_orders.record(session, actor, "order:submitted", order, cards=order.cards)


def _refuse_unready(session: Session, actor: Actor, order: Order) -> None:
    items = draft_orders.live_items(session, actor, order)
    asked = [item for item in items if holder_links.waits(item)]
    sent = [item for item in items if item.stage == Stage.IN_REVIEW]
    bad = sum(item.stage != Stage.READY for item in items) - len(asked) - len(sent)
    reading = import_progress.of_order(session, actor, order.id)
    reasons: list[Message] = []
    if reading and reading.state == ImportState.READING and not reading.interrupted:
        reasons.append(
            Message("{done} of {total} rows are read so far.", done=reading.done, total=reading.total)
        )
    if not (items or order.pieces):
        reasons.append(Message("There is nothing in it yet."))
    if asked:
        reasons.append(Message("Cards that still wait for their holder: {count}.", count=len(asked)))
    if sent:
        reasons.append(
            Message("Answers of card holders that nobody has looked over: {count}.", count=len(sent))
        )
    if bad:
        reasons.append(Message("{count} of {total} rows have to be mended.", count=bad, total=len(items)))
    if reasons:
        raise NotYet(Message("The order cannot be sent yet."), reasons)


def _outcome(session: Session, actor: Actor, number: str, rest: str) -> OrderedRow:
    order = order_details.find(session, actor, number)
    return OrderedRow(number, order.fulfilment, order.cards, rest)
