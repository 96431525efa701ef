"""What came of an import, row by row, as a table to be mended in a spreadsheet program and sent back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sqlmodel import Session

from nexus_portal.adapters import catalogue, clock, csv_export, xlsx_export
from nexus_portal.adapters.xlsx_export import Column, Line
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, StepUpNeeded
from nexus_portal.domain.fields import FieldDefinition, Problem, joined
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem
from nexus_portal.models.privacy import AccessAct, CopyKind
from nexus_portal.services import (
    accesses,
    audit,
    copies_left,
    draft_files,
    draft_orders,
    draft_rows,
    holder_links,
    import_keys,
    vault,
)
from nexus_portal.services.accesses import Seen
from nexus_portal.services.draft_files import Files
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_people import MANY

Kind = Literal["csv", "xlsx"]
PURPOSE = "mending in a spreadsheet"
_WIDTH_OF_WRONG, _WIDTH_OF_KEY = 60, 24


@use_case(Permission.PERSONS_READ)
def rows_to_mend(
    session: Session, actor: Actor, *, number: str, kind: Kind, language: str, everything: bool = False
) -> bytes:
    """The rows of the actor's own draft that are to be mended, or all: values, what is wrong, a key.

    No cell can become a formula. The export is logged. Up to 50 rows it asks for no second factor: it gives
    back to a person what the same person sent, for the very draft. More of them are worth one to a thief.

    Raises:
        NotFound: no such draft in the actor's account.
        NotAllowed: it is a colleague's.
        Conflict: the order is on its way already.
        Invalid: nothing is wrong with any row.
        StepUpNeeded: these are more than 50 rows.
    """
    order = draft_orders.editable(session, actor, number)
    layouts = draft_orders.layouts_of(session, actor, order)
    fields = columns_of(layouts.values())
    items = draft_orders.live_items(session, actor, order, *(() if everything else (Stage.COLLECTING,)))
    hidden = vault.hidden(session, actor, [item.id for item in items])
    items = [item for item in items if everything or not holder_links.waits(item)]
    items = [item for item in items if item.id not in hidden]
    if not items:
        raise Invalid(Message("Every row is ready: nothing has to be mended."))
    if len(items) > MANY and not actor.stepped_up(clock.now()):
        raise StepUpNeeded
    persons = vault.open_many(session, actor, [item.id for item in items])
    files = draft_files.files_of(session, actor, order)
    lines = [_line(item, fields, persons.get(item.id, {}), files, language) for item in items]
    copies_left.record(
        session, actor, CopyKind.MENDING, account_id=order.account_id, persons={order.id: len(items)}
    )
    audit.record(
        session,
        actor,
        "person:exported",
        subject=order_number(order.serial),
        account_id=order.account_id,
        persons=len(items),
        fields=sorted(fields),
        purpose=PURPOSE,
    )
    seen = [
        Seen(order.account_id, order_number(order.serial), item_id, list(values))
        for item_id, values in persons.items()
    ]
    accesses.record(session, actor, AccessAct.EXPORTED, seen, purpose=PURPOSE)
    headings = _headings(fields, language)
    if kind == "csv":
        return csv_export.table(headings, [line.cells for line in lines])
    return _workbook(headings, lines)


def columns_of(layouts: Iterable[LayoutRow]) -> Mapping[str, FieldDefinition]:
    """The typed fields of layouts by key, those of the same key as one."""
    return joined(layout.fields for layout in layouts)


def is_ours(heading: str) -> bool:
    """True for the columns of the table that hold no field of the card."""
    ours = (_ROW, _WRONG)
    said = {catalogue.render(each, language) for each in ours for language in ("en", "sv")}
    return heading in said | {import_keys.HEADER}


_ROW = Message("Row")
_WRONG = Message("What is wrong")


def _headings(fields: Mapping[str, FieldDefinition], language: str) -> list[str]:
    labels = [each.label(language) for each in fields.values()]
    row, wrong = (catalogue.render(each, language) for each in (_ROW, _WRONG))
    return [row, *labels, wrong, import_keys.HEADER]


def _line(
    item: CardItem,
    fields: Mapping[str, FieldDefinition],
    values: Mapping[str, str],
    files: Files,
    language: str,
) -> Line:
    problems = [files.told(item, problem) for problem in draft_rows.kept_problems(item)]
    cells = [each.written(values.get(key, "")) for key, each in fields.items()]
    said = " ".join(_said(problem, fields, language) for problem in problems)
    wrong = {problem.field for problem in problems}
    return Line(
        (
            catalogue.render(files.place(item).words, language),
            *cells,
            said,
            import_keys.key_of(item.order_id, item.id),
        ),
        frozenset(place for place, key in enumerate(fields, 1) if key in wrong),
    )


def _said(problem: Problem, fields: Mapping[str, FieldDefinition], language: str) -> str:
    label = fields[problem.field].label(language) if problem.field in fields else ""
    text = catalogue.render(problem.message, language)
    return f"{label}: {text}" if label else text


def _workbook(headings: Sequence[str], lines: Sequence[Line]) -> bytes:
    *shown, wrong, key = headings
    columns = [
        *(Column(heading=heading) for heading in shown),
        Column(heading=wrong, width=_WIDTH_OF_WRONG),
        Column(heading=key, width=_WIDTH_OF_KEY, hidden=True),
    ]
    return xlsx_export.to_fill_in(columns, lines)
