"""How far the reading of a spreadsheet has come, for the pages that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.orders import Order
from nexus_portal.services import tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """An import: how many of its rows are in the draft. `order` is the number of its draft.

    `waiting` says that nobody reads it yet, `photos` how many photos will have been looked at.
    """

    id: str
    order: str
    state: str
    done: int
    total: int
    interrupted: bool
    waiting: bool
    kind: str
    photos: int
    photos_done: int
    counts: Mapping[str, int]
    dropped: tuple[str, ...]
    notes: tuple[Message, ...]


@use_case(Permission.ORDERS_CREATE, reads=True)
def reading_now(session: Session, actor: Actor) -> ImportRow | None:
    """The actor's import that is being read, or that was interrupted and waits for the file to come again."""
    query = (
        tenancy.rows_of(actor, Import)
        .join(Order, col(Order.id) == col(Import.order_id))
        .where(
            Import.user_id == actor.user_id,
            col(Import.state).in_((ImportState.READING, ImportState.FAILED)),
            col(Order.fulfilment).in_(EDITABLE),
        )
        .order_by(col(Import.id).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    return row(session, found) if found else None


def of_order(session: Session, actor: Actor, order_id: UUID) -> ImportRow | None:
    """The last import into an order, if there was one."""
    query = tenancy.rows_of(actor, Import).where(Import.order_id == order_id)
    found = session.exec(query.order_by(col(Import.id).desc()).limit(1)).first()
    return row(session, found) if found else None


def row(session: Session, source: Import) -> ImportRow:
    """An import as the pages show it."""
    order = session.get(Order, source.order_id) if source.order_id else None
    return ImportRow(
        id=str(source.id),
        order=order_number(order.serial) if order else "",
        state=source.state,
        done=source.done,
        total=source.total,
        interrupted=source.state == ImportState.FAILED,
        waiting=source.state == ImportState.READING and _unclaimed(source),
        kind=source.kind,
        photos=source.photos,
        photos_done=source.photos_done,
        counts=source.counts,
        dropped=tuple(source.dropped_columns),
        notes=tuple(Message(note["msgid"], **note["params"]) for note in source.notes),
    )


def _unclaimed(source: Import) -> bool:
    return source.claimed_until is None or source.claimed_until < clock.now()
