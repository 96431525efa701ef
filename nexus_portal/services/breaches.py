"""Personal data breaches as they are handled: opened, described, told to the authority, closed. No persons.

The authority is told within 72 hours of the discovery (GDPR article 33). A customer keeps its own; the
bureau's admin keeps those of the bureau.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.dates import ZONE
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.records import Breach
from nexus_portal.services import audit, tenancy
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

CLOCK = timedelta(hours=72)
FARTHEST = timedelta(days=365)
SHORTEST, LONGEST_TITLE, LONGEST_NOTES, LONGEST_AUTHORITY = 3, 120, 4000, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachRow:
    """One breach. Times are ISO, empty for not yet; `hours_left` of the 72 may be below 0.

    Once it is told to the authority, `hours_left` is what was left then.
    """

    id: str
    number: int
    title: str
    notes: str
    wanted: dict[str, str]
    discovered_at: str
    due_at: str
    hours_left: int
    opened_by: str
    opened_at: str
    reported_to: str
    reported_at: str
    closed_by: str
    closed_at: str


@use_case(Permission.BREACHES_MANAGE, reads=True)
def breaches(session: Session, actor: Actor) -> tuple[BreachRow, ...]:
    """The account's breaches: the open ones first, and of each the newest first."""
    query = tenancy.rows_of(actor, Breach).where(Breach.account_id == _own(actor))
    rows = session.exec(query.order_by(col(Breach.number).desc())).all()
    people = {each for row in rows for each in (row.opened_by, row.closed_by) if each is not None}
    names = colleagues(session, actor, people)
    return tuple(_row(row, names) for row in sorted(rows, key=lambda row: row.closed_at is not None))


@use_case(Permission.BREACHES_MANAGE)
def open_breach(session: Session, actor: Actor, *, title: str, discovered_at: str, wanted: Wanted) -> int:
    """Begin to handle a breach; gives its number. The 72 hours count from `discovered_at`.

    Raises:
        Invalid: no title, or a time that lies ahead or more than a year back.
    """
    account = tenancy.get(session, actor, Account, _own(actor), lock=True)
    last = session.exec(select(func.max(Breach.number)).where(Breach.account_id == account.id)).one()
    breach = Breach(
        account_id=account.id,
        number=(last or 0) + 1,
        title=_text(title, SHORTEST, LONGEST_TITLE),
        wanted={name: value for name, value in asdict(wanted).items() if value},
        discovered_at=_past(discovered_at),
        opened_by=_somebody(actor),
        opened_at=clock.now(),
    )
    session.add(breach)
    _note(session, actor, breach, "breach:opened")
    return breach.number


@use_case(Permission.BREACHES_MANAGE)
def describe(session: Session, actor: Actor, *, breach_id: UUID, title: str, notes: str) -> None:
    """Say what happened and what was done, without naming persons.

    Raises:
        NotFound: no such breach in the actor's account.
        Invalid: no title, or a text that is too long.
        Conflict: it is closed.
    """
    breach = _open(session, actor, breach_id)
    breach.title = _text(title, SHORTEST, LONGEST_TITLE)
    breach.notes = _text(notes, 0, LONGEST_NOTES)
    _note(session, actor, breach, "breach:described")


@use_case(Permission.BREACHES_MANAGE)
def report(session: Session, actor: Actor, *, breach_id: UUID, to: str, at: str) -> None:
    """Write down which authority was told, and when.

    Raises:
        NotFound: no such breach in the actor's account.
        Invalid: no name, or a time that lies ahead or before the discovery.
        Conflict: it is closed, or was told already.
    """
    breach = _open(session, actor, breach_id)
    if breach.reported_at is not None:
        raise Conflict(Message("It is written down already when the authority was told."))
    told = _past(at)
    if told < breach.discovered_at:
        raise Invalid(Message("It cannot have been told before it was discovered."))
    breach.reported_to, breach.reported_at = _text(to, 2, LONGEST_AUTHORITY), told
    late = told > breach.discovered_at + CLOCK
    _note(session, actor, breach, "breach:reported", late="yes" if late else "no")


@use_case(Permission.BREACHES_MANAGE)
def close(session: Session, actor: Actor, *, breach_id: UUID) -> None:
    """End the handling of a breach; it stays as it is.

    Raises:
        NotFound: no such breach in the actor's account.
        Conflict: it is closed.
        Invalid: nothing is written down of what happened.
    """
    breach = _open(session, actor, breach_id)
    if not breach.notes:
        raise Invalid(Message("Write down first what happened and what was done."))
    breach.closed_by, breach.closed_at = _somebody(actor), clock.now()
    _note(session, actor, breach, "breach:closed", reported="yes" if breach.reported_at else "no")


def _own(actor: Actor) -> UUID:
    """The customer's account, or the bureau's own."""
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def _somebody(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _open(session: Session, actor: Actor, breach_id: UUID) -> Breach:
    query = tenancy.rows_of(actor, Breach).where(Breach.id == breach_id, Breach.account_id == _own(actor))
    breach = tenancy.one(session, query, lock=True)
    if breach.closed_at is not None:
        raise Conflict(Message("This breach is closed."))
    return breach


def _note(session: Session, actor: Actor, breach: Breach, action: str, **facts: str) -> None:
    session.add(breach)
    audit.record(session, actor, action, subject=str(breach.number), account_id=breach.account_id, **facts)
    db.announce(session, News(breach.account_id, "breaches"))


def _text(typed: str, shortest: int, longest: int) -> str:
    text = typed.strip()
    if not shortest <= len(text) <= longest:
        raise Invalid(
            Message("Write {shortest} to {longest} characters here.", shortest=shortest, longest=longest)
        )
    return text


def _past(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid(Message("Write a time as the form asks for it.")) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    if not clock.now() - FARTHEST <= moment <= clock.now():
        raise Invalid(Message("Choose a time within the last year that has passed."))
    return moment


def _row(row: Breach, names: Mapping[UUID, str]) -> BreachRow:
    due = row.discovered_at + CLOCK
    left = due - (row.reported_at or row.closed_at or clock.now())
    return BreachRow(
        id=str(row.id),
        number=row.number,
        title=row.title,
        notes=row.notes,
        wanted={str(name): str(value) for name, value in row.wanted.items()},
        discovered_at=row.discovered_at.isoformat(),
        due_at=due.isoformat(),
        hours_left=int(left // timedelta(hours=1)),
        opened_by=names.get(row.opened_by, ""),
        opened_at=row.opened_at.isoformat(),
        reported_to=row.reported_to,
        reported_at=row.reported_at.isoformat() if row.reported_at else "",
        closed_by=names.get(row.closed_by, "") if row.closed_by else "",
        closed_at=row.closed_at.isoformat() if row.closed_at else "",
    )
