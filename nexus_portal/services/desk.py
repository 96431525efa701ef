"""The order desk: what has come in, and what the bureau decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotYet
from nexus_portal.domain.lifecycles import UNDECIDED, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import audit, progress, related, tenancy
from nexus_portal.services.keyset import Keyset, Page, whole
from nexus_portal.services.use_case import use_case

F = Fulfilment
FARTHEST_PROMISE = timedelta(days=366)

FILTERS: Mapping[str, tuple[Fulfilment, ...]] = MappingProxyType(
    {
        "to_decide": (F.SUBMITTED, F.APPROVED),
        "on_hold": (F.ON_HOLD,),
        "rejected": (F.REJECTED,),
        "underway": (F.ACCEPTED, F.IN_PRODUCTION, F.PRODUCED, F.PART_SHIPPED, F.SHIPPED),
    }
)
OLDEST_FIRST = Keyset[Order]((col(Order.serial),), lambda order: (order.serial,), (whole,))


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One order as the desk's list shows it. Times are ISO; `days` is how long it has waited."""

    number: str
    account: str
    reference: str
    fulfilment: str
    cards: int
    pieces: int
    produced: int
    delivered: int
    submitted_at: str
    days: int
    promised: str
    reason: str


@use_case(Permission.DESK_READ, reads=True)
def inbox(session: Session, actor: Actor, *, show: str = "to_decide", cursor: str = "") -> Page[InboxRow]:
    """Orders that have come in, the oldest first, 50 a page; `show` is a key of `FILTERS`.

    Raises:
        Invalid: there is no such filter.
    """
    if show not in FILTERS:
        raise Invalid(Message("There is no such filter."))
    branches = [tenancy.rows_of(actor, Order).where(Order.fulfilment == state) for state in FILTERS[show]]
    page = OLDEST_FIRST.page(session, branches, cursor)
    names = related.account_names(session, actor, {order.account_id for order in page.rows})
    return page.of([_row(order, names[order.account_id]) for order in page.rows])


@use_case(Permission.DESK_DECIDE)
def accept(session: Session, actor: Actor, *, number: str, promised: date | None = None) -> None:
    """Take an order on: its cards join the queue, its accessories can be packed.

    `promised` is the day on which they may be expected.

    Raises:
        NotYet: a card item is not ready, or there is nothing in it.
        Conflict: the order was decided, changed or cancelled meanwhile.
        Invalid: the promised day is past or more than a year away.
    """
    order = _order(session, actor, number)
    if order.fulfilment not in UNDECIDED:
        raise Conflict
    _check_promise(promised)
    ready = _ready_items(session, actor, order)
    order.promised = promised
    progress.move_order(session, actor, order, Fulfilment.ACCEPTED)
    progress.move_items(session, actor, ready, Stage.QUEUED)
    audit.record(
        session, actor, "order:accepted", subject=number, account_id=order.account_id, cards=len(ready)
    )


@use_case(Permission.DESK_DECIDE)
def reject(session: Session, actor: Actor, *, number: str, reason: str) -> None:
    """Give an order back to the customer, who corrects the same order.

    Raises:
        Conflict: the order was decided, changed or cancelled meanwhile.
        Invalid: no reason is given, or too long a one.
    """
    _decide(
        session, actor, number, Fulfilment.REJECTED, action="order:rejected", reason=_checked_reason(reason)
    )


@use_case(Permission.DESK_DECIDE)
def hold(session: Session, actor: Actor, *, number: str, reason: str) -> None:
    """Put an order aside for a reason; see `reject` for what is refused."""
    _decide(session, actor, number, Fulfilment.ON_HOLD, action="order:held", reason=_checked_reason(reason))


@use_case(Permission.DESK_DECIDE)
def release(session: Session, actor: Actor, *, number: str) -> None:
    """Put an order that was held back among those to decide.

    Raises:
        Conflict: the order is not on hold any longer.
    """
    _decide(session, actor, number, Fulfilment.SUBMITTED, action="order:released")


def _decide(
    session: Session, actor: Actor, number: str, to: Fulfilment, *, action: str, reason: str = ""
) -> None:
    order = _order(session, actor, number)
    held = order.fulfilment == Fulfilment.ON_HOLD
    if not held and (order.fulfilment not in UNDECIDED or to is Fulfilment.SUBMITTED):
        raise Conflict
    progress.move_order(session, actor, order, to, reason=reason)
    audit.record(session, actor, action, subject=number, account_id=order.account_id)


def _row(order: Order, account: str) -> InboxRow:
    since = order.submitted_at or order.created_at
    return InboxRow(
        number=order_number(order.serial),
        account=account,
        reference=order.reference,
        fulfilment=order.fulfilment,
        cards=order.cards,
        pieces=order.pieces,
        produced=order.produced,
        delivered=order.delivered,
        submitted_at=since.isoformat(),
        days=(clock.now() - since).days,
        promised=order.promised.isoformat() if order.promised else "",
        reason=order.reason,
    )


def _order(session: Session, actor: Actor, number: str) -> Order:
    serial = parse_order_number(number)
    return tenancy.one(session, tenancy.rows_of(actor, Order).where(Order.serial == serial))


def _ready_items(session: Session, actor: Actor, order: Order) -> list[CardItem]:
    of_order = tenancy.rows_of(actor, CardItem).where(CardItem.order_id == order.id)
    live = session.exec(of_order.where(CardItem.stage != Stage.CANCELLED)).all()
    ready = [item for item in live if item.stage == Stage.READY]
    if len(ready) < len(live) or not (ready or order.pieces):
        left = Message(
            "{count} of {total} cards are not ready.", count=len(live) - len(ready), total=len(live)
        )
        raise NotYet(Message("The order cannot be accepted yet."), [left])
    return ready


def _check_promise(promised: date | None) -> None:
    if promised and not clock.today() <= promised <= clock.today() + FARTHEST_PROMISE:
        raise Invalid(Message("Promise a day from today and within a year."))


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    limit = progress.LONGEST_REASON
    if not reason or len(reason) > limit:
        raise Invalid(Message("Give the customer a reason of at most {limit} characters.", limit=limit))
    return reason
