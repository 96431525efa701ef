"""What an order holds of its persons, counted by field, and what of it is not produced. No values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import FieldDefinition, FieldType, all_from_json
from nexus_portal.domain.lifecycles import Stage, is_produced
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import order_details, related, tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True)
class HeldField:
    """A kind of field, its label in both languages, and of how many persons it is held."""

    label_en: str
    label_sv: str
    count: int


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line with cards that are not produced."""

    layout: str
    cards: int
    left: int


@dataclass(frozen=True, slots=True)
class HeldData:
    """What is held, and what is still to be produced, line by line."""

    fields: tuple[HeldField, ...]
    lines: tuple[LineLeft, ...]


@use_case(Permission.ORDERS_READ, reads=True)
def held(session: Session, actor: Actor, *, number: str) -> HeldData:
    """What is held of the persons of one order, counted and never shown.

    Raises:
        NotFound: no such order in the actor's account.
    """
    return held_of(session, actor, order_details.find(session, actor, number), {})


def held_of(session: Session, actor: Actor, order: Order, read: Mapping[UUID, Layout]) -> HeldData:
    """The same of an order that the actor was found to see; `read` as for `related.by_id`."""
    lines = _stages_by_layout(session, actor, order)
    layouts = related.by_id(session, actor, Layout, lines, read=read)
    asked = [each for layout in layouts.values() for each in all_from_json(layout.fields)]
    return HeldData(
        _held(session, actor, order, asked),
        tuple(
            LineLeft(layouts[layout_id].name, stages.total(), left)
            for layout_id, stages in lines.items()
            if (left := sum(count for stage, count in stages.items() if not is_produced(stage)))
        ),
    )


def _stages_by_layout(session: Session, actor: Actor, order: Order) -> dict[UUID, Counter[Stage]]:
    query = (
        select(col(CardItem.layout_id), col(CardItem.stage), func.count())
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.order_id) == order.id)
        .where(col(CardItem.stage) != Stage.CANCELLED)
        .group_by(col(CardItem.layout_id), col(CardItem.stage))
    )
    found: dict[UUID, Counter[Stage]] = {}
    for layout_id, stage, count in session.connection().execute(query):
        found.setdefault(layout_id, Counter())[Stage(stage)] = count
    return found


def _held(
    session: Session, actor: Actor, order: Order, asked: Sequence[FieldDefinition]
) -> tuple[HeldField, ...]:
    texts = {each.key: each for each in asked if each.type is not FieldType.PHOTO}
    counts = [func.count(col(HolderRecord.fields)[key].as_string()) for key in texts]
    query = (
        select(func.count(col(Photo.id)), *counts)
        .select_from(HolderRecord)
        .outerjoin(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.order_id) == order.id)
    )
    photos, *found = session.connection().execute(query).one()
    rows = [
        HeldField(each.label_en, each.label_sv, count)
        for each, count in zip(texts.values(), found, strict=True)
    ]
    pictured = next((each for each in asked if each.type is FieldType.PHOTO), None)
    if pictured is not None:
        rows.append(HeldField(pictured.label_en, pictured.label_sv, photos))
    return tuple(row for row in rows if row.count)
