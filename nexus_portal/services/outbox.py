"""Mail on its way out. Links in it are secrets: a body lies sealed until it is handed over, and not after."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, clock, sealing
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.outbox import OutboxMail

PURPOSE = "mail"


def post(
    session: Session,
    *,
    to: str,
    language: str,
    subject: Message,
    body: Message,
    account_id: UUID | None = None,
    mail_id: UUID | None = None,
) -> UUID:
    """Put a mail into the outbox in the reader's language; gives its id."""
    mail_id = mail_id or new_id()
    text = catalogue.render(body, language)
    session.add(
        OutboxMail(
            id=mail_id,
            account_id=account_id,
            recipient=to,
            subject=catalogue.render(subject, language),
            body=sealing.seal(PURPOSE, text.encode(), str(mail_id)),
            created_at=clock.now(),
        )
    )
    session.flush()
    return mail_id


def take(session: Session, mail_id: UUID) -> str | None:
    """The body of a mail that has not left yet: it counts as handed over now, and the portal forgets it."""
    mail = session.get(OutboxMail, mail_id)
    if mail is None or not _claim(session, mail_id, clock.now()):
        return None
    return sealing.open(PURPOSE, mail.body, str(mail_id)).decode()


def _claim(session: Session, mail_id: UUID, now: datetime) -> bool:
    # Two readers at once: the row changes for one of them only.
    taken = session.exec(
        update(OutboxMail)
        .where(col(OutboxMail.id) == mail_id, col(OutboxMail.sent_at).is_(None))
        .values(sent_at=now, body=b"")
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1
