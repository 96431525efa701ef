"""Taking in the files of an import: looked at as a whole, sealed, and left to a worker to be read."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast
from uuid import UUID

from nexus_portal.adapters import sealed_files, spreadsheets
from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain import column_mapping
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import (
    import_inspections,
    import_mended,
    import_photos,
    import_queue,
    imports,
    layouts,
)
from nexus_portal.services.import_inspections import InspectionRow
from nexus_portal.services.import_plan import Plan, plan, with_files
from nexus_portal.services.imports import Begun, Outline
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import perform


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form with files: `mapping` is None where its columns are to be recognised by their headers.

    `draft` is the number of a draft that the rows go into; without one they begin one.
    """

    layout_id: UUID
    files: Mapping[str, SealedFile]
    mapping: Mapping[int, str] | None = None
    draft: str = ""
    key: str


def inspect(actor: Actor, *, layout_id: UUID, spreadsheet: bytes) -> InspectionRow:
    """Read what a spreadsheet's columns are called and keep that, nothing else.

    Raises:
        Invalid: the file cannot be used, or its first row is not headers but somebody's data.
        NotFound: the actor's account has no such layout.
    """
    layout = _layout(actor, layout_id)
    sheet = spreadsheets.read(spreadsheet)
    return perform(
        import_inspections.keep_inspection,
        actor,
        layout_id=layout_id,
        headers=sheet.headers,
        suggestion=column_mapping.suggest(sheet.headers, layout.fields),
        rows=len(sheet.rows),
        notes=sheet.notes,
    )


def accept(actor: Actor, *, sent: Sent) -> str:
    """Take in a spreadsheet and its photos, to be read into a draft; gives the draft's number at once.

    The same spreadsheet sent again leads to the same draft as long as it is one: interrupted reading goes on,
    and photos that come with it now are given to the rows that lack one. Files that are not needed are
    destroyed, whatever happens.

    Raises:
        Invalid: a file as a whole cannot be used; nothing was stored.
        NotFound: the actor's account has no such layout or draft.
        TooMany: many files of the account wait to be read.
    """
    with kept_if_needed(sent.files) as needed:
        layout = _layout(actor, sent.layout_id)
        with with_files(sent.files) as (spreadsheet, archive):
            prepared = plan(layout, spreadsheet, archive, sent.mapping, actor.language)
        outline = outline_of(prepared, draft=sent.draft, confirmed=sent.mapping is not None)
        return needed(_begin(actor, outline, sent.files, sent.key))


def accept_mended(actor: Actor, *, draft: str, file: SealedFile, key: str) -> str:
    """Take in the rows of a draft that were mended in a spreadsheet program; gives the draft's number.

    Raises:
        Invalid: the file cannot be used, or is not the table with the rows to mend.
        NotFound, NotAllowed, Conflict: see `imports.target`.
        TooMany: many files of the account wait to be read.
    """
    files = {"spreadsheet": file}
    with kept_if_needed(files) as needed:
        _, layouts_there = perform(imports.target, actor, number=draft)
        with with_files(files) as (spreadsheet, _):
            outline = import_mended.read(layouts_there, spreadsheet).outline(layouts_there[0], draft)
        return needed(_begin(actor, outline, files, key))


def accept_photos(actor: Actor, *, draft: str, file: SealedFile, key: str) -> str:
    """Take in a ZIP file of photos for the rows of a draft that lack one; gives the draft's number.

    Raises:
        Invalid: the file cannot be used, or no photo in it fits.
        NotFound, NotAllowed, Conflict: see `imports.target`.
        TooMany: many files of the account wait to be read.
    """
    files = {"photos": file}
    with kept_if_needed(files) as needed:
        order_id, layouts_there = perform(imports.target, actor, number=draft)
        with with_files(files) as (_, archive):
            matched = import_photos.match(actor, order_id=order_id, archive=cast("IO[bytes]", archive))
            if not matched.pairs:
                raise Invalid(
                    Message(
                        "No photo in the ZIP file fits a row that lacks one. Name each after the person’s "
                        "number or name."
                    )
                )
            outline = matched.outline(
                layouts_there[0], draft, import_photos.digest(cast("IO[bytes]", archive))
            )
        return needed(_begin(actor, outline, files, key))


@contextmanager
def kept_if_needed(files: Mapping[str, SealedFile]) -> Generator[Callable[[Begun], str]]:
    """Destroys the files at the end, unless what was begun will read them."""
    names = [file.name for file in files.values()]

    def needed(begun: Begun) -> str:
        if begun.to_read:
            names.clear()
            import_queue.ring()
        return begun.order

    try:
        yield needed
    finally:
        import_queue.destroy(names)


def _begin(actor: Actor, outline: Outline, files: Mapping[str, SealedFile], key: str) -> Begun:
    return perform(imports.begin, actor, outline=outline, files=files, key=key)


def keep(files: Mapping[str, bytes | None]) -> dict[str, SealedFile]:
    """Seal files that are in memory already."""
    return {name: sealed_files.keep(data) for name, data in files.items() if data is not None}


def _layout(actor: Actor, layout_id: UUID) -> LayoutRow:
    offered = perform(layouts.layouts_for_ordering, actor)
    found = next((layout for layout in offered if layout.id == str(layout_id)), None)
    if found is None:
        raise NotFound(Message("This layout is no longer offered. Choose another one."))
    return found


def outline_of(prepared: Plan, *, draft: str = "", confirmed: bool = False) -> Outline:
    """All of a plan that is no personal data."""
    return Outline(
        layout_id=UUID(prepared.layout.id),
        total=len(prepared.rows),
        digest=prepared.digest,
        draft=draft,
        headers=prepared.headers,
        mapping=prepared.mapping,
        confirmed=confirmed,
        notes=prepared.notes,
        photos=sum(row.photo is not None for row in prepared.rows),
        with_photos=prepared.archive is not None,
    )
