"""The address of a card holder who was asked for their data: it stands in the vault and nowhere else."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.field_definitions import FieldDefinition, RetentionClass
from nexus_portal.domain.fields import all_from_json
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.retention import BITS, mask_of_fields
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import tenancy, vault


def address_of(session: Session, actor: Actor, record_id: UUID) -> str:
    """Where the holder is reached; nothing once the address, or the whole record, is gone."""
    query = tenancy.rows_of(actor, HolderRecord).where(HolderRecord.id == record_id)
    record = session.exec(query).one_or_none()
    if record is None or CONTACT.key not in record.fields:
        return ""
    return vault.open_many(session, actor, [record.item_id]).get(record.item_id, {}).get(CONTACT.key, "")


def records_of(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, HolderRecord]:
    """The vault's records of card items, by item."""
    found: dict[UUID, HolderRecord] = {}
    for chunk in vault.chunks(item_ids):
        query = tenancy.rows_of(actor, HolderRecord).where(col(HolderRecord.item_id).in_(chunk))
        found |= {record.item_id: record for record in session.exec(query)}
    return found


def has_address(record: HolderRecord | None) -> bool:
    """Whether there is somewhere to send a link to; nothing is opened for that."""
    return record is not None and CONTACT.key in record.fields


def forget(session: Session, item_ids: Sequence[UUID]) -> None:
    """Remove the addresses of these items' holders. The rest of their records stays as it is."""
    for chunk in vault.chunks(item_ids):
        query = select(HolderRecord).where(col(HolderRecord.item_id).in_(chunk))
        asked = _asked(session, chunk)
        for record in session.exec(query.with_for_update()):
            if CONTACT.key in record.fields:
                record.fields = {key: text for key, text in record.fields.items() if key != CONTACT.key}
                photo = record.kinds & BITS[RetentionClass.PHOTO]
                record.kinds = mask_of_fields(record.fields, asked[record.item_id]) | photo
                session.add(record)
    session.flush()


def _asked(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, tuple[FieldDefinition, ...]]:
    items = session.exec(select(CardItem.id, CardItem.layout_id).where(col(CardItem.id).in_(item_ids))).all()
    layouts = session.exec(select(Layout).where(col(Layout.id).in_({layout_id for _, layout_id in items})))
    fields = {layout.id: all_from_json(layout.fields) for layout in layouts}
    return {item_id: fields[layout_id] for item_id, layout_id in items}
