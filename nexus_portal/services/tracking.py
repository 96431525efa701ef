"""Tracking: every card item of an account, where it is and since when [R4]. No persons."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.shipping import Shipment
from nexus_portal.services import cards, countdowns, related, tenancy
from nexus_portal.services.countdowns import Countdown
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.order_items import MADE_OR_GONE
from nexus_portal.services.use_case import use_case

LAST_MOVED_FIRST = Keyset[CardItem](
    (CardItem.stage_at, CardItem.id),
    lambda item: (item.stage_at, item.id),
    (datetime.fromisoformat, UUID),
    descending=True,
)


@dataclass(frozen=True, slots=True)
class TrackedCard:
    """One card item: its code, its order, its stage and since when (ISO), and the parcel it left in.

    `expected` is the promised day while it is not delivered, `erased_at` when all persons of the order were
    erased.
    """

    id: str
    code: str
    order_number: str
    reference: str
    stage: str
    stage_at: str
    tracking: str
    expected: str
    erased_at: str
    countdown: Countdown


PERIODS = {"1": 1, "7": 7, "30": 30, "90": 90}
"""Days back from now that the last move may lie in, by what the address says."""


@use_case(Permission.CARDS_READ, reads=True)
def moving(
    session: Session,
    actor: Actor,
    *,
    stage: str = "",
    period: str = "",
    search: str = "",
    cursor: str = "",
) -> Page[TrackedCard]:
    """Card items by their last move, the newest first, 50 a page; of one stage or of all.

    `period` is one of `PERIODS`; with `search`, an order's, item's or card's number, they come in its order.

    Raises:
        Invalid: there is no such stage or period.
    """
    if (stage and stage not in set(Stage)) or (period and period not in PERIODS):
        raise Invalid(Message("There is no such stage."))
    query = tenancy.rows_of(actor, CardItem)
    if stage:
        query = query.where(CardItem.stage == stage)
    if period:
        query = query.where(col(CardItem.stage_at) >= clock.now() - timedelta(days=PERIODS[period]))
    if search.strip():
        page = cards.IN_ORDER.page(session, [query.where(cards.numbered(actor, search))], cursor)
    else:
        page = LAST_MOVED_FIRST.page(session, [query], cursor)
    orders = related.by_id(session, actor, Order, (item.order_id for item in page.rows))
    shipments = related.by_id(session, actor, Shipment, (item.shipment_id for item in page.rows))
    goes = countdowns.of_items(session, actor, (item.id for item in page.rows))
    return page.of(
        [
            _row(
                item,
                orders[item.order_id],
                _parcel(item, shipments),
                goes.get(item.id, countdowns.NOTHING),
            )
            for item in page.rows
        ]
    )


def _parcel(item: CardItem, shipments: dict[UUID, Shipment]) -> str:
    shipment = shipments.get(item.shipment_id) if item.shipment_id else None
    return f"{shipment.carrier} {shipment.tracking}".strip() if shipment else ""


def _row(item: CardItem, order: Order, tracking: str, goes: Countdown) -> TrackedCard:
    return TrackedCard(
        str(item.id),
        item_code(order.serial, item.position),
        order_number(order.serial),
        order.reference,
        item.stage,
        item.stage_at.isoformat(),
        tracking,
        order.promised.isoformat() if order.promised and item.stage not in MADE_OR_GONE else "",
        order.erased_at.isoformat() if order.erased_at else "",
        goes,
    )
