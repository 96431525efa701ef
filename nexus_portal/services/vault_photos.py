"""Photos of holders: two encrypted files, original and crop, under the record's own key."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, Protocol
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, clock, db, ending
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import PhotoState
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.photo_cut import Cut
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.retention import BITS
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services.vault_cipher import Box, boxes
from nexus_portal.services.vault_orders import refuse_erased

ORIGINAL, CROP = "photo:original", "photo:crop"
Kind = Literal["original", "crop"]


class ProcessedPhoto(Protocol):
    """What checking and re-encoding a photo brings."""

    @property
    def original(self) -> bytes:
        """The whole photo as JPEG."""
        ...

    @property
    def crop(self) -> bytes:
        """What goes onto the card, as JPEG."""
        ...

    @property
    def width(self) -> int:
        """Of the crop, in pixels."""
        ...

    @property
    def height(self) -> int:
        """Of the crop, in pixels."""
        ...

    @property
    def cut(self) -> Cut | None:
        """Where somebody cut the crop out of the original."""
        ...

    @property
    def findings(self) -> tuple[str, ...]:
        """Codes of what a check found wanting."""
        ...


def put_photo(session: Session, record: HolderRecord, photo: ProcessedPhoto) -> Photo:
    """Keep a person's photo in place of an earlier one; see `put_photos`."""
    return put_photos(session, [(record, photo)])[0]


def put_photos(session: Session, photos: Sequence[tuple[HolderRecord, ProcessedPhoto]]) -> list[Photo]:
    """Keep photos of persons, in one key-store statement; earlier ones go when this is committed.

    Raises:
        NotFound: a record's personal data is gone.
        Conflict: the personal data of its order was removed.
        Unavailable: the disk is full.
    """
    if not photos:
        return []
    refuse_erased(session, {record.order_id for record, _ in photos})
    opening = boxes(session, [(record.id, record.account_id) for record, _ in photos])
    if len(opening) != len(photos):
        raise NotFound
    names = blobs.put_many(_sealed(opening, photos))
    ending.after_rollback(session, partial(blobs.delete, names))
    earlier = _earlier(session, [record.id for record, _ in photos])
    gone = [name for row in earlier.values() for name in (row.original_blob, row.crop_blob)]
    db.after_commit(session, partial(blobs.delete, gone))
    rows = [
        _row(earlier.get(record.id), record, photo, original, crop)
        for (record, photo), original, crop in zip(photos, names[::2], names[1::2], strict=True)
    ]
    for record, _ in photos:
        record.kinds |= BITS[RetentionClass.PHOTO]
    session.add_all([*rows, *(record for record, _ in photos)])
    session.flush()
    return rows


def opens(actor: Actor, protection: int) -> bool:
    """Whether a record opens for the actor: one of a protected identity does for named people only."""
    return protection != Protection.IN_FORCE or actor.may(Permission.PERSONS_PROTECTED)


def photo_bytes(session: Session, actor: Actor, record_id: UUID, kind: Kind) -> bytes:
    """The JPEG of a person's photo.

    Raises:
        NotFound: there is none, or it was removed; or the identity is protected from the actor.
        Tampered: the file was changed or belongs to another record.
    """
    query = select(Photo, HolderRecord.protection).join(
        HolderRecord, col(HolderRecord.id) == col(Photo.record_id)
    )
    found = session.exec(query.where(Photo.record_id == record_id)).one_or_none()
    if found is None or not opens(actor, found[1]):
        raise NotFound
    photo = found[0]
    box = boxes(session, [(record_id, photo.account_id)]).get(record_id)
    if box is None:
        raise NotFound
    if kind == "original":
        return box.open(session, ORIGINAL, blobs.get(photo.original_blob))
    return box.open(session, CROP, blobs.get(photo.crop_blob))


def _sealed(
    opening: Mapping[UUID, Box], photos: Sequence[tuple[HolderRecord, ProcessedPhoto]]
) -> Iterator[bytes]:
    for record, photo in photos:
        yield opening[record.id].seal(ORIGINAL, photo.original)
        yield opening[record.id].seal(CROP, photo.crop)


def _row(
    earlier: Photo | None, record: HolderRecord, photo: ProcessedPhoto, original: str, crop: str
) -> Photo:
    values = {
        "original_blob": original,
        "crop_blob": crop,
        "width": photo.width,
        "height": photo.height,
        "cut": photo.cut.to_json() if photo.cut else None,
        "findings": list(photo.findings),
        "state": PhotoState.PENDING,
        "created_at": clock.now(),
    }
    if earlier is None:
        return Photo.model_validate({"account_id": record.account_id, "record_id": record.id, **values})
    return earlier.sqlmodel_update(values)


def _earlier(session: Session, record_ids: Sequence[UUID]) -> Mapping[UUID, Photo]:
    query = select(Photo).where(col(Photo.record_id).in_(record_ids))
    return {photo.record_id: photo for photo in session.exec(query)}
