"""What becomes of links to card holders by itself: one reminder before they end, and tidying up after."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.lifecycles import EDITABLE, Stage
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    audit,
    holder_asking,
    holder_links,
    holder_mails,
    order_details,
    tenancy,
    vault_contacts,
)
from nexus_portal.services.sessions import system

REMIND_BEFORE = timedelta(days=3)
AT_ONCE = 200


def remind_all() -> int:
    """Remind everybody whose link ends within three days and who was not reminded in them; gives how many."""
    return sum(_remind(link_id) for link_id in _soon_over())


def sweep() -> int:
    """End the links that lead nowhere any more, and remove the addresses kept for them; gives how many."""
    with system(writes=False) as session:
        gone = _over(session)
    for link_id, item_id in gone:
        with system() as session:
            _close(session, link_id, item_id)
    return len(gone)


def _soon_over() -> Sequence[UUID]:
    now = clock.now()
    query = (
        select(HolderLink.id)
        .join(CardItem, col(CardItem.id) == col(HolderLink.item_id))
        .where(
            holder_links.unused(),
            HolderLink.expires_at > now,
            HolderLink.expires_at <= now + REMIND_BEFORE,
            # Whoever was asked a day ago needs no reminder yet.
            HolderLink.created_at <= now - holder_asking.REMIND_AFTER,
            CardItem.stage == Stage.COLLECTING,
            col(HolderLink.reminded_at).is_(None) | (col(HolderLink.reminded_at) <= now - REMIND_BEFORE),
        )
        .limit(AT_ONCE)
    )
    with system(writes=False) as session:
        return session.exec(query).all()


def _remind(link_id: UUID) -> bool:
    with system() as session:
        before = clock.now() - REMIND_BEFORE
        # Of several workers one writes the mail: the row changes for one of them only.
        if not holder_asking.take_reminder(session, link_id, before=before):
            return False
        link = tenancy.get(session, SYSTEM, HolderLink, link_id)
        item = tenancy.get(session, SYSTEM, CardItem, link.item_id)
        record = vault_contacts.records_of(session, SYSTEM, [item.id]).get(item.id)
        if record is None or not vault_contacts.has_address(record):
            return False
        about = holder_mails.about(session, SYSTEM, item)
        holder_mails.post(session, link, record, holder_mails.reminder, about)
        _note(session, link, "holder:reminded", item)
        return True


def _over(session: Session) -> Sequence[tuple[UUID, UUID]]:
    now = clock.now()
    left = col(CardItem.stage) != Stage.COLLECTING
    closed = col(Order.fulfilment).not_in(EDITABLE)
    query = (
        select(HolderLink.id, HolderLink.item_id)
        .join(CardItem, col(CardItem.id) == col(HolderLink.item_id))
        .join(Order, col(Order.id) == col(HolderLink.order_id))
        .where(holder_links.unused(), (col(HolderLink.expires_at) <= now) | left | closed)
        .limit(AT_ONCE)
    )
    return session.exec(query).all()


def _close(session: Session, link_id: UUID, item_id: UUID) -> None:
    found = tenancy.get(session, SYSTEM, HolderLink, link_id)
    order = tenancy.get(session, SYSTEM, Order, found.order_id, lock=True)
    session.refresh(found)
    if found.ended_at is not None or found.submitted_at is not None:
        return  # another worker was here, or the holder answered in the last moment
    item = tenancy.get(session, SYSTEM, CardItem, item_id)
    holder_links.close(session, SYSTEM, [item_id])
    if item.stage == Stage.COLLECTING and order.fulfilment in EDITABLE:
        holder_asking.settle_abandoned(session, SYSTEM, order, [item])
    _note(session, found, "holder:link_ended", item)


def _note(session: Session, link: HolderLink, action: str, item: CardItem) -> None:
    order = tenancy.get(session, SYSTEM, Order, link.order_id)
    audit.record(
        session,
        SYSTEM,
        action,
        subject=order_details.order_number(order.serial),
        account_id=link.account_id,
        row=item.position,
    )
