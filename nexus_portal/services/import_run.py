"""Reading the files of an import, part by part; nothing slow happens while a transaction is open."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from nexus_portal.adapters import spreadsheets
from nexus_portal.domain import column_mapping
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotFound, PortalError, Unavailable
from nexus_portal.domain.text import Message
from nexus_portal.services import imports, layouts
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.import_plan import Plan, plan
from nexus_portal.services.imports import InspectionRow, Outline
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import perform

log = logging.getLogger(__name__)

PART = 500
PART_WITH_PHOTOS = 25
"""Rows of one transaction: photos are written to the disk within it."""
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts while the database does not answer: it may be away for ten seconds and more."""

Result = TypeVar("Result")


def inspect(actor: Actor, *, layout_id: UUID, spreadsheet: bytes) -> InspectionRow:
    """Read what a spreadsheet's columns are called and keep that, nothing else.

    Raises:
        Invalid: the file cannot be used, or its first row is not headers but somebody's data.
        NotFound: the actor's account has no such layout.
    """
    layout = _layout(actor, layout_id)
    sheet = spreadsheets.read(spreadsheet)
    return perform(
        imports.keep_inspection,
        actor,
        layout_id=layout_id,
        headers=sheet.headers,
        suggestion=column_mapping.suggest(sheet.headers, layout.fields),
        rows=len(sheet.rows),
        notes=sheet.notes,
    )


def read_in(
    actor: Actor,
    *,
    layout_id: UUID,
    spreadsheet: bytes,
    archive: bytes | None,
    mapping: Mapping[int, str] | None,
    key: str,
) -> str:
    """Read a spreadsheet and its photos into a draft; gives the draft's number.

    The same spreadsheet sent again leads to the same draft as long as it is one: interrupted reading goes on,
    and photos that come with it now are given to the rows that lack one.

    Raises:
        Invalid: a file as a whole cannot be used; nothing was stored.
        NotFound: the actor's account has no such layout.
        Unavailable: the database went away for long; what was read is kept.
    """
    prepared = plan(_layout(actor, layout_id), spreadsheet, archive, mapping, actor.language)
    begun = perform(imports.begin, actor, outline=_outline(prepared), key=key)
    if begun.to_read:
        _read_rows(actor, begun.import_id, prepared)
    return begun.order


def _read_rows(actor: Actor, import_id: UUID, prepared: Plan) -> None:
    try:
        for part in _parts(prepared):
            _patiently(lambda rows=part: perform(imports.take_rows, actor, import_id=import_id, rows=rows))
        _patiently(lambda: perform(imports.finish, actor, import_id=import_id))
    except (NotFound, Conflict):
        # Thrown away, ordered or taken over meanwhile: the draft's page says what became of it.
        log.info("an import ended before its file")
    except Exception:
        _give_up(actor, import_id)
        raise


def _parts(prepared: Plan) -> Iterator[Sequence[NewRow]]:
    size = PART if prepared.archive is None else PART_WITH_PHOTOS
    rows = iter(prepared.rows)
    while part := list(islice(rows, size)):
        yield [prepared.finished(row) for row in part]


def _patiently(act: Callable[[], Result]) -> Result:
    """Try again while the database does not answer; a part that did come through is not doubled."""
    for pause in PAUSES:
        try:
            return act()
        except Unavailable:
            time.sleep(pause)
    return act()


def _give_up(actor: Actor, import_id: UUID) -> None:
    try:
        perform(imports.give_up, actor, import_id=import_id)
    except PortalError as error:
        # Its silence tells the same a little later.
        log.warning("an import could not be marked as interrupted: %s", type(error).__name__)


def _layout(actor: Actor, layout_id: UUID) -> LayoutRow:
    offered = perform(layouts.layouts_for_ordering, actor)
    found = next((layout for layout in offered if layout.id == str(layout_id)), None)
    if found is None:
        raise NotFound(Message("This layout is no longer offered. Choose another one."))
    return found


def _outline(prepared: Plan) -> Outline:
    return Outline(
        layout_id=UUID(prepared.layout.id),
        total=len(prepared.rows),
        used=prepared.used,
        dropped=prepared.dropped,
        notes=prepared.notes,
        digest=prepared.digest,
        with_photos=prepared.archive is not None,
    )
