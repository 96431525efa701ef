"""The rows of a draft: added, settled, taken away. Beside each stands what is wrong, never its values."""

import hmac
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, sealing
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import CheckedRow, Problem, ProblemCode
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import draft_orders, holder_links, import_duplicates, progress, tenancy, vault
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.vault_photos import ProcessedPhoto, opens

NO_PHOTO = Message("The photo is missing.")
_VERSION = 32
PHOTO_CODES = frozenset({ProblemCode.PHOTO_MISSING, ProblemCode.PHOTO_REFUSED})


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row on its way into a draft. Its values are personal data and go into the vault."""

    checked: CheckedRow
    source_row: int | None = None
    photo: ProcessedPhoto | None = None
    problems: tuple[Problem, ...] = ()
    """What is wrong beside the values: with the photo, with the file as a whole."""
    replaces_id: UUID | None = None
    replaces_why: str = ""
    """The card that this one takes the place of: that its person has one is no mistake."""
    protection: int = Protection.NONE


def add(
    session: Session, actor: Actor, order: Order, layout: LayoutRow, rows: Sequence[NewRow]
) -> list[CardItem]:
    """Put rows in one layout at the end of a draft: ready where nothing is wrong, else with what is."""
    line = draft_orders.line_for(session, actor, order, layout)
    found = _with_duplicates(session, actor, order, layout, rows)
    first = _last_position(session, actor, order) + 1
    items = [
        CardItem(
            account_id=order.account_id,
            order_id=order.id,
            line_id=line.id,
            layout_id=UUID(layout.id),
            position=first + index,
            source_row=row.source_row,
            stage=Stage.COLLECTING if problems else Stage.READY,
            stage_at=clock.now(),
            problems=[problem.to_json() for problem in problems] or None,
            replaces_id=row.replaces_id,
            replaces_why=row.replaces_why,
        )
        for index, (row, problems) in enumerate(zip(rows, found, strict=True))
    ]
    session.add_all(items)
    session.flush()
    _keep(session, order, layout, items, rows)
    count_anew(session, actor, order)
    return items


def settle(session: Session, actor: Actor, item: CardItem, problems: Sequence[Problem]) -> None:
    """Write down what is wrong with a row now, and move it to ready or back accordingly."""
    item.problems = [problem.to_json() for problem in problems] or None
    session.add(item)
    session.flush()
    stage = Stage.COLLECTING if problems else Stage.READY
    if item.stage != stage:
        progress.move_items(session, actor, [item], stage)


def take_away(session: Session, actor: Actor, order: Order, items: Sequence[CardItem]) -> None:
    """Throw rows of a draft away, with everything that the vault holds of them."""
    ids, rows = [item.id for item in items], {item.source_row or item.position for item in items}
    holder_links.remove(session, ids)
    vault.discard(session, ids)
    # Past the session: it would compare every row that it holds with every statement.
    connection = session.connection()
    for chunk in vault.chunks(ids):
        connection.execute(delete(Transition).where(col(Transition.item_id).in_(chunk)))
        connection.execute(delete(CardItem).where(col(CardItem.id).in_(chunk)))
    for item in items:
        session.expunge(item)
    count_anew(session, actor, order)
    compare_anew(session, actor, order, rows)


def compare_anew(session: Session, actor: Actor, order: Order, gone: Container[object]) -> None:
    """Look again whether rows are somebody twice, of which that was said because of a row that has gone."""
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id,
        CardItem.stage == Stage.COLLECTING,
        cast(col(CardItem.problems), Text).contains(f'"{ProblemCode.DUPLICATE}"'),
    )
    held_up = [
        item for item in session.exec(query) if any(_names(problem, gone) for problem in kept_problems(item))
    ]
    opened = vault.open_many(session, actor, [item.id for item in held_up])
    if not held_up:
        return
    layouts = draft_orders.layouts_of(session, actor, order)
    for item in held_up:
        others = [problem for problem in kept_problems(item) if not _names(problem, gone)]
        twice = duplicate_problem(session, actor, item, layouts[item.layout_id], opened.get(item.id, {}))
        settle(session, actor, item, [*others, *twice])


def count_anew(session: Session, actor: Actor, order: Order) -> None:
    """Bring the counts of the order and its lines in line with its rows; tells the open pages."""
    query = (
        select(CardItem.line_id, func.count())
        .where(
            tenancy.within(actor, CardItem.account_id),
            CardItem.order_id == order.id,
            CardItem.stage != Stage.CANCELLED,
        )
        .group_by(col(CardItem.line_id))
    )
    counts = dict(session.exec(query).all())
    lines = draft_orders.lines_of(session, actor, order)
    for line in lines:
        if line.layout_id is not None:
            line.quantity = counts.get(line.id, 0)
            session.add(line)
    pieces = sum(line.quantity for line in lines if line.layout_id is None)
    progress.recount(session, actor, order, pieces=pieces)


def kept_problems(item: CardItem) -> tuple[Problem, ...]:
    """What is wrong with a row, as it was written down last."""
    return tuple(Problem.from_json(stored) for stored in item.problems or ())


def version(item_id: UUID, values: Mapping[str, str]) -> str:
    """Names what a row holds, so that a form can say what it showed: keyed, for values could be guessed."""
    told = "|".join([str(item_id), *(f"{key}={values[key]}" for key in sorted(values) if values[key])])
    return hmac.digest(sealing.hmac_key("versions of rows"), told.encode(), "sha256").hex()[:_VERSION]


def photo_problem(layout: LayoutRow, *, has_photo: bool, words: Message = NO_PHOTO) -> tuple[Problem, ...]:
    """Says that the photo is missing, where the layout needs one."""
    field = layout.photo_field
    if field is None or not field.required or has_photo:
        return ()
    return (Problem(field.key, ProblemCode.PHOTO_MISSING, words),)


def refused_photo(layout: LayoutRow, refusal: Message | None) -> tuple[Problem, ...]:
    """Says why the photo that came cannot be used, where the layout asks for one."""
    field = layout.photo_field
    if field is None or refusal is None:
        return ()
    return (Problem(field.key, ProblemCode.PHOTO_REFUSED, refusal),)


def duplicate_problem(
    session: Session, actor: Actor, item: CardItem, layout: LayoutRow, values: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Says that the person is on another card item of the account."""
    field = import_duplicates.number_field(layout.fields)
    number = values.get(field.key, "") if field else ""
    if field is None or not number:
        return ()
    found = import_duplicates.elsewhere(session, actor, item.account_id, [number])
    others = [place for place in found.get(number, ()) if place.item_id != item.id]
    problem = import_duplicates.problem(field, others, item.order_id)
    return (problem,) if problem else ()


