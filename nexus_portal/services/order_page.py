"""All that the page of one order shows, read in one transaction: it is of one moment, and takes one way."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.story import Happening
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    card_faces,
    erasure_outlook,
    holds_list,
    order_countdown,
    order_data,
    order_details,
    order_items,
    order_story,
    tenancy,
)
from nexus_portal.services.card_faces import ItemFace
from nexus_portal.services.erasure_outlook import ErasureOutlook
from nexus_portal.services.holds_list import HoldRow
from nexus_portal.services.keyset import Page
from nexus_portal.services.order_countdown import KindRow
from nexus_portal.services.order_data import HeldData
from nexus_portal.services.order_details import OrderDetails
from nexus_portal.services.order_items import ItemRow
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeOrder:
    """One order: itself, a page of its card items, its story, and what is held of its persons."""

    order: OrderDetails
    items: Page[ItemRow]
    outlook: ErasureOutlook
    happenings: tuple[Happening, ...]
    held: HeldData
    holds: tuple[HoldRow, ...]
    kinds: tuple[KindRow, ...]
    face: ItemFace | None
    """How the first card on the page looks, unless `drawn` is its id: then it stands there already."""


@use_case(Permission.ORDERS_READ, reads=True)
def whole_order(
    session: Session, actor: Actor, *, number: str, cursor: str = "", drawn: str = ""
) -> WholeOrder:
    """One order of the actor's account with a page of at most 50 card items.

    Raises:
        NotFound: no such order there.
    """
    order = order_details.find(session, actor, number)
    account = tenancy.get(session, actor, Account, order.account_id)
    layouts = order_details.layouts_of(session, actor, order)
    moves = order_details.moves_of(session, actor, order)
    items = order_items.items_of(session, actor, order, cursor)
    first = items.rows[0].id if items.rows else ""
    return WholeOrder(
        order=order_details.details_of(session, actor, order, moves),
        items=items,
        outlook=erasure_outlook.outlook_of(session, actor, order, account, layouts),
        happenings=order_story.happenings_of(session, actor, order, moves),
        held=order_data.held_of(session, actor, order, layouts),
        holds=holds_list.on_order(session, actor, order_id=order.id),
        kinds=order_countdown.by_kind_of(session, actor, order, account, layouts),
        face=_face(session, actor, order, UUID(first), layouts) if first not in {"", drawn} else None,
    )


def _face(
    session: Session, actor: Actor, order: Order, item_id: UUID, layouts: Mapping[UUID, Layout]
) -> ItemFace:
    item = tenancy.get(session, actor, CardItem, item_id)
    layout = layouts.get(item.layout_id) or tenancy.get(session, actor, Layout, item.layout_id)
    return card_faces.item_face_of(session, order, item, layout)
