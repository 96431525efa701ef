"""Requests of persons to an account: when each came, by when it is answered, and when it was. No persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import person_requests
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.person_requests import RequestKind, RequestOutcome, due_on
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.persons import PersonRequest
from nexus_portal.services import audit, outbox, tenancy
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

OLDEST = timedelta(days=366)
"""A request may be written down so long after it came."""
ANSWERED_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request; days are ISO, `answered_on` empty while it is open. `left` days remain; below 0: late."""

    id: str
    number: str
    kind: str
    case_number: str
    received_on: str
    due_on: str
    extended: bool
    left: int
    outcome: str
    answered_on: str
    answered_by: str


@use_case(Permission.PRIVACY_READ, reads=True)
def requests(session: Session, actor: Actor, *, answered: bool = False) -> tuple[RequestRow, ...]:
    """The open requests of the actor's account, the most urgent first; or the hundred answered last."""
    query = tenancy.rows_of(actor, PersonRequest)
    if answered:
        latest = query.where(col(PersonRequest.answered_on).is_not(None))
        latest = latest.order_by(col(PersonRequest.answered_on).desc(), col(PersonRequest.serial).desc())
        return _rows(session, actor, session.exec(latest.limit(ANSWERED_SHOWN)).all())
    waiting = query.where(col(PersonRequest.answered_on).is_(None))
    found = session.exec(waiting.order_by(col(PersonRequest.due_on), col(PersonRequest.serial))).all()
    return _rows(session, actor, found)


@use_case(Permission.PRIVACY_READ, reads=True)
def overdue(session: Session, actor: Actor) -> int:
    """How many requests should have been answered by now."""
    late = (
        select(func.count())
        .select_from(PersonRequest)
        .where(
            tenancy.within(actor, PersonRequest.account_id),
            col(PersonRequest.answered_on).is_(None),
            col(PersonRequest.due_on) < clock.today(),
        )
    )
    return session.exec(late).one()


@use_case(Permission.PRIVACY_MANAGE)
def write_down(session: Session, actor: Actor, *, kind: str, received_on: date, case_number: str = "") -> str:
    """Write down that a person asked for a right; from its day on a month counts. Gives its number.

    Raises:
        Invalid: no such kind; a day to come, or more than a year ago; a case number that may name a person.
    """
    today = clock.today()
    if kind not in set(RequestKind):
        raise Invalid(Message("Choose what the person asks for."))
    if not today - OLDEST <= received_on <= today:
        raise Invalid(Message("Choose the day on which the request came, within the last year."))
    account = tenancy.get(session, actor, Account, tenancy.own_account(actor), lock=True)
    request = PersonRequest(
        account_id=account.id,
        serial=_last(session, actor) + 1,
        kind=kind,
        case_number=person_requests.case_number(case_number, today),
        received_on=received_on,
        due_on=due_on(received_on),
        recorded_by=_person(actor),
        recorded_at=clock.now(),
    )
    session.add(request)
    _note(session, actor, request, "person_request:received", kind=kind)
    return number_of(request)


@use_case(Permission.PRIVACY_MANAGE)
def extend(session: Session, actor: Actor, *, request_id: UUID) -> None:
    """Take two months more, of which the person has been told within the first. Twice changes nothing.

    Raises:
        NotFound: no such request in the actor's account.
        Conflict: it is answered.
        Invalid: the first month is over.
    """
    request = _open(session, actor, request_id)
    if request.extended:
        return
    if request.due_on < clock.today():
        raise Invalid(Message("The first month is over: it is too late to take longer. Answer the request."))
    request.extended, request.due_on = True, due_on(request.received_on, extended=True)
    _note(session, actor, request, "person_request:extended")


@use_case(Permission.PRIVACY_MANAGE)
def answer(session: Session, actor: Actor, *, request_id: UUID, outcome: str) -> None:
    """Write down that a request was answered today, and what became of it.

    Raises:
        NotFound: no such request in the actor's account.
        Conflict: it is answered already.
        Invalid: no such outcome.
    """
    if outcome not in set(RequestOutcome):
        raise Invalid(Message("Choose what became of the request."))
    request = _open(session, actor, request_id)
    request.outcome, request.answered_on, request.answered_by = outcome, clock.today(), _person(actor)
    _note(session, actor, request, "person_request:answered", outcome=outcome)


def tell_overdue() -> int:
    """Tell the privacy officers once by mail of each request that is overdue; gives how many."""
    today = clock.today()
    late = select(PersonRequest).where(
        col(PersonRequest.answered_on).is_(None),
        col(PersonRequest.told_on).is_(None),
        col(PersonRequest.due_on) < today,
    )
    with db.current().transaction(SYSTEM) as session:
        rows = session.exec(late.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.told_on = today
            session.add(row)
        for account_id in sorted({row.account_id for row in rows}):
            _tell(session, account_id, [number_of(row) for row in rows if row.account_id == account_id])
    return len(rows)


def number_of(request: PersonRequest) -> str:
    """How people call it: `R-7`."""
    return f"R-{request.serial}"


def _tell(session: Session, account_id: UUID, numbers: Sequence[str]) -> None:
    for user in people_who_may(session, account_id, Permission.PRIVACY_MANAGE):
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=Message("A person’s request is overdue"),
            body=Message(
                "These requests should have been answered by now:\n\n{numbers}\n\n"
                "A person is answered within a month, or told within that month that it takes longer. Answer "
                "them, and write down when:\n\n{link}",
                numbers="\n".join(numbers),
                link=f"{settings.current().base_url}/privacy/requests",
            ),
            account_id=account_id,
            kind="person_request",
        )


def _open(session: Session, actor: Actor, request_id: UUID) -> PersonRequest:
    request = tenancy.get(session, actor, PersonRequest, request_id, lock=True)
    if request.answered_on is not None:
        raise Conflict(Message("This request is answered already."))
    return request


def _last(session: Session, actor: Actor) -> int:
    query = select(func.max(PersonRequest.serial)).where(tenancy.within(actor, PersonRequest.account_id))
    return session.exec(query).one() or 0


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _note(session: Session, actor: Actor, request: PersonRequest, action: str, **facts: str) -> None:
    session.add(request)
    session.flush()
    audit.record(session, actor, action, subject=number_of(request), account_id=request.account_id, **facts)
    db.announce(session, News(request.account_id, "person_requests"))


def _rows(session: Session, actor: Actor, found: Sequence[PersonRequest]) -> tuple[RequestRow, ...]:
    names = colleagues(session, actor, {row.answered_by for row in found if row.answered_by is not None})
    today = clock.today()
    return tuple(
        RequestRow(
            id=str(row.id),
            number=number_of(row),
            kind=row.kind,
            case_number=row.case_number,
            received_on=row.received_on.isoformat(),
            due_on=row.due_on.isoformat(),
            extended=row.extended,
            left=(row.due_on - today).days,
            outcome=row.outcome,
            answered_on=row.answered_on.isoformat() if row.answered_on else "",
            answered_by=names.get(row.answered_by, "") if row.answered_by else "",
        )
        for row in found
    )
