"""What is left of an account once its persons are in the ledger: its people, its cards, its traces."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.models.cards import Card
from nexus_portal.models.customers import Application
from nexus_portal.models.files import FileCredential, FileDrop
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.imports import ColumnMapping, Import, ImportState, Inspection
from nexus_portal.models.orders import DraftVisit
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Invitation, Membership, Passkey, PasswordReset, RecoveryCode, User
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.models.views import SavedView
from nexus_portal.services import application_care, file_credentials, file_erasing, import_queue, tenancy

AT_ONCE = 500
"""Files that one ledger row stands for."""
NOBODY = "—"
"""The name of somebody whose last account was closed: orders keep who ordered as a number alone."""


def end_people(session: Session, account_id: UUID) -> None:
    """Take everybody's access: memberships, sessions, invitations and links of card holders end at once."""
    now = clock.now()
    own = tenancy.rows_of(SYSTEM, Membership).where(Membership.account_id == account_id)
    members = [member.id for member in session.exec(own)]
    connection = session.connection()
    connection.execute(
        update(Membership)
        .where(col(Membership.account_id) == account_id)
        .values(active=False, changed_at=now)
    )
    connection.execute(
        update(BrowserSession)
        .where(col(BrowserSession.membership_id).in_(members), col(BrowserSession.ended_at).is_(None))
        .values(ended_at=now)
    )
    connection.execute(
        update(Invitation)
        .where(
            col(Invitation.account_id) == account_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
    )
    connection.execute(
        update(HolderLink)
        .where(col(HolderLink.account_id) == account_id, col(HolderLink.ended_at).is_(None))
        .values(ended_at=now)
    )
    connection.execute(
        update(FileCredential)
        .where(col(FileCredential.account_id) == account_id, col(FileCredential.revoked_at).is_(None))
        .values(revoked_at=now, password_hash=None, password_shown=None)
    )
    db.announce(session, News(account_id, "session"))
    db.announce(session, News(account_id, file_credentials.TOPIC))


def decide_files(session: Session, account_id: UUID, actor: Actor) -> None:
    """Enter what lies in the account's folders into the ledger of erasures."""
    query = tenancy.rows_of(SYSTEM, FileDrop).where(
        FileDrop.account_id == account_id, col(FileDrop.deleted_at).is_(None)
    )
    drops = session.exec(query.order_by(col(FileDrop.id)).with_for_update()).all()
    for start in range(0, len(drops), AT_ONCE):
        file_erasing.decide(session, actor, drops[start : start + AT_ONCE], file_erasing.CLOSING)


def remove(session: Session, account_id: UUID) -> None:
    """Delete cards, files, addresses of mail and everything else that belongs to a person of the account.

    Orders, invoices and certificates stay, without a person in them.
    """
    connection = session.connection()
    for table in (Card, ColumnMapping, Inspection, SavedView, DraftVisit):
        connection.execute(delete(table).where(table.__table__.c.account_id == account_id))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType] - SQLModel does not type its table
    _files(session, account_id)
    connection.execute(
        update(Invitation).where(col(Invitation.account_id) == account_id).values(email="", name=NOBODY)
    )
    connection.execute(
        update(OutboxMail)
        .where(col(OutboxMail.account_id) == account_id)
        .values(recipient="", subject="", body=b"", sent_at=clock.now(), next_at=None)
    )
    for application in session.exec(select(Application).where(Application.account_id == account_id)).all():
        application_care.decide(session, application)
    _forget(session, _only_here(session, account_id))


def _files(session: Session, account_id: UUID) -> None:
    query = tenancy.rows_of(SYSTEM, Import).where(Import.account_id == account_id)
    for source in session.exec(query):
        if source.state == ImportState.READING:
            source.state, source.claim = ImportState.FAILED, ""
        import_queue.forget_files(session, source)


def _only_here(session: Session, account_id: UUID) -> Sequence[UUID]:
    """The people who sign in nowhere else."""
    elsewhere = (
        select(Membership.user_id)
        .where(Membership.account_id != account_id, col(Membership.active))
        .distinct()
    )
    here = select(Membership.user_id).where(
        Membership.account_id == account_id, col(Membership.user_id).not_in(elsewhere)
    )
    return session.exec(here).all()


def _forget(session: Session, user_ids: Sequence[UUID]) -> None:
    connection = session.connection()
    for table in (RecoveryCode, Passkey, PasswordReset):
        connection.execute(delete(table).where(col(table.user_id).in_(user_ids)))
    connection.execute(
        update(BrowserSession).where(col(BrowserSession.user_id).in_(user_ids)).values(address="", agent="")
    )
    for user in session.exec(select(User).where(col(User.id).in_(user_ids))):
        user.email, user.name = f"{user.id.hex}@closed.invalid", NOBODY
        user.password_hash = user.totp_secret = user.totp_pending = user.recovery_pending = None
        session.add(user)
    session.flush()
