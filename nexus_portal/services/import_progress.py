"""How far the reading of a spreadsheet has come, for the pages that show it."""

from dataclasses import dataclass
from datetime import timedelta
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

SILENCE = timedelta(minutes=2)
"""An import that has written nothing for so long was interrupted: a part of it takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """An import: how many of its rows are read. `order` is the number of its draft."""

    id: str
    order: str
    state: str
    done: int
    total: int
    interrupted: bool
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
            Import.state == ImportState.READING,
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


def interrupted(source: Import) -> bool:
    """True when nobody reads on: the portal was stopped, or the database went away for long."""
    failed = source.state == ImportState.FAILED
    return failed or (source.state == ImportState.READING and source.changed_at + SILENCE < clock.now())


def row(session: Session, source: Import) -> ImportRow:
    """An import as the pages show it."""
    order = session.get(Order, source.order_id) if source.order_id else None
    return ImportRow(
        id=str(source.id),
        order=order_number(order.serial) if order else "",
        state=source.state,
        done=source.done,
        total=source.total,
        interrupted=interrupted(source),
        dropped=tuple(source.dropped_columns),
        notes=tuple(Message(note["msgid"], **note["params"]) for note in source.notes),
    )
