"""The newest version of the agreement is offered, and whoever may accept it is told by mail. No names."""

from sqlmodel import Session, col

from nexus_portal import settings
from nexus_portal.adapters import dates, db, text_files
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.agreements import Situation, Standing
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.services import agreements, outbox, tenancy
from nexus_portal.services.holders_of import people_who_may

_TOLD = (AccountStatus.ACTIVE, AccountStatus.PAUSED)
_SUBJECT = Message("A new version of the data processing agreement")


def offer_newest() -> None:
    """Offer the newest version to everybody, once: from this day on customers are asked to accept it."""
    with db.current().transaction(SYSTEM) as session:
        if agreements.offer(session, text_files.agreements()[-1]["en"]):
            _tell_all(session)


def _tell_all(session: Session) -> None:
    query = tenancy.rows_of(SYSTEM, Account).where(
        Account.kind == AccountKind.CUSTOMER, col(Account.status).in_(_TOLD)
    )
    accounts = session.exec(query.order_by(col(Account.number))).all()
    states = agreements.state_of(session, SYSTEM, [account.id for account in accounts])
    for account in accounts:
        now = states[account.id]
        if now.standing in {Standing.ASKED, Standing.STOPPED}:
            _tell(session, account, now)


def _tell(session: Session, account: Account, now: Situation) -> None:
    for user in people_who_may(session, account.id, Permission.AGREEMENTS_ACCEPT):
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=_SUBJECT,
            body=_body(account, now, user.language),
            account_id=account.id,
            kind="agreement",
        )


def _body(account: Account, now: Situation, language: str) -> Message:
    said = {
        "version": now.current,
        "account": account.name,
        "link": f"{settings.current().base_url}/agreement",
    }
    if now.due is None or now.standing is Standing.STOPPED:
        return Message(
            "Version {version} of the data processing agreement waits for {account}. Nothing can be ordered "
            "until it is accepted; drafts are kept. Read it, and accept it with a code:\n\n{link}",
            **said,
        )
    return Message(
        "Version {version} of the data processing agreement waits for {account}. Read what changed, and "
        "accept it with a code by {day}; from that day on nothing can be ordered without it:\n\n{link}",
        day=dates.day(now.due, language),
        **said,
    )
