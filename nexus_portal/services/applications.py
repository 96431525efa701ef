"""Vetting applications: the bureau reads, asks back, refuses. Approving is `customer_setup`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import organisation_number
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.applications import ANSWER_WITHIN, OPEN, ApplicationState, several_lines
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.customers import Application
from nexus_portal.models.layouts import Article
from nexus_portal.services import application_mails, audit, tenancy, vault_applications
from nexus_portal.services.application_door import TOPIC, hash_of, secret_of
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.use_case import use_case
from nexus_portal.services.vault_applications import Said, Written

NEWEST_FIRST: Keyset[Application] = Keyset(
    columns=(col(Application.id),), key=lambda row: (row.id,), read=(UUID,), descending=True
)
"""Ids begin with the time at which they were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """One application in the list. Times are ISO 8601."""

    reference: str
    state: str
    organisation: str
    volume: str
    created_at: str
    changed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSheet:
    """One application with all that was written. `seen` changes with it."""

    row: ApplicationRow
    number: str = field(repr=False)
    contact: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    message: str = field(repr=False)
    articles: tuple[str, ...]
    """By name."""
    talk: tuple[Said, ...]
    sole_trader: bool
    """Its number is a person's."""
    others: int
    """Other open applications of the same organisation."""
    customers: tuple[str, ...]
    """Numbers of customers' accounts of the same organisation."""
    account_number: str
    """Of the account that it became."""
    decidable: bool
    seen: int


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def applications(
    session: Session, actor: Actor, *, state: str = "", search: str = "", cursor: str = ""
) -> Page[ApplicationRow]:
    """Applications, the newest first, 50 a page. `search` is a reference, or an organisation number.

    `state` empty: those that wait for a decision.
    """
    states = [state] if state in set(ApplicationState) else list(OPEN)
    query = select(Application).where(_in_sight(actor))
    wanted = search.strip()
    if wanted:
        branches = [query.where(_named(wanted))]
    else:
        branches = [query.where(Application.state == each) for each in states]
    page = NEWEST_FIRST.page(session, branches, cursor)
    written = vault_applications.opened_all(session, page.rows)
    return page.of([_row(row, written.get(row.id)) for row in page.rows])


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def application(session: Session, actor: Actor, *, reference: str) -> ApplicationSheet:
    """One application as the bureau vets it.

    Raises:
        NotFound: there is none, or it was erased.
    """
    row = find(session, actor, reference)
    written = vault_applications.opened(session, row)
    wish = written.wish
    same = Application.organisation_token == row.organisation_token
    others = session.exec(
        select(Application.id).where(same, Application.id != row.id, col(Application.state).in_(OPEN))
    )
    customers = tenancy.rows_of(actor, Account).where(Account.organisation_token == row.organisation_token)
    account = tenancy.get(session, actor, Account, row.account_id) if row.account_id else None
    return ApplicationSheet(
        row=_row(row, written),
        number=organisation_number.shown(wish.number),
        contact=wish.contact,
        email=wish.email,
        phone=wish.phone,
        message=wish.message,
        articles=_names(session, wish.articles),
        talk=written.talk,
        sole_trader=organisation_number.is_of_a_person(wish.number),
        others=len(others.all()),
        customers=tuple(each.number for each in session.exec(customers.order_by(col(Account.number)))),
        account_number=account.number if account else "",
        decidable=row.state in OPEN,
        seen=row.version,
    )


