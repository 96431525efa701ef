"""A ZIP file of photos for the rows of a draft that lack one: found by the person's number or name."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import photos
from nexus_portal.adapters.archives import PhotoArchive, photos_in
from nexus_portal.domain import photo_matching
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import RetentionClass
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.photo_matching import Holder
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import ImportKind
from nexus_portal.models.orders import CardItem
from nexus_portal.services import (
    draft_orders,
    draft_photos,
    draft_rows,
    import_duplicates,
    imports,
    tenancy,
    vault,
)
from nexus_portal.services.import_plan import about_photos
from nexus_portal.services.imports import Held, Outline
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import perform, use_case
from nexus_portal.services.vault_photos import ProcessedPhoto

PART = 25
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lacking:
    """A row of a draft without a photo, and what its photo's file may be called."""

    item_id: UUID
    holder: Holder = field(repr=False)


@dataclass(frozen=True, slots=True)
class Matched:
    """The photos of an archive that fit a row without one. Names of files are personal data."""

    pairs: Sequence[tuple[UUID, str]] = field(repr=False)
    archive: PhotoArchive = field(repr=False)
    notes: tuple[Message, ...]

    def outline(self, layout: LayoutRow, draft: str, digest: str) -> Outline:
        """All of it that is no personal data."""
        return Outline(
            layout_id=UUID(layout.id),
            total=len(self.pairs),
            digest=digest,
            kind=ImportKind.PHOTOS,
            draft=draft,
            notes=self.notes,
            photos=len(self.pairs),
            with_photos=True,
        )


@use_case(Permission.ORDERS_CREATE)
def lacking(session: Session, actor: Actor, *, order_id: UUID) -> tuple[Lacking, ...]:
    """The rows of the actor's own draft that have no photo; nobody of them is shown.

    Raises:
        NotFound: no such draft in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: the order is on its way already.
        Invalid: its cards carry no photo.
    """
    order = draft_orders.editable_by_id(session, actor, order_id)
    layouts = draft_orders.layouts_of(session, actor, order)
    asking = {layout_id for layout_id, layout in layouts.items() if layout.photo_field is not None}
    if not asking:
        raise Invalid(Message("Cards of this layout carry no photo."))
    items = {item.id: item for item in draft_orders.live_items(session, actor, order)}
    ids = [item.id for item in items.values() if item.layout_id in asking]
    there = {item_id for chunk in vault.chunks(ids) for item_id in draft_rows.with_photo(session, chunk)}
    persons = vault.open_many(session, actor, [item_id for item_id in ids if item_id not in there])
    return tuple(
        Lacking(item_id, _holder(layouts[items[item_id].layout_id], values))
        for item_id, values in persons.items()
    )


@use_case(Permission.ORDERS_CREATE)
def give_photos(
    session: Session,
    actor: Actor,
    *,
    held: Held,
    photos: Mapping[UUID, ProcessedPhoto | Message],
) -> int:
    """Give rows of a draft the photo that came for them, or say why it cannot be used. Who has one keeps it.

    Raises:
        NotFound: the draft was thrown away meanwhile.
        Conflict: it was ordered meanwhile, or another worker reads on.
    """
    source, order = imports.reading(session, actor, held)
    layouts = draft_orders.layouts_of(session, actor, order)
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id,
        col(CardItem.id).in_(photos),
        col(CardItem.stage).in_(draft_orders.LIVE),
    )
    found = session.exec(query).all()
    for layout_id, layout in layouts.items():
        items = [(item, photos[item.id]) for item in found if item.layout_id == layout_id]
        draft_photos.give(session, actor, layout, items)
    return imports.advance(session, source, rows=len(photos), photos=len(photos))


def match(actor: Actor, *, order_id: UUID, archive: IO[bytes]) -> Matched:
    """Which photo of an archive belongs to which row of a draft that lacks one.

    Raises:
        Invalid: the archive cannot be used; see also `lacking`.
    """
    rows, album = perform(lacking, actor, order_id=order_id), photos_in(archive)
    names = photo_matching.match_photos([row.holder for row in rows], album.names)
    pairs = [(row.item_id, name) for row, name in zip(rows, names, strict=True) if name]
    return Matched(pairs, album, tuple(about_photos(album, names)))


def parts(actor: Actor, matched: Matched, held: Held) -> Iterator[Callable[[], int]]:
    """What is left to do, each in a transaction of its own; the photos are made anew before it."""
    for start in range(0, len(matched.pairs), PART):
        part = matched.pairs[start : start + PART]
        made = {item_id: _made(matched.archive, name) for item_id, name in part}
        yield lambda made=made: perform(give_photos, actor, held=held, photos=made)


def digest(archive: IO[bytes]) -> str:
    """What tells an archive from another."""
    archive.seek(0)
    found = hashlib.sha256()
    while block := archive.read(_BLOCK):
        found.update(block)
    return found.hexdigest()


def _made(archive: PhotoArchive, name: str) -> ProcessedPhoto | Message:
    try:
        return photos.process(archive.read(name))
    except Invalid as refusal:
        return refusal.message


def _holder(layout: LayoutRow, values: Mapping[str, str]) -> Holder:
    who = import_duplicates.number_field(layout.fields)
    name = [each.key for each in layout.fields if each.retention is RetentionClass.NAME]
    return Holder(
        personal_number=values.get(who.key, "") if who else "",
        name=" ".join(values.get(key, "") for key in name),
    )
