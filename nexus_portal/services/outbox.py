"""Mail on its way out. Links in it are secrets: a body lies sealed until it has left, and not after.

`sent_at` says since when the portal cannot read a mail any more: a mail server took it, its link was shown to
the person who asked for it, or its link ended. A mail that was written to a file has not been sent.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, clock, db, mail, sealing
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.outbox import OutboxMail

PURPOSE = "mail"
REQUEST = "reset_request"
"""Kind of a row that is no mail: somebody forgot a password, and the portal has yet to see who."""
KEPT = timedelta(days=7)
LONGEST_SUBJECT = 200
_CHUNK = 500


class MailState(StrEnum):
    """How far a mail has come."""

    WAITING = "waiting"
    SENT = "sent"
    WRITTEN = "written"
    REFUSED = "refused"
    """The mail server did not take it; it is tried again."""
    GIVEN_UP = "given_up"
    CLOSED = "closed"
    """Its link was shown or ended, or it grew too old, before a mail server took it."""


def state_of(row: OutboxMail) -> MailState:
    """What the columns say together."""
    if row.sent_at is not None:
        return MailState.SENT if row.next_at is not None else MailState.CLOSED
    if row.attempts == 0:
        return MailState.WAITING
    if row.next_at is None:
        return MailState.GIVEN_UP if row.refusal else MailState.WRITTEN
    return MailState.REFUSED if row.refusal else MailState.WAITING


def post(  # noqa: PLR0913 - the columns of a mail that somebody decides, each by name
    session: Session,
    *,
    to: str,
    language: str,
    subject: Message,
    body: Message,
    account_id: UUID | None = None,
    mail_id: UUID | None = None,
    kind: str = "",
    holder_record_id: UUID | None = None,
    application_id: UUID | None = None,
) -> UUID:
    """Put a mail into the outbox in the reader's language; gives its id. It leaves after the commit.

    A mail to a card holder or an applicant has no `to`: the address is opened at the moment of sending.
    """
    mail_id = mail_id or new_id()
    text = catalogue.render(body, language)
    session.add(
        OutboxMail(
            id=mail_id,
            account_id=account_id,
            recipient=to,
            subject=" ".join(catalogue.render(subject, language).split())[:LONGEST_SUBJECT],
            body=sealed(mail_id, text),
            created_at=clock.now(),
            kind=kind,
            language=language,
            holder_record_id=holder_record_id,
            application_id=application_id,
        )
    )
    session.flush()
    db.after_commit(session, ring)
    return mail_id


def take(session: Session, mail_id: UUID) -> str | None:
    """The body of a mail that nobody has been sent; it counts as handed over now, and is forgotten."""
    row = session.get(OutboxMail, mail_id)
    if row is None or not _close(session, mail_id, for_hands()):
        return None
    return opened(row)


def drop(session: Session, mail_id: UUID) -> None:
    """Forget a mail whose link has ended; one that has left already stays as it is."""
    _close(session, mail_id, col(OutboxMail.sent_at).is_(None))


def drop_of_holders(session: Session, record_ids: Sequence[UUID]) -> None:
    """Forget the mails to these card holders, by their records in the vault; what has left stays as it is."""
    for start in range(0, len(record_ids), _CHUNK):
        theirs = col(OutboxMail.holder_record_id).in_(record_ids[start : start + _CHUNK])
        session.exec(
            update(OutboxMail)
            .where(theirs, col(OutboxMail.sent_at).is_(None))
            .values(sent_at=clock.now(), next_at=None, body=b"")
            .execution_options(synchronize_session=False)
        )


def drop_of_applicant(session: Session, application_id: UUID) -> None:
    """Forget the mails to an applicant; what has left stays as it is."""
    session.exec(
        update(OutboxMail)
        .where(col(OutboxMail.application_id) == application_id, col(OutboxMail.sent_at).is_(None))
        .values(sent_at=clock.now(), next_at=None, body=b"")
        .execution_options(synchronize_session=False)
    )


def for_hands() -> ColumnElement[bool]:
    """The condition of mails whose link may be shown: a mail server that may still take it comes first."""
    unsent = col(OutboxMail.sent_at).is_(None)
    return unsent & (col(OutboxMail.refusal) != "") if mail.has_server() else unsent


def sealed(mail_id: UUID, text: str) -> bytes:
    """A body as it lies in the database."""
    return sealing.seal(PURPOSE, text.encode(), str(mail_id))


def opened(row: OutboxMail) -> str:
    """The words of a mail that is still there.

    Raises:
        Tampered: it was changed, or sealed under another master key.
    """
    return sealing.open(PURPOSE, row.body, str(row.id)).decode()


def _close(session: Session, mail_id: UUID, condition: ColumnElement[bool]) -> bool:
    # Two readers at once: the row changes for one of them only.
    taken = session.exec(
        update(OutboxMail)
        .where(col(OutboxMail.id) == mail_id, condition)
        .values(sent_at=clock.now(), next_at=None, body=b"")
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1


_bells: list[Callable[[], object]] = []


def listen(bell: Callable[[], object]) -> Callable[[], None]:
    """Call `bell` whenever something was posted, in the thread that posted it; gives what ends that."""
    _bells.append(bell)
    return lambda: _bells.remove(bell)


def ring() -> None:
    """Wake whoever sends: there is something to send."""
    for bell in tuple(_bells):
        with suppress(RuntimeError):  # its event loop has just ended
            bell()
