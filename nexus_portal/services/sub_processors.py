"""The companies that process personal data for the bureau: the bureau's admin keeps the list, all read it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.records import SubProcessor
from nexus_portal.services import audit
from nexus_portal.services.use_case import use_case

LONGEST_NAME, LONGEST_SERVICE, LONGEST_COUNTRY = 120, 200, 80
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubProcessorRow:
    """One company: its name, what it does, in which country, since when, and until when. Days are ISO."""

    id: str
    name: str
    service: str
    country: str
    since: str
    ended_on: str


@use_case(Permission.PUBLIC, reads=True)
def sub_processors(session: Session, actor: Actor) -> tuple[SubProcessorRow, ...]:  # noqa: ARG001 - the list is the installation's
    """Those who process for the bureau now, and then those who did, by name."""
    rows = session.exec(select(SubProcessor).order_by(SubProcessor.name, col(SubProcessor.since))).all()
    return tuple(_row(row) for row in sorted(rows, key=lambda row: row.ended_on is not None))


@use_case(Permission.CUSTOMERS_MANAGE)
def add(session: Session, actor: Actor, *, name: str, service: str, country: str, since: str) -> UUID:
    """Name a company that processes for the bureau.

    Raises:
        Invalid: something is missing or too long, or the day is none.
        Conflict: it is on the list for the same thing.
    """
    row = SubProcessor(
        name=_text(name, LONGEST_NAME),
        service=_text(service, LONGEST_SERVICE),
        country=_text(country, LONGEST_COUNTRY),
        since=_day(since),
        changed_at=clock.now(),
    )
    same = select(SubProcessor.id).where(
        SubProcessor.name == row.name,
        SubProcessor.service == row.service,
        col(SubProcessor.ended_on).is_(None),
    )
    if session.exec(same).first() is not None:
        raise Conflict(Message("This company is on the list for the same thing already."))
    session.add(row)
    audit.record(session, actor, "sub_processor:added", subject=row.name)
    return row.id


@use_case(Permission.CUSTOMERS_MANAGE)
def end(session: Session, actor: Actor, *, row_id: UUID) -> None:
    """Say that a company does not process for the bureau any more, from today on; it stays on record.

    Raises:
        NotFound: there is none.
        Conflict: it has ended already.
    """
    row = session.get(SubProcessor, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.ended_on is not None:
        raise Conflict
    row.ended_on, row.changed_at = clock.today(), clock.now()
    session.add(row)
    audit.record(session, actor, "sub_processor:ended", subject=row.name)


def entries(session: Session) -> list[dict[str, Any]]:
    """Those of now, as a record of processing names them."""
    query = select(SubProcessor).where(col(SubProcessor.ended_on).is_(None))
    return [
        {
            "key": str(row.id),
            "name": row.name,
            "service": row.service,
            "country": row.country,
            "since": row.since.isoformat(),
        }
        for row in session.exec(query.order_by(SubProcessor.name, col(SubProcessor.since)))
    ]


def changed_at(session: Session) -> datetime | None:
    """When the list changed last."""
    return session.exec(select(func.max(SubProcessor.changed_at))).one()


def _row(row: SubProcessor) -> SubProcessorRow:
    return SubProcessorRow(
        id=str(row.id),
        name=row.name,
        service=row.service,
        country=row.country,
        since=row.since.isoformat(),
        ended_on=row.ended_on.isoformat() if row.ended_on else "",
    )


def _text(typed: str, longest: int) -> str:
    text = " ".join(typed.split())
    if not 0 < len(text) <= longest:
        raise Invalid(Message("Write something here, at most {longest} characters.", longest=longest))
    return text


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = date.max
    if not EARLIEST <= day <= clock.today():
        raise Invalid(Message("Choose the day since when it does, today at the latest."))
    return day
