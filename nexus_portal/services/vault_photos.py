"""Photos of holders: two encrypted files, original and crop, under the record's own key."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, Protocol
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, clock, db, ending
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.lifecycles import PhotoState
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
    refuse_erased(session, {record.order_id for record, _ in photos})
    opening = boxes(session, [(record.id, record.account_id) for record, _ in photos])
    earlier = _earlier(session, [record.id for record, _ in photos])
    rows: list[Photo] = []
    for record, photo in photos:
        if record.id not in opening:
            raise NotFound
        rows.append(_put(session, opening[record.id], photo, earlier.get(record.id)))
    session.add_all(rows)
    session.flush()
    return rows


def photo_bytes(session: Session, record_id: UUID, kind: Kind) -> bytes:
    """The JPEG of a person's photo.

    Raises:
        NotFound: there is none, or it was removed.
        Tampered: the file was changed or belongs to another record.
    """
    photo = session.exec(select(Photo).where(Photo.record_id == record_id)).one_or_none()
    box = boxes(session, [(record_id, photo.account_id)]).get(record_id) if photo else None
    if photo is None or box is None:
        raise NotFound
    if kind == "original":
        return box.open(session, ORIGINAL, blobs.get(photo.original_blob))
    return box.open(session, CROP, blobs.get(photo.crop_blob))


def _put(session: Session, box: Box, photo: ProcessedPhoto, earlier: Photo | None) -> Photo:
    names = [_put_blob(session, box.seal(ORIGINAL, photo.original))]
    names.append(_put_blob(session, box.seal(CROP, photo.crop)))
    if earlier is not None:
        db.after_commit(session, partial(blobs.delete, [earlier.original_blob, earlier.crop_blob]))
    row = earlier or Photo(
        account_id=box.account_id,
        record_id=box.record_id,
        original_blob="",
        crop_blob="",
        width=0,
        height=0,
        created_at=clock.now(),
    )
    row.original_blob, row.crop_blob = names
    row.width, row.height = photo.width, photo.height
    row.state, row.created_at = PhotoState.PENDING, clock.now()
    return row


def _put_blob(session: Session, data: bytes) -> str:
    name = blobs.put(data)
    ending.after_rollback(session, partial(blobs.delete, [name]))
    return name


def _earlier(session: Session, record_ids: Sequence[UUID]) -> Mapping[UUID, Photo]:
    query = select(Photo).where(col(Photo.record_id).in_(record_ids))
    return {photo.record_id: photo for photo in session.exec(query)}
