"""Erasing what applicants wrote: 30 days after the decision, by the same ledger as persons on cards."""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.applications import KEPT_AFTER_DECISION, ApplicationState
from nexus_portal.models.accounts import Account
from nexus_portal.models.customers import Application
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import audit, outbox
from nexus_portal.services.erasure_close import APPLICATION
from nexus_portal.services.erasure_steps import carry_out_or_leave
from nexus_portal.services.sessions import system


def sweep() -> int:
    """Erase the applications whose time is over; gives how many.

    One that was approved stays while its account is being set up: who is invited first stands in it.
    """
    with system(writes=False) as session:
        due = session.exec(select(Application.id).where(_over(clock.now()))).all()
    return sum(_erase(application_id) for application_id in due)


def _over(now: datetime) -> ColumnElement[bool]:
    setting_up = (
        select(Account.id)
        .where(Account.id == Application.account_id, Account.status == AccountStatus.SETUP)
        .exists()
    )
    decided = col(Application.state).in_((ApplicationState.REFUSED, ApplicationState.APPROVED))
    return decided & (col(Application.decided_at) <= now - KEPT_AFTER_DECISION) & ~setting_up


def _erase(application_id: UUID) -> bool:
    with system() as session:
        query = select(Application).where(Application.id == application_id).with_for_update()
        application = session.exec(query).one_or_none()
        if application is None:
            return False  # another worker was first
        decide(session, application)
        return True


def decide(session: Session, application: Application) -> None:
    """Enter an application into the ledger and delete its row; its key is destroyed after the commit."""
    erasure = Erasure(
        account_id=application.bureau_id,
        policy=APPLICATION,
        decided_at=clock.now(),
        persons=1,
        targets=[{"record": str(application.id), "files": []}],
    )
    session.add(erasure)
    outbox.drop_of_applicant(session, application.id)
    audit.record(
        session,
        SYSTEM,
        "application:erasure-decided",
        subject=application.reference,
        account_id=application.bureau_id,
    )
    session.delete(application)
    session.flush()
    db.after_commit(session, partial(carry_out_or_leave, erasure.id))
