"""Photos that come after their rows: the spreadsheet is sent again, this time with its ZIP file."""

from collections.abc import Sequence

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import CheckedRow
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import draft_rows, progress, tenancy, vault
from nexus_portal.services.draft_rows import PHOTO_CODES, NewRow, refused_photo
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.vault_photos import ProcessedPhoto


def complete(
    session: Session, actor: Actor, layout: LayoutRow, rows: Sequence[tuple[CardItem, NewRow]]
) -> None:
    """Give rows of a draft the photo that they lack, or say why it cannot be used. Who has one keeps it."""
    if layout.photo_field is None or not rows:
        return
    there = draft_rows.with_photo(session, [item.id for item, _ in rows])
    lacking = [(item, row) for item, row in rows if item.id not in there]
    _put(session, actor, [(item, row) for item, row in lacking if row.photo is not None])
    for item, row in lacking:
        about = [problem for problem in row.problems if problem.code in PHOTO_CODES]
        others = [each for each in draft_rows.kept_problems(item) if each.code not in PHOTO_CODES]
        item.problems = [problem.to_json() for problem in [*others, *about]] or None
        session.add(item)
    session.flush()
    ready = [item for item, _ in lacking if not item.problems and item.stage == Stage.COLLECTING]
    progress.move_items(session, actor, ready, Stage.READY)


def give(
    session: Session,
    actor: Actor,
    layout: LayoutRow,
    rows: Sequence[tuple[CardItem, ProcessedPhoto | Message]],
) -> None:
    """Give rows of a draft the photo that they lack, or say why the one that came cannot be used."""
    nothing = CheckedRow({})
    came = [
        (item, NewRow(nothing, problems=refused_photo(layout, photo)))
        if isinstance(photo, Message)
        else (item, NewRow(nothing, photo=photo))
        for item, photo in rows
    ]
    complete(session, actor, layout, came)


def _put(session: Session, actor: Actor, rows: Sequence[tuple[CardItem, NewRow]]) -> None:
    photos = {item.id: row.photo for item, row in rows if row.photo is not None}
    query = tenancy.rows_of(actor, HolderRecord).where(col(HolderRecord.item_id).in_(photos))
    found = session.exec(query).all() if photos else ()
    if found:
        vault.put_photos(session, [(record, photos[record.item_id]) for record in found])
