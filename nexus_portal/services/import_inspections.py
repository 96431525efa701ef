"""What a spreadsheet's columns are called, and how an account mapped such columns the last time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.clean_text import folded
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.imports import ColumnMapping, Inspection
from nexus_portal.services import draft_orders, layouts, sessions, tenancy, vault
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.use_case import use_case

INSPECTION_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """The headers of a file and what each seems to hold: column → field key. `rows` counts its rows.

    `remembered` says that this is how the account mapped such columns before.
    """

    id: str
    layout_id: str
    headers: tuple[str, ...]
    suggestion: Mapping[int, str]
    rows: int
    notes: tuple[Message, ...]
    remembered: bool


@use_case(Permission.ORDERS_CREATE)
def keep_inspection(
    session: Session,
    actor: Actor,
    *,
    layout_id: UUID,
    headers: Sequence[str],
    suggestion: Mapping[int, str],
    rows: int,
    notes: Sequence[Message],
) -> InspectionRow:
    """Keep the headers of a file for an hour, in place of the actor's earlier ones.

    A mapping that the account confirmed for the same columns goes before the suggestion.
    """
    layout = layouts.orderable(session, actor, layout_id)
    mine = col(Inspection.user_id) == actor.user_id
    session.exec(delete(Inspection).where(tenancy.within(actor, Inspection.account_id), mine))
    before = remembered(session, actor, layout, headers)
    mapping = suggestion if before is None else before
    kept = Inspection(
        account_id=draft_orders.own_account(actor),
        user_id=draft_orders.own_user(actor),
        layout_id=UUID(layout.id),
        headers=list(headers),
        suggestion={str(column): key for column, key in mapping.items()},
        remembered=before is not None,
        rows=rows,
        notes=stored(notes),
        created_at=clock.now(),
    )
    session.add(kept)
    return _inspection(kept)


@use_case(Permission.ORDERS_CREATE, reads=True)
def inspection(session: Session, actor: Actor) -> InspectionRow | None:
    """The headers of the file that the actor chose last, within the hour."""
    query = tenancy.rows_of(actor, Inspection).where(
        Inspection.user_id == actor.user_id,
        col(Inspection.created_at) > clock.now() - INSPECTION_LIFETIME,
    )
    found = session.exec(query.order_by(col(Inspection.id).desc()).limit(1)).first()
    return _inspection(found) if found else None


def forget_inspections() -> None:
    """Delete the headers of files that were chosen more than an hour ago, and never read in."""
    with sessions.system() as session:
        session.exec(delete(Inspection).where(col(Inspection.created_at) < clock.now() - INSPECTION_LIFETIME))


def remember(
    session: Session, actor: Actor, layout: LayoutRow, headers: Sequence[str], mapping: Mapping[int, str]
) -> None:
    """Keep how a person mapped such columns: the next file of the account with the same ones comes so."""
    kept = _kept(session, actor, layout, headers) or ColumnMapping(
        account_id=draft_orders.own_account(actor),
        layout_name=layout.name,
        headers=_digest(actor, headers),
        mapping={},
        changed_at=clock.now(),
    )
    kept.mapping = {str(column): key for column, key in mapping.items()}
    kept.changed_at = clock.now()
    session.add(kept)


def remembered(
    session: Session, actor: Actor, layout: LayoutRow, headers: Sequence[str]
) -> dict[int, str] | None:
    """How the account mapped such columns the last time; nothing where the layout has other fields by now."""
    kept = _kept(session, actor, layout, headers)
    keys = {field.key for field in layout.fields}
    if kept is None or not set(kept.mapping.values()) <= keys:
        return None
    return {int(column): key for column, key in kept.mapping.items()}


def stored(notes: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as a table keeps them."""
    return [{"msgid": note.msgid, "params": dict(note.params)} for note in notes]


def _kept(session: Session, actor: Actor, layout: LayoutRow, headers: Sequence[str]) -> ColumnMapping | None:
    query = tenancy.rows_of(actor, ColumnMapping).where(
        ColumnMapping.layout_name == layout.name, ColumnMapping.headers == _digest(actor, headers)
    )
    return session.exec(query).one_or_none()


def _digest(actor: Actor, headers: Sequence[str]) -> bytes:
    """A hash under the account's own key: what columns a customer's lists have is nobody else's business."""
    return vault.number_token(draft_orders.own_account(actor), "columns " + "\x1f".join(map(folded, headers)))


def _inspection(kept: Inspection) -> InspectionRow:
    return InspectionRow(
        str(kept.id),
        str(kept.layout_id),
        tuple(kept.headers),
        {int(column): key for column, key in kept.suggestion.items()},
        kept.rows,
        tuple(Message(note["msgid"], **note["params"]) for note in kept.notes),
        kept.remembered,
    )
