"""What the pages for ordering show of drafts, fields and imports: plain text in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nexus_portal.adapters import catalogue
from nexus_portal.domain.fields import FieldDefinition, FieldType, Problem, ProblemCode
from nexus_portal.domain.text import Message
from nexus_portal.services.cart import CartLine
from nexus_portal.services.draft_files import DraftFile
from nexus_portal.services.drafts import DraftRow, DraftView, text_fields
from nexus_portal.services.import_progress import ImportRow
from nexus_portal.services.layouts import LayoutRow


@dataclass(frozen=True, slots=True)
class CellView:
    """One value of a row under its field's label."""

    label: str
    text: str
    wrong: bool
    asked: bool
    """False where the row's own layout has no such field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row of a draft. `name` says it in words, for buttons that act on it.

    `place` is its number with its file where there are several; `file` is that file's, 0 for none of them.
    """

    id: str
    row: int
    place: str
    file: int
    name: str
    layout: str
    ready: bool
    asks_photo: bool
    has_photo: bool
    cells: list[CellView]
    problems: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field of a form: `kind` is text, personal_number, date or choice."""

    key: str
    label: str
    kind: str
    required: bool
    hint: str
    purpose: str
    value: str
    error: str
    length: int
    choices: list[str]


@dataclass(frozen=True, slots=True)
class TheirsView:
    """A field that was changed while a form was filled in: what stands there now, beside what was typed."""

    label: str
    now: str
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """A spreadsheet on its way into a draft. `order` is the draft's number."""

    order: str
    done: int
    total: int
    reading: bool
    interrupted: bool
    waiting: bool
    photos: int
    photos_done: int
    outcome: str
    """What became of rows that came back mended."""
    dropped: str
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of a draft with its price. `fixed` is said of cards: they are as many as their persons."""

    id: str
    article: str
    layout: str
    quantity: int
    each: float
    kronor: float
    fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """A draft without its rows. `kronor` is the price of all its lines; `several` says of layouts."""

    number: str
    fulfilment: str
    reason: str
    """Why it came back; `by_bureau` and `returned_by` say who gave it back."""
    by_bureau: bool
    returned_by: str
    reference: str
    cost_centre: str
    delivery_address: str
    layout: str
    """Names of its layouts; empty in a draft of accessories alone."""
    several: bool
    total: int
    pieces: int
    """Accessories, of all lines together."""
    ready: int
    to_mend: int
    waiting: int
    """Rows whose holder was asked and has not answered."""
    answered: int
    """Rows whose holder's answer nobody has looked over."""
    rest: int
    """All rows that are not ready."""
    kronor: float
    own: bool
    shown: bool
    with_photo: bool
    reading: bool
    files: list[DraftFile]
    """Empty where the numbers of rows are enough to tell them apart."""


def summary(draft: DraftView) -> SummaryView:
    """A draft without its rows."""
    reading = draft.reading is not None and draft.reading.state == "reading"
    return SummaryView(
        number=draft.number,
        fulfilment=draft.fulfilment,
        reason=draft.reason,
        by_bureau=draft.returned is not None and draft.returned.by_bureau,
        returned_by=draft.returned.who if draft.returned else "",
        reference=draft.reference,
        cost_centre=draft.cost_centre,
        delivery_address=draft.delivery_address,
        layout=", ".join(layout.name for layout in draft.layouts),
        several=len(draft.layouts) > 1,
        total=draft.total,
        pieces=draft.pieces,
        ready=draft.ready,
        to_mend=draft.to_mend,
        waiting=draft.waiting,
        answered=draft.answered,
        rest=draft.total - draft.ready,
        kronor=draft.price / 100,
        own=draft.own,
        shown=draft.shown,
        with_photo=any(layout.photo_field for layout in draft.layouts),
        reading=reading and draft.reading is not None and not draft.reading.interrupted,
        files=list(draft.files),
    )


def rows(draft: DraftView, language: str) -> list[RowView]:
    """The rows of a page of a draft, each with a cell for every column of `labels`."""
    columns = _columns(draft)
    return [_row(row, columns, language) for row in draft.rows.rows]


def labels(draft: DraftView, language: str) -> list[str]:
    """The columns of a draft's rows: the fields of all its layouts, those of the same key as one."""
    return [each.label(language) for each in _columns(draft).values()]


def lines(draft: DraftView) -> list[LineView]:
    """The lines of a draft."""
    return [_line(line) for line in draft.lines]


