"""Copies of persons on their way from one card item to another: opened and sealed again, shown to nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import PhotoState
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.photo_cut import Cut
from nexus_portal.domain.protection import Protection
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
    protection: int = Protection.NONE
    """Goes with the person: a copy is no way around it."""


def people(
    session: Session, actor: Actor, item_ids: Sequence[UUID], *, photos: bool = True
) -> dict[UUID, Copied]:
    """The persons of card items by item, with their photos where they are wanted; erased ones are left out.

    Nobody sees a copy, so those whose identity is protected are there for everybody, and stay protected.

    Raises:
        Tampered: a ciphertext, key or file was changed.
    """
    actor = replace(actor, permissions=actor.permissions | {Permission.PERSONS_PROTECTED})
    opened = vault.open_many(session, actor, item_ids)
    found: dict[UUID, Copied] = {}
    for chunk in vault.chunks(list(opened)):
        query = tenancy.rows_of(actor, HolderRecord).where(col(HolderRecord.item_id).in_(chunk))
        records = {record.item_id: record for record in session.exec(query)}
        by_record = {record.id: item_id for item_id, record in records.items()}
        pictures = tenancy.rows_of(actor, Photo).where(col(Photo.record_id).in_(by_record if photos else ()))
        taken = {
            by_record[photo.record_id]: _photo(session, actor, photo) for photo in session.exec(pictures)
        }
        found |= {
            item_id: Copied(opened[item_id], taken.get(item_id), records[item_id].protection)
            for item_id in chunk
        }
    return found


def _photo(session: Session, actor: Actor, photo: Photo) -> CopiedPhoto:
    return CopiedPhoto(
        vault_photos.photo_bytes(session, actor, photo.record_id, "original"),
        vault_photos.photo_bytes(session, actor, photo.record_id, "crop"),
        photo.width,
        photo.height,
        Cut(**photo.cut) if photo.cut else None,
        tuple(photo.findings),
        photo.state,
    )
