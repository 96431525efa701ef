"""The outbox as the bureau admin sees it: what became of each mail, and its words where none was sent."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, clock, db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import audit, outbox, tenancy
from nexus_portal.services.keyset import Keyset, Page
from nexus_portal.services.outbox import MailState
from nexus_portal.services.use_case import use_case

NEWEST_FIRST: Keyset[OutboxMail] = Keyset(
    columns=(col(OutboxMail.id),), key=lambda row: (row.id,), read=(UUID,), descending=True
)
"""Ids begin with the time at which they were made."""
AGAIN = frozenset({MailState.WRITTEN, MailState.REFUSED, MailState.GIVEN_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One mail without its words. Times are ISO 8601, empty before they come."""

    id: str
    recipient: str
    subject: str
    state: str
    refusal: str
    """What the mail server said last, or a sentence of ours in the reader's language."""
    attempts: int
    created_at: str
    next_at: str
    readable: bool
    """True while its words are there: no mail server took it, and its link has not ended."""
    again: bool
    """True when it can be tried again by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMail:
    """One mail with its words, which may hold a link that is a secret."""

    recipient: str
    subject: str
    text: str


@use_case(Permission.MAIL_READ, reads=True)
def mails(session: Session, actor: Actor, *, cursor: str = "") -> Page[MailRow]:
    """All mails, the newest first, 50 a page."""
    query = tenancy.rows_of(actor, OutboxMail).where(OutboxMail.kind != outbox.REQUEST)
    page = NEWEST_FIRST.page(session, [query], cursor)
    return page.of([_row(actor, row) for row in page.rows])


@use_case(Permission.MAIL_READ, reads=True, step_up=True)
def ask(session: Session, actor: Actor, *, mail_id: UUID) -> None:
    """Make sure that a mail can be read by whoever has just proved a second factor; see `read`."""
    _readable(session, actor, mail_id)


@use_case(Permission.MAIL_READ, step_up=True)
def read(session: Session, actor: Actor, *, mail_id: UUID) -> OpenMail:
    """The words of one mail that no mail server took. The audit log keeps who read whose.

    Raises:
        NotFound: there is no such mail, or its words are gone.
    """
    row = _readable(session, actor, mail_id)
    audit.record(session, actor, "mail:read", subject=str(row.id), kind=row.kind)
    return OpenMail(recipient=row.recipient, subject=row.subject, text=outbox.opened(row))


@use_case(Permission.MAIL_READ)
def try_again(session: Session, actor: Actor, *, mail_id: UUID) -> None:
    """Send or write a mail once more, now.

    Raises:
        NotFound: there is no such mail.
        Conflict: it is on its way, was sent, or its link has ended.
    """
    row = _mail(session, actor, mail_id)
    due = update(OutboxMail).where(
        col(OutboxMail.id) == row.id,
        col(OutboxMail.sent_at).is_(None),
        col(OutboxMail.attempts) == row.attempts,
    )
    if outbox.state_of(row) not in AGAIN or session.exec(due.values(next_at=clock.now())).rowcount != 1:
        raise Conflict(Message("This mail is on its way, was sent, or its link has ended."))
    audit.record(session, actor, "mail:tried_again", subject=str(row.id))
    db.after_commit(session, outbox.ring)


def _mail(session: Session, actor: Actor, mail_id: UUID) -> OutboxMail:
    query = tenancy.rows_of(actor, OutboxMail)
    return tenancy.one(session, query.where(OutboxMail.id == mail_id, OutboxMail.kind != outbox.REQUEST))


def _readable(session: Session, actor: Actor, mail_id: UUID) -> OutboxMail:
    row = _mail(session, actor, mail_id)
    if row.application_id is not None:
        raise NotFound(Message("This mail is for an applicant alone. Ask them once more to send another."))
    if row.holder_record_id is not None:
        raise NotFound(
            Message("This mail is for a card holder alone. Whoever ordered the card can copy its link.")
        )
    if row.sent_at is not None:
        raise NotFound(Message("The words of this mail are gone: it was sent, or its link has ended."))
    return row


def _row(actor: Actor, row: OutboxMail) -> MailRow:
    state = outbox.state_of(row)
    return MailRow(
        id=str(row.id),
        recipient=_recipient(actor, row),
        subject=row.subject,
        state=state.value,
        refusal=catalogue.template(row.refusal, actor.language),
        attempts=row.attempts,
        created_at=row.created_at.isoformat(),
        next_at=row.next_at.isoformat() if row.next_at and state is MailState.REFUSED else "",
        readable=row.sent_at is None and bool(row.recipient),
        again=state in AGAIN,
    )


def _recipient(actor: Actor, row: OutboxMail) -> str:
    if row.recipient:
        return row.recipient
    somebody = Message("An applicant") if row.application_id else Message("A card holder")
    return catalogue.render(somebody, actor.language)
