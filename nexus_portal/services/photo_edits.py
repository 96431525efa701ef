"""Photos of rows that are not ordered yet: the whole picture to cut anew, and what a check found."""

from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.privacy import AccessAct
from nexus_portal.models.vault import Photo
from nexus_portal.services import accesses, draft_orders, draft_rows, vault
from nexus_portal.services.accesses import Seen
from nexus_portal.services.use_case import use_case


@use_case(Permission.ORDERS_CREATE)
def original(session: Session, actor: Actor, *, item_id: UUID) -> bytes:
    """The whole photo of a row of the actor's own draft, as JPEG, to be cut anew. The showing is logged.

    Raises:
        NotFound: no such row in the actor's account, or it has no photo.
        NotAllowed: it is a colleague's.
        Conflict: the order is on its way already.
    """
    order, item = draft_orders.of_item(session, actor, item_id)
    image = vault.photo_bytes(session, actor, draft_rows.record_of(session, actor, item).id, "original")
    draft_orders.record(session, actor, "draft:photo_opened", order, row=item.position)
    seen = Seen(order.account_id, order_number(order.serial), item.id, ["photo"])
    accesses.record(session, actor, AccessAct.PHOTO, [seen], purpose="draft order")
    return image


@use_case(Permission.ORDERS_CREATE, reads=True)
def findings(session: Session, actor: Actor, *, item_id: UUID) -> tuple[str, ...]:
    """Codes of what was found wanting in the photo of a row of the actor's own draft; see `original`."""
    _, item = draft_orders.of_item(session, actor, item_id)
    record = draft_rows.record_of(session, actor, item)
    photo = session.exec(select(Photo).where(col(Photo.record_id) == record.id)).one_or_none()
    return tuple(photo.findings) if photo else ()


@use_case(Permission.ORDERS_CREATE, reads=True)
def may_check(session: Session, actor: Actor) -> None:
    """Admit somebody who orders to having a photo looked at; nothing of it is kept."""