def record_of(session: Session, actor: Actor, item: CardItem) -> HolderRecord:
    """The vault's record of a row."""
    return tenancy.one(session, tenancy.rows_of(actor, HolderRecord).where(HolderRecord.item_id == item.id))


def with_photo(session: Session, item_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these rows have a photo."""
    query = (
        select(HolderRecord.item_id)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(col(HolderRecord.item_id).in_(item_ids))
    )
    return set(session.exec(query))


def mark(session: Session, actor: Actor, item: CardItem, *, protected: bool) -> None:
    """Note that the identity of a row's person is to be protected once the order is sent, or is not."""
    record = record_of(session, actor, item)
    if record.protection != Protection.IN_FORCE:
        record.protection = int(Protection.ASKED if protected else Protection.NONE)
        session.add(record)
        session.flush()


def marks(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Which of these rows have a photo that the actor may see, and of which the person is marked."""
    query = (
        select(HolderRecord.item_id, HolderRecord.protection, Photo.id)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id), isouter=True)
        .where(col(HolderRecord.item_id).in_(item_ids))
    )
    found: Sequence[Any] = session.connection().execute(query).all()
    return (
        {item_id for item_id, how, photo in found if photo is not None and opens(actor, how)},
        {item_id for item_id, protection, _ in found if protection != Protection.NONE},
    )


def _with_duplicates(
    session: Session, actor: Actor, order: Order, layout: LayoutRow, rows: Sequence[NewRow]
) -> list[tuple[Problem, ...]]:
    field = import_duplicates.number_field(layout.fields)
    numbers = [row.checked.values.get(field.key, "") if field else "" for row in rows]
    places = import_duplicates.elsewhere(session, actor, order.account_id, numbers)
    found: list[tuple[Problem, ...]] = []
    for row, number in zip(rows, numbers, strict=True):
        problems = [*row.checked.problems, *row.problems]
        if (
            field
            and row.replaces_id is None
            and not any(problem.code is ProblemCode.DUPLICATE for problem in problems)
        ):
            duplicate = import_duplicates.problem(field, places.get(number, ()), order.id)
            problems += [duplicate] if duplicate else []
        found.append(tuple(problems))
    return found


def _keep(
    session: Session, order: Order, layout: LayoutRow, items: Sequence[CardItem], rows: Sequence[NewRow]
) -> None:
    people = [
        vault.Person(
            order.id, item.id, {**row.checked.refused, **row.checked.values}, layout.fields, row.protection
        )
        for item, row in zip(items, rows, strict=True)
    ]
    records = vault.store_each(session, order.account_id, people)
    photos = [(record, row.photo) for record, row in zip(records, rows, strict=True) if row.photo is not None]
    if photos:
        vault.put_photos(session, photos)


def _names(problem: Problem, rows: Container[object]) -> bool:
    return problem.code is ProblemCode.DUPLICATE and problem.message.params.get("row") in rows


def _last_position(session: Session, actor: Actor, order: Order) -> int:
    query = select(func.max(CardItem.position)).where(
        tenancy.within(actor, CardItem.account_id), CardItem.order_id == order.id
    )
    return session.exec(query).one() or 0
