"""Copies of persons on their way from one card item to another: opened and sealed again, shown to nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import PhotoState
from nexus_portal.domain.photo_cut import Cut
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import tenancy, vault, vault_photos


@dataclass(frozen=True, slots=True)
class CopiedPhoto:
    """A photo as it lay in the vault, with what was found out about it."""

    original: bytes = field(repr=False)
    crop: bytes = field(repr=False)
    width: int
    height: int
    cut: Cut | None = None
    findings: tuple[str, ...] = ()
    state: str = PhotoState.PENDING


@dataclass(frozen=True, slots=True)
class Copied:
    """A person with their photo, if there is one."""

    values: Mapping[str, str] = field(repr=False)
    photo: CopiedPhoto | None = field(default=None, repr=False)


def people(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, Copied]:
    """The persons of card items by item; erased ones are left out.

    Raises:
        Tampered: a ciphertext, key or file was changed.
    """
    opened = vault.open_many(session, actor, item_ids)
    found: dict[UUID, Copied] = {}
    for chunk in vault.chunks(list(opened)):
        records = session.exec(
            tenancy.rows_of(actor, HolderRecord).where(col(HolderRecord.item_id).in_(chunk))
        )
        by_record = {record.id: record.item_id for record in records}
        photos = session.exec(tenancy.rows_of(actor, Photo).where(col(Photo.record_id).in_(by_record)))
        taken = {by_record[photo.record_id]: _photo(session, photo) for photo in photos}
        found |= {item_id: Copied(opened[item_id], taken.get(item_id)) for item_id in chunk}
    return found


def _photo(session: Session, photo: Photo) -> CopiedPhoto:
    return CopiedPhoto(
        vault_photos.photo_bytes(session, photo.record_id, "original"),
        vault_photos.photo_bytes(session, photo.record_id, "crop"),
        photo.width,
        photo.height,
        Cut(**photo.cut) if photo.cut else None,
        tuple(photo.findings),
        photo.state,
    )
