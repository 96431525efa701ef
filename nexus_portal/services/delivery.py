"""Sending what lies in the outbox: after the commit, outside of any transaction, each mail by one worker.

A mail is claimed by one statement before it is sent. A worker that dies meanwhile leaves it claimed until the
lease ends; it is then tried again under the same Message-ID, by which mail programs tell it apart.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, mail
from nexus_portal.adapters.mail import Letter, Refused
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound, Tampered
from nexus_portal.domain.text import Message
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.services import application_mails, audit, outbox, vault_contacts
from nexus_portal.services.sessions import system

log = logging.getLogger(__name__)

AT_ONCE = 50
LEASE = timedelta(minutes=5)
"""Longer than a mail server may keep us waiting."""
NOT_TAKEN = Message("The mail server did not take it.")
PATIENCE = timedelta(hours=24)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240))
ROWS_KEPT = timedelta(days=90)


def deliver() -> int:
    """Send, or write, the mails that are due; gives how many left. Stops when the mail server is down."""
    left = 0
    for mail_id, attempts in _due():
        row = _claim(mail_id, attempts)
        if row is None:
            continue
        try:
            _carry(row)
        except Refused as refused:
            _put_off(row, refused)
            if refused.down:
                break
        else:
            left += 1
    return left


def sweep() -> None:
    """Forget what was written or given up after a week, with its file, and every row after 90 days."""
    now = clock.now()
    old = (col(OutboxMail.sent_at).is_(None), col(OutboxMail.created_at) < now - outbox.KEPT)
    with system() as session:
        session.exec(update(OutboxMail).where(*old).values(sent_at=now, next_at=None, body=b""))
        session.exec(delete(OutboxMail).where(col(OutboxMail.created_at) < now - ROWS_KEPT))
    mail.forget_files()


def _due() -> list[tuple[UUID, int]]:
    fresh = (col(OutboxMail.attempts) == 0) & col(OutboxMail.next_at).is_(None)
    query = (
        select(OutboxMail.id, OutboxMail.attempts)
        .where(
            col(OutboxMail.sent_at).is_(None),
            OutboxMail.kind != outbox.REQUEST,
            fresh | (col(OutboxMail.next_at) <= clock.now()),
        )
        .order_by(col(OutboxMail.id))
        .limit(AT_ONCE)
    )
    with system(writes=False) as session:
        return list(session.exec(query))


def _claim(mail_id: UUID, attempts: int) -> OutboxMail | None:
    with system() as session:
        claimed = session.exec(
            update(OutboxMail)
            .where(
                col(OutboxMail.id) == mail_id,
                col(OutboxMail.sent_at).is_(None),
                col(OutboxMail.attempts) == attempts,
            )
            .values(attempts=attempts + 1, next_at=clock.now() + LEASE)
            .execution_options(synchronize_session=False)
        )
        return session.get_one(OutboxMail, mail_id) if claimed.rowcount == 1 else None


def _carry(row: OutboxMail) -> None:
    try:
        text = outbox.opened(row)
    except Tampered as error:
        log.warning("a mail in the outbox cannot be opened")
        raise Refused(Message("The mail cannot be opened any more."), final=True) from error
    by_server = mail.has_server()
    to = row.recipient or _address(row)
    if not to:
        _drop(row)
        return
    unnamed = "" if row.recipient or by_server else _kind_of_reader(row)
    letter = Letter(
        key=str(row.id),
        # A file outlives what is sealed: a card holder's or applicant's address is not written into it.
        to="" if unnamed else to,
        unnamed=unnamed,
        subject=row.subject,
        text=text,
        language=row.language,
        written_at=row.created_at,
    )
    (mail.send if by_server else mail.write)(letter)
    with system() as session:
        left = {"sent_at": clock.now(), "body": b"", "refusal": ""}
        _note(session, row, "mail:sent" if by_server else "mail:written")
        _change(session, row, left if by_server else {"next_at": None, "refusal": ""})


def _address(row: OutboxMail) -> str:
    with system(writes=False) as session, suppress(Tampered, NotFound):
        if row.holder_record_id is not None:
            return vault_contacts.address_of(session, SYSTEM, row.holder_record_id)
        if row.application_id is not None:
            return application_mails.address_of(session, row.application_id)
    return ""


def _kind_of_reader(row: OutboxMail) -> str:
    return "Applicant" if row.application_id is not None else "Card holder"


def _drop(row: OutboxMail) -> None:
    """The reader's address is gone: there is nobody to send it to any more."""
    with system() as session:
        outbox.drop(session, row.id)
        _note(session, row, "mail:dropped")


def _put_off(row: OutboxMail, refused: Refused) -> None:
    now = clock.now()
    over = refused.final or now - row.created_at >= PATIENCE
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    with system() as session:
        # Mail servers repeat the address in what they say.
        said = refused.said if row.recipient else str(NOT_TAKEN)
        _change(session, row, {"next_at": None if over else now + pause, "refusal": said})
        _note(session, row, "mail:given_up" if over else "mail:refused")
    # What the server said may name the reader: the outbox page shows it, the log does not.
    log.warning("a mail did not leave: %s", "given up" if over else "tried again later")


def _change(session: Session, row: OutboxMail, values: Mapping[str, object]) -> None:
    # A link that was shown or ended meanwhile stays closed, unless a mail server has the mail by now.
    whatever = "sent_at" in values
    query = update(OutboxMail).where(col(OutboxMail.id) == row.id)
    query = query if whatever else query.where(col(OutboxMail.sent_at).is_(None))
    session.exec(query.values(dict(values)).execution_options(synchronize_session=False))


def _note(session: Session, row: OutboxMail, action: str) -> None:
    audit.record(
        session, SYSTEM, action, subject=str(row.id), account_id=row.account_id, attempt=row.attempts
    )