@use_case(Permission.CUSTOMERS_MANAGE)
def ask_back(session: Session, actor: Actor, *, reference: str, text: str, seen: int) -> None:
    """Ask the applicant something: a mail with a link by which they answer once. An earlier link ends.

    Raises:
        NotFound: there is no such application.
        Invalid: nothing is asked, or too much.
        Conflict: it is decided, or somebody else changed it since `seen`.
    """
    row = undecided(session, actor, reference, seen)
    question = _text(text)
    remark = Said(by_bureau=True, text=question, at=clock.now().isoformat())
    row.state, row.answer_until = ApplicationState.ASKED, clock.now() + ANSWER_WITHIN
    changed(session, actor, row, "application:asked")
    secret = secret_of(row)
    row.answer_hash = hash_of(secret)
    vault_applications.seal(session, row, vault_applications.opened(session, row).with_remark(remark))
    link = f"{settings.current().base_url}/assets/apply/#{secret}"
    application_mails.question(session, row, question, link)


@use_case(Permission.CUSTOMERS_MANAGE)
def refuse(session: Session, actor: Actor, *, reference: str, reason: str, seen: int) -> None:
    """Refuse an application; the applicant is told why. All that was written is erased after 30 days.

    Raises:
        NotFound: there is no such application.
        Invalid: there is no reason, or it is too long.
        Conflict: it is decided, or somebody else changed it since `seen`.
    """
    row = undecided(session, actor, reference, seen)
    why = _text(reason)
    remark = Said(by_bureau=True, text=why, at=clock.now().isoformat())
    vault_applications.seal(session, row, vault_applications.opened(session, row).with_remark(remark))
    decide(session, actor, row, ApplicationState.REFUSED)
    application_mails.decision(session, row, why)


def find(session: Session, actor: Actor, reference: str, *, lock: bool = False) -> Application:
    """An application by its reference; for whoever holds the permission.

    Raises:
        NotFound: there is none.
    """
    query = select(Application).where(_in_sight(actor), Application.reference == reference.strip().upper())
    return tenancy.one(session, query, lock=lock)


def undecided(session: Session, actor: Actor, reference: str, seen: int) -> Application:
    """An application that can be decided, held until the transaction ends.

    Raises:
        NotFound: there is none.
        Conflict: it is decided, or somebody else changed it since `seen`.
    """
    row = find(session, actor, reference, lock=True)
    if row.state not in OPEN or row.version != seen:
        raise Conflict
    return row


def decide(session: Session, actor: Actor, row: Application, state: ApplicationState) -> None:
    """Write down a decision: the link that waited for an answer ends."""
    row.state, row.answer_hash, row.answer_until = state, "", None
    row.decided_at, row.decided_by = clock.now(), actor.user_id
    approved = state is ApplicationState.APPROVED
    changed(session, actor, row, "application:approved" if approved else "application:refused")


def changed(session: Session, actor: Actor, row: Application, action: str) -> None:
    """Write into the log what was done to an application: its reference, and nothing of its content."""
    row.changed_at, row.version = clock.now(), row.version + 1
    session.add(row)
    session.flush()
    audit.record(session, actor, action, subject=row.reference, account_id=row.bureau_id)
    db.announce(session, News(row.bureau_id, TOPIC, row.reference))


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    # By the bureau's account: a customer sees none of them, not even the one that it began as.
    return tenancy.within(actor, Application.bureau_id)


def _named(wanted: str) -> ColumnElement[bool]:
    try:
        token = vault_applications.token_of(organisation_number.checked(wanted))
    except Invalid:
        return col(Application.reference) == wanted.upper()
    return col(Application.organisation_token) == token


def _text(text: str) -> str:
    tidy = several_lines(text)
    if not tidy:
        raise Invalid(Message("Write it down first: the applicant is told by mail."))
    return tidy


def _row(row: Application, written: Written | None) -> ApplicationRow:
    return ApplicationRow(
        reference=row.reference,
        state=row.state,
        organisation=written.wish.organisation if written else "",
        volume=written.wish.volume if written else "",
        created_at=row.created_at.isoformat(),
        changed_at=row.changed_at.isoformat(),
    )


def _names(session: Session, numbers: Sequence[str]) -> tuple[str, ...]:
    query = select(Article.name).where(col(Article.number).in_(numbers)).order_by(col(Article.name))
    return tuple(session.exec(query))
