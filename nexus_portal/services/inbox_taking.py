"""Files of an inbox on their way into an order: by the same import as the page's, and the same list once.

The list is known by a keyed hash of its bytes, which is unique in its account: whatever it is called, and
whoever else is at work, it makes one order. What became of a file stands on the file itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock, crash_points, db, spreadsheets
from nexus_portal.adapters.events import News
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain import column_mapping
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.file_drops import FileState
from nexus_portal.domain.inbox import Group, Part
from nexus_portal.domain.lifecycles import EDITABLE, Fulfilment
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.inbox import FileRules, FileTaking
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    file_marks,
    import_plan,
    import_run,
    imports,
    inbox_files,
    layouts,
    tenancy,
    vault,
)
from nexus_portal.services.import_plan import with_files
from nexus_portal.services.imports import Begun, Outline
from nexus_portal.services.inbox_files import Lying
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import perform, use_case

POINTS = ("inbox:copied", "inbox:begun")
"""Where `crash_points.reached` is called, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one order is made of: the versions of its files by id, which is the list, its fingerprint."""

    sheet: UUID
    versions: Mapping[UUID, int]
    fingerprint: bytes
    submits: bool


def take(orderer: Actor, rules: FileRules, group: Group, files: Mapping[UUID, Lying]) -> None:
    """Begin the import of a group of files for whoever orders what is dropped.

    Raises:
        Invalid: the files as a whole cannot be used; nothing was stored.
        TooMany: many files of the account wait to be read.
        Conflict: somebody writes to one of them, or took it.
    """
    sheet = files[group.sheet]
    data = inbox_files.sheet_of(sheet)
    layout = layout_for(perform(layouts.layouts_for_ordering, orderer), rules.layout_name, data, orderer)
    archive = sheet if sheet.part is Part.ARCHIVE else files.get(group.archive) if group.archive else None
    photos = _fitting(orderer, layout, data, [files[each] for each in group.photos])
    taken = Taken(
        sheet=sheet.drop.id,
        versions={
            each.drop.id: each.drop.version for each in (sheet, *([archive] if archive else ()), *photos)
        },
        fingerprint=vault.number_token(
            sheet.drop.account_id, f"dropped list {hashlib.sha256(data).hexdigest()}"
        ),
        submits=rules.submits,
    )
    copies = _copies(data, layout, archive, photos)
    with import_run.kept_if_needed(copies) as needed:
        crash_points.reached("inbox:copied")
        with with_files(copies) as (spreadsheet, album):
            outline = import_run.outline_of(
                import_plan.plan(layout, spreadsheet, album, None, orderer.language)
            )
        needed(perform(begin, orderer, outline=outline, files=copies, taken=taken))
    crash_points.reached("inbox:begun")


def layout_for(offered: Sequence[LayoutRow], named: str, sheet: bytes, orderer: Actor) -> LayoutRow:
    """The layout of a list: the one that the account has named, else the only one whose fields it fills.

    Raises:
        Invalid: the named one is not on offer, none fits, or several do.
    """
    if named:
        found = next((layout for layout in offered if layout.name == named), None)
        if found is None:
            raise Invalid(Message("The layout for dropped lists is no longer offered. Choose another one."))
        return found
    headers = spreadsheets.read(sheet).headers
    fitting = [layout for layout in offered if _fills(layout, headers)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and len(offered) == 1:
        # It says which column is missing.
        mapping = column_mapping.suggest(headers, offered[0].fields)
        column_mapping.check_mapping(mapping, headers, offered[0].fields, orderer.language)
    if fitting:
        raise Invalid(
            Message("The columns fit several layouts. Choose one for dropped lists, in the rules for files.")
        )
    raise Invalid(Message("The columns fit no layout. Start from the spreadsheet template of the layout."))


@use_case(Permission.ORDERS_CREATE)
def begin(
    session: Session, actor: Actor, *, outline: Outline, files: Mapping[str, SealedFile], taken: Taken
) -> Begun:
    """Begin the draft of a dropped list, or find the order that the same list made before.

    Raises:
        Conflict: one of its files was written to, taken or deleted meanwhile.
        TooMany: many files of the account wait to be read.
    """
    drops = _held(session, actor, taken.versions)
    known = _known(session, actor, taken)
    order = tenancy.get(session, actor, Order, known.order_id, lock=True) if known else None
    if known and order and not _goes_on(session, actor, known, order, outline):
        file_marks.same_again(session, drops, known, order_number(order.serial))
        return Begun(import_id=known.import_id, order=order_number(order.serial), to_read=False)
    key = f"drop {taken.sheet.hex} {taken.versions[taken.sheet]}"
    begun = imports.begin(session, actor, outline=outline, files=files, key=key)
    source = tenancy.get(session, actor, Import, begun.import_id)
    if source.order_id is None:
        raise Conflict
    if known is None:
        known = FileTaking(
            account_id=source.account_id,
            fingerprint=taken.fingerprint,
            import_id=source.id,
            order_id=source.order_id,
            user_id=source.user_id,
            created_at=clock.now(),
        )
    known.submits, known.settled_at = taken.submits, None
    session.add(known)
    session.flush()
    file_marks.imported(session, drops, source)
    db.announce(session, News(source.account_id, "files"))
    return begun


def _held(session: Session, actor: Actor, versions: Mapping[UUID, int]) -> list[FileDrop]:
    """The files, as they were when they were looked at, held until the commit."""
    query = tenancy.rows_of(actor, FileDrop).where(
        col(FileDrop.id).in_(versions), FileDrop.state == FileState.RECEIVED
    )
    drops = session.exec(query.order_by(col(FileDrop.id)).with_for_update()).all()
    if len(drops) != len(versions) or any(drop.version != versions[drop.id] for drop in drops):
        raise Conflict
    return list(drops)


def _known(session: Session, actor: Actor, taken: Taken) -> FileTaking | None:
    """What the same list made before, unless that was cancelled: then it may be ordered anew."""
    query = tenancy.rows_of(actor, FileTaking).where(FileTaking.fingerprint == taken.fingerprint)
    known = session.exec(query.with_for_update()).one_or_none()
    if known is None:
        return None
    order = session.get(Order, known.order_id)
    if order is None or order.fulfilment == Fulfilment.CANCELLED:
        session.delete(known)
        session.flush()
        return None
    return known


def _goes_on(session: Session, actor: Actor, known: FileTaking, order: Order, outline: Outline) -> bool:
    """Whether the same list, sent again, brings what its draft lacks: the rest of its rows, or its photos."""
    source = session.get_one(Import, known.import_id)
    if order.fulfilment not in EDITABLE or order.orderer_id != actor.user_id:
        return False
    return source.state == ImportState.FAILED or (outline.with_photos and source.photos == 0)


def _fills(layout: LayoutRow, headers: Sequence[str]) -> bool:
    mapping = column_mapping.suggest(headers, layout.fields)
    return bool(mapping) and not column_mapping.unfilled(mapping, layout.fields)


def _fitting(orderer: Actor, layout: LayoutRow, sheet: bytes, photos: Sequence[Lying]) -> list[Lying]:
    """Of loose photos those that a row of the list asks for: the others wait for theirs."""
    if not photos or layout.photo_field is None:
        return []
    names = set(import_plan.fitting(layout, sheet, [each.name for each in photos], orderer.language))
    return [each for each in photos if each.name in names]


def _copies(
    sheet: bytes, layout: LayoutRow, archive: Lying | None, photos: Sequence[Lying]
) -> dict[str, SealedFile]:
    copies = import_run.keep({"spreadsheet": sheet})
    if archive is not None and layout.photo_field is not None:
        copies["photos"] = inbox_files.copied(archive)
    elif photos:
        copies["photos"] = inbox_files.packed(photos)
    return copies


__all__ = ["POINTS", "Taken", "begin", "layout_for", "take"]
