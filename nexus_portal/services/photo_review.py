"""The photos of an order as the desk reviews them: which there are, and what a check found wanting in each.

No photo is opened here; `vault_people.reveal_photo` does that, and writes down who looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import String, cast, func
from sqlmodel import Session, col, select

from nexus_portal.domain import photo_findings
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import UNDECIDED, Fulfilment
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import order_details, order_sheet, tenancy, vault_people
from nexus_portal.services.keyset import Page
from nexus_portal.services.use_case import use_case

IN_REVIEW = UNDECIDED | {Fulfilment.ON_HOLD}
NONE: Page["PhotoRow"] = Page(())


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """The photo of one card item, without the photo; `advice` is empty where nothing was found wanting."""

    item_id: str
    code: str
    advice: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Photos:
    """How many photos an order has, in how many something is wanting, and a page of them in their order."""

    total: int = 0
    wanting: int = 0
    rows: Page[PhotoRow] = NONE


@use_case(Permission.DESK_READ, reads=True)
def photos(session: Session, actor: Actor, *, number: str, wanting: bool = False, cursor: str = "") -> Photos:
    """The photos of an order that is to be decided, 50 a page; none once it is.

    `wanting` leaves out those that nothing is said of.

    Raises:
        NotFound: there is no such order, or it is a draft still.
    """
    order = order_sheet.sent_order(session, actor, number)
    if order.fulfilment not in IN_REVIEW:
        return Photos()
    total = _count(session, actor, order, wanting=False)
    doubtful = _count(session, actor, order, wanting=True)
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, col(CardItem.id).in_(_items(actor, order, wanting=wanting))
    )
    page = order_details.IN_ORDER.page(session, [query], cursor)
    found = _findings(session, actor, [item.id for item in page.rows])
    rows = [
        PhotoRow(
            str(item.id),
            item_code(order.serial, item.position),
            photo_findings.advice(found.get(item.id, ())),
        )
        for item in page.rows
    ]
    return Photos(total, doubtful, page.of(rows))


def _items(actor: Actor, order: Order, *, wanting: bool):  # noqa: ANN202 - SQLModel's own kind of select
    query = (
        select(HolderRecord.item_id)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .join(CardItem, col(CardItem.id) == col(HolderRecord.item_id))
        .where(tenancy.within(actor, HolderRecord.account_id), HolderRecord.order_id == order.id)
        .where(vault_people.unprotected(actor))
    )
    return query.where(cast(col(Photo.findings), String) != "[]") if wanting else query


def _count(session: Session, actor: Actor, order: Order, *, wanting: bool) -> int:
    found = _items(actor, order, wanting=wanting).subquery()
    return session.exec(select(func.count()).select_from(found)).one()


def _findings(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    query = (
        select(HolderRecord.item_id, Photo)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.item_id).in_(item_ids))
    )
    return {item_id: photo.findings for item_id, photo in session.exec(query)}