def reading(source: ImportRow | None, language: str) -> ReadingView | None:
    """An import; nothing where there was none."""
    if source is None:
        return None
    return ReadingView(
        order=source.order,
        done=source.done,
        total=source.total,
        reading=source.state == "reading" and not source.interrupted,
        interrupted=source.interrupted,
        waiting=source.waiting,
        photos=source.photos,
        photos_done=source.photos_done,
        outcome=_outcome(source, language),
        dropped=", ".join(source.dropped),
        notes=[catalogue.render(note, language) for note in source.notes],
    )


def _outcome(source: ImportRow, language: str) -> str:
    counts = source.counts
    if source.state != "done" or not counts:
        return ""
    told = [
        Message(
            "Mended: {mended}. As before: {same}. New: {new}. Still to mend in this file: {wrong}.",
            **{name: counts.get(name, 0) for name in ("mended", "same", "new", "wrong")},
        )
    ]
    if counts.get("gone"):
        told.append(
            Message("Rows whose card is no longer in this draft, passed over: {gone}.", gone=counts["gone"])
        )
    return " ".join(catalogue.render(each, language) for each in told)


def form(layout: LayoutRow, row: DraftRow | None, language: str) -> list[FieldView]:
    """The fields of a form for one card, filled from a row if there is one, each with what is wrong there."""
    problems = row.problems if row else ()
    return [
        FieldView(
            key=each.key,
            label=each.label(language),
            kind=each.type.value,
            required=each.required,
            hint=_hint(each, language),
            purpose=each.purpose.value,
            value=each.written((row.values if row else {}).get(each.key, "")),
            error=error_at(problems, each.key, language),
            length=each.max_length,
            choices=list(each.choices),
        )
        for each in text_fields(layout)
    ]


def theirs(row: DraftRow, typed: Mapping[str, str], language: str) -> list[TheirsView]:
    """Where a row that was changed meanwhile differs from what was typed."""
    both = [
        (each, each.written(row.values.get(each.key, "")), typed[each.key].strip())
        for each in text_fields(row.layout)
        if each.key in typed
    ]
    return [TheirsView(each.label(language), now, mine) for each, now, mine in both if now != mine]


def error_at(problems: Iterable[Problem], key: str, language: str) -> str:
    """What is wrong with one field, in one text."""
    return " ".join(catalogue.render(each.message, language) for each in problems if each.field == key)


def place(row: DraftRow, language: str) -> str:
    """A row's number, with its file where there are several."""
    return catalogue.render(row.place.words, language)


def is_double(row: DraftRow) -> bool:
    """True when all that may be wrong with the person is that they have a card already."""
    return any(each.code is ProblemCode.DUPLICATE for each in row.problems)


def _columns(draft: DraftView) -> Mapping[str, FieldDefinition]:
    found: dict[str, FieldDefinition] = {}
    for layout in draft.layouts:
        for each in text_fields(layout):
            found.setdefault(each.key, each)
    return found


def _line(line: CartLine) -> LineView:
    return LineView(
        id=line.id,
        article=line.article,
        layout=line.layout,
        quantity=line.quantity,
        each=line.unit_price / 100,
        kronor=line.price / 100,
        fixed=not line.accessory,
    )


def _row(row: DraftRow, columns: Mapping[str, FieldDefinition], language: str) -> RowView:
    labels = _labels(row.layout.fields, language)
    own = {each.key: each for each in text_fields(row.layout)}
    wrong = {each.field for each in row.problems}
    return RowView(
        id=row.item_id,
        row=row.source_row,
        place=place(row, language),
        file=row.place.file or 0,
        name=catalogue.translate("Row {row}", language, row=place(row, language)),
        layout=row.layout.name,
        ready=row.ready,
        asks_photo=row.layout.photo_field is not None,
        has_photo=row.has_photo,
        cells=[
            CellView(
                labels.get(key, each.label(language)),
                own.get(key, each).written(row.values.get(key, "")),
                key in wrong,
                asked=key in own,
            )
            for key, each in columns.items()
        ],
        problems=[_said(each, labels, language) for each in row.problems],
    )


def _said(problem: Problem, labels: Mapping[str, str], language: str) -> str:
    text = catalogue.render(problem.message, language)
    return f"{labels[problem.field]}: {text}" if problem.field in labels else text


def _labels(fields: Sequence[FieldDefinition], language: str) -> dict[str, str]:
    return {each.key: each.label(language) for each in fields}


def _hint(field: FieldDefinition, language: str) -> str:
    match field.type:
        case FieldType.PERSONAL_NUMBER:
            hint = Message("YYYYMMDD-NNNN.")
        case FieldType.TEXT if field.max_length:
            hint = Message("At most {longest} characters.", longest=field.max_length)
        case _:
            return ""
    return catalogue.render(hint, language)
