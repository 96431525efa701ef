"""Rows of a draft that were mended in a spreadsheet program: each finds its card again by its key.

Whatever is sent, and however often, no row is doubled: a row without a key is somebody of the draft if their
personal number is there already, else somebody new.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock, spreadsheets
from nexus_portal.adapters.spreadsheets import Sheet
from nexus_portal.domain import column_mapping
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import CheckedRow, check_row
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import ImportKind
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import (
    draft_mending,
    draft_orders,
    draft_rows,
    import_duplicates,
    import_keys,
    import_results,
    imports,
    vault,
)
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.imports import Held, Outline
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import perform, use_case

PART = 200
_ESCAPED = ("'=", "'+", "'-", "'@")


@dataclass(frozen=True, slots=True)
class MendedRow:
    """One row that came back: its place in the file, its key if it has one, the values of its columns."""

    number: int
    key: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MendedSheet:
    """A table that came back. Its rows are personal data."""

    headers: tuple[str, ...]
    mapping: Mapping[int, str]
    rows: Sequence[MendedRow] = field(repr=False)
    digest: str
    notes: tuple[Message, ...]

    def outline(self, layout: LayoutRow, draft: str) -> Outline:
        """All of it that is no personal data."""
        return Outline(
            layout_id=UUID(layout.id),
            total=len(self.rows),
            digest=self.digest,
            kind=ImportKind.MENDED,
            draft=draft,
            headers=tuple("" if import_results.is_ours(header) else header for header in self.headers),
            mapping=self.mapping,
            notes=self.notes,
        )


def read(layouts: Sequence[LayoutRow], data: bytes) -> MendedSheet:
    """The rows of a spreadsheet that came back.

    Raises:
        Invalid: it cannot be used, or is not the table that was to be mended.
    """
    sheet = spreadsheets.read(data)
    if import_keys.HEADER not in sheet.headers:
        raise Invalid(
            Message(
                "This is not the file with the rows to mend: its column {column} is missing. "
                "Download the rows again.",
                column=import_keys.HEADER,
            )
        )
    named = ["" if import_results.is_ours(header) else header for header in sheet.headers]
    mapping = column_mapping.suggest(named, tuple(import_results.columns_of(layouts).values()))
    return MendedSheet(
        sheet.headers, mapping, _rows(sheet, mapping), hashlib.sha256(data).hexdigest(), sheet.notes
    )


def parts(actor: Actor, sheet: MendedSheet, held: Held, *, done: int) -> Iterator[Callable[[], int]]:
    """What is left to do, each in a transaction of its own."""
    for start in range(done, len(sheet.rows), PART):
        rows = sheet.rows[start : start + PART]
        yield lambda start=start, rows=rows: perform(mend_rows, actor, held=held, start=start, rows=rows)


@use_case(Permission.ORDERS_CREATE)
def mend_rows(session: Session, actor: Actor, *, held: Held, start: int, rows: Sequence[MendedRow]) -> int:
    """Bring rows of a draft in line with the table that came back; gives how many are done by now.

    Columns that were taken out of the table are left as they are. A row whose card is no longer in the draft
    is only counted.

    Raises:
        NotFound: the draft was thrown away meanwhile.
        Conflict: it was ordered meanwhile, or another worker reads on.
    """
    source, order = imports.reading(session, actor, held)
    if start != source.done:
        return source.done
    layout = imports.layout_of(session, actor, source)
    found = _found(session, actor, order, layout, rows)
    counts = Counter(source.counts)
    counts["gone"] += sum(bool(row.key) for row in rows) - sum(bool(row.key) for row, _ in found)
    counts += _mend(session, actor, order, found)
    known = {row.number for row, _ in found}
    fresh = [row for row in rows if not row.key and row.number not in known]
    counts += _add(session, actor, order, layout, fresh)
    source.counts = dict(counts)
    return imports.advance(session, source, rows=len(rows), photos=0)


def _rows(sheet: Sheet, mapping: Mapping[int, str]) -> list[MendedRow]:
    place, seen = sheet.headers.index(import_keys.HEADER), set[str]()
    rows: list[MendedRow] = []
    for row in sheet.rows:
        key = row.cells[place].strip()
        # Who copies a row to write somebody new over it copies its key along.
        key = "" if key in seen else key
        seen.add(key)
        cells = [cell[1:] if cell.startswith(_ESCAPED) else cell for cell in row.cells]
        values = dict.fromkeys(mapping.values(), "") | column_mapping.apply(mapping, cells)
        if any(values.values()):
            rows.append(MendedRow(row.number, key, values))
    if not rows:
        raise Invalid(Message("There is a header in the file, but no row under it."))
    return rows


def _found(
    session: Session, actor: Actor, order: Order, layout: LayoutRow, rows: Sequence[MendedRow]
) -> list[tuple[MendedRow, CardItem]]:
    """The rows that are in the draft, by their key or, without one, by their personal number."""
    items = {item.id: item for item in draft_orders.live_items(session, actor, order)}
    keys = import_keys.by_key(order.id, items)
    numbers = _by_number(session, actor, order, layout, [row for row in rows if not row.key])
    pairs = [(row, keys.get(row.key) or numbers.get(row.number)) for row in rows]
    return [(row, items[item_id]) for row, item_id in pairs if item_id is not None and item_id in items]


def _by_number(
    session: Session, actor: Actor, order: Order, layout: LayoutRow, rows: Sequence[MendedRow]
) -> Mapping[int, UUID]:
    who = import_duplicates.number_field(layout.fields)
    if who is None:
        return {}
    given = {row.number: _checked(layout, row.values).values.get(who.key, "") for row in rows}
    places = import_duplicates.elsewhere(session, actor, order.account_id, given.values())
    here = {
        number: place.item_id
        for number, found in places.items()
        for place in reversed(found)
        if place.order_id == order.id
    }
    return {row: here[number] for row, number in given.items() if number in here}


def _mend(
    session: Session, actor: Actor, order: Order, found: Sequence[tuple[MendedRow, CardItem]]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    before = vault.open_many(session, actor, [item.id for _, item in found])
    layouts = draft_orders.layouts_of(session, actor, order)
    for row, item in found:
        if item.id not in before:
            continue  # somebody of a protected identity, who went into no table
        changed = draft_mending.change(
            session, actor, item, layouts[item.layout_id], before=before[item.id], values=row.values
        )
        counts["mended" if changed else "same"] += 1
        counts["wrong"] += item.stage != Stage.READY
    if counts["mended"]:
        draft_rows.count_anew(session, actor, order)
    return counts


def _add(
    session: Session, actor: Actor, order: Order, layout: LayoutRow, rows: Sequence[MendedRow]
) -> Counter[str]:
    photo = draft_rows.photo_problem(layout, has_photo=False)
    new = [NewRow(_checked(layout, row.values), problems=photo) for row in rows]
    items = draft_rows.add(session, actor, order, layout, new) if new else []
    return Counter(new=len(items), wrong=sum(item.stage != Stage.READY for item in items))


def _checked(layout: LayoutRow, values: Mapping[str, str]) -> CheckedRow:
    return check_row(layout.fields, values, clock.today())
