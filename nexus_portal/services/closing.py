"""Closing an account: the bureau asks, the customer chooses and confirms, two people in all.

Until it is confirmed nothing is gone: people sign in, see what would go, and take their data away. From then
on `closing_steps` carries it out, whatever is cut off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal import settings
from nexus_portal.adapters import clock, db
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.customers import AccountClosing, ClosingChoice, ClosingState
from nexus_portal.models.erasures import Erasure
from nexus_portal.services import audit, closing_forecast, customers, outbox, tenancy
from nexus_portal.services.closing_forecast import Forecast
from nexus_portal.services.closing_steps import carry_out_or_leave
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.use_case import use_case

NOTICE = timedelta(days=30)
"""Then two people of the bureau may close an account whose people do not answer."""
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSheet:
    """A closing as both sides see it. Times are ISO 8601, empty before they come."""

    state: str
    """Empty: nobody asked for it."""
    reason: str
    asked_at: str
    choice: str
    package_at: str
    confirmed_at: str
    closed_at: str
    forecast: Forecast
    """What would go now; once it is confirmed, what went."""
    obstacles: tuple[Message, ...]
    by_bureau_from: str
    """From when on a second person of the bureau may confirm it."""
    certificate: str
    """Id of the erasure whose certificate stands for all of it, once there is one."""


@use_case(Permission.PRIVACY_MANAGE, reads=True)
def own(session: Session, actor: Actor) -> ClosingSheet:
    """The closing of the actor's own account, with what would go."""
    account = tenancy.get(session, actor, Account, tenancy.own_account(actor))
    return _sheet(session, actor, account)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def of_customer(session: Session, actor: Actor, *, number: str) -> ClosingSheet:
    """The closing of a customer's account, with what would go: the dry run.

    Raises:
        NotFound: there is no such customer.
    """
    return _sheet(session, actor, customers.find(session, actor, number))


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def ask(session: Session, actor: Actor, *, number: str, reason: str) -> None:
    """Ask for the end of an account, at the customer's request or after notice: ordering stops at once.

    Raises:
        NotFound: there is no such customer.
        Invalid: there is no reason, or it is too long.
        Conflict: it is being set up, being closed, or closed.
    """
    account = customers.find(session, actor, number, lock=True)
    why = " ".join(reason.split())
    if not 1 <= len(why) <= LONGEST_REASON:
        raise Invalid(
            Message("Say why, in at most {limit} characters: the customer reads it.", limit=LONGEST_REASON)
        )
    if account.status not in {AccountStatus.ACTIVE, AccountStatus.PAUSED}:
        raise Conflict
    closing = AccountClosing(
        account_id=account.id,
        status_before=account.status,
        reason=why,
        asked_by=_somebody(actor),
        asked_at=clock.now(),
    )
    session.add(closing)
    customers.stand(session, actor, account, AccountStatus.CLOSING, reason=why)
    _tell(session, account, why)


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def withdraw(session: Session, actor: Actor, *, number: str) -> None:
    """Call a closing off that nobody has confirmed: the account goes on as it stood before.

    Raises:
        NotFound: there is no such customer.
        Conflict: nobody asked for it, or it is confirmed already.
    """
    account = customers.find(session, actor, number, lock=True)
    closing = _asked(session, actor, account)
    closing.state = ClosingState.WITHDRAWN
    session.add(closing)
    customers.stand(session, actor, account, AccountStatus(closing.status_before))


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def confirm(session: Session, actor: Actor, *, choice: str) -> None:
    """Choose what becomes of the data, and confirm the end of the actor's own account. It cannot be undone.

    Raises:
        Conflict: the bureau did not ask for it, or it is confirmed already.
        Invalid: there is no such choice.
        NotYet: something stands in the way, or the data that is to be handed over was not taken away.
    """
    query = tenancy.rows_of(actor, Account).where(Account.id == tenancy.own_account(actor))
    account = tenancy.one(session, query, lock=True)
    closing = _asked(session, actor, account)
    if choice not in set(ClosingChoice):
        raise Invalid(Message("Choose whether the data is handed over, or deleted at once."))
    if choice == ClosingChoice.HAND_OVER and closing.package_at is None:
        raise NotYet(Message("The account cannot be closed yet."), [Message("Take the package away first.")])
    _confirm(session, actor, account, closing, choice)


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def confirm_after_notice(session: Session, actor: Actor, *, number: str) -> None:
    """Confirm the end of an account whose people have not answered for 30 days: all data is deleted.

    Raises:
        NotFound: there is no such customer.
        Conflict: nobody asked for it, or it is confirmed already.
        NotAllowed: the actor asked for it: a second person confirms.
        NotYet: something stands in the way, or the notice is not over.
    """
    account = customers.find(session, actor, number, lock=True)
    closing = _asked(session, actor, account)
    if closing.asked_by == actor.user_id:
        raise NotAllowed(Message("You asked for it yourself. A second person has to confirm it."))
    if clock.now() < closing.asked_at + NOTICE:
        raise NotYet(
            Message("The account cannot be closed yet."),
            [Message("The customer has {days} days to answer.", days=NOTICE.days)],
        )
    _confirm(session, actor, account, closing, ClosingChoice.DELETE)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def certificate(session: Session, actor: Actor, *, number: str) -> Mapping[str, Any]:
    """The certificate over the closing of a customer's account.

    Raises:
        NotFound: there is no such customer, or it is not closed.
    """
    closing = latest(session, actor, customers.find(session, actor, number).id)
    erasure = session.get(Erasure, closing.erasure_id) if closing and closing.erasure_id else None
    if erasure is None or erasure.certificate is None:
        raise NotFound
    return erasure.certificate


def latest(session: Session, actor: Actor, account_id: UUID, *, lock: bool = False) -> AccountClosing | None:
    """The newest closing of an account that was not called off."""
    query = (
        tenancy.rows_of(actor, AccountClosing)
        .where(AccountClosing.account_id == account_id, AccountClosing.state != ClosingState.WITHDRAWN)
        .order_by(col(AccountClosing.asked_at).desc())
        .limit(1)
    )
    return session.exec(query.with_for_update() if lock else query).first()


def _confirm(session: Session, actor: Actor, account: Account, closing: AccountClosing, choice: str) -> None:
    reasons = closing_forecast.obstacles(session, actor, account)
    if reasons:
        raise NotYet(Message("The account cannot be closed yet."), reasons)
    closing.forecast = closing_forecast.forecast(session, actor, account.id).to_json()
    closing.state, closing.choice = ClosingState.CONFIRMED, choice
    closing.confirmed_by, closing.confirmed_at = _somebody(actor), clock.now()
    closing.confirmed_role = actor.role or ""
    session.add(closing)
    session.flush()
    audit.record(
        session,
        actor,
        "account:closing-confirmed",
        subject=account.number,
        account_id=account.id,
        choice=choice,
        persons=closing.forecast["persons"],
    )
    db.after_commit(session, partial(carry_out_or_leave, closing.id))


def _asked(session: Session, actor: Actor, account: Account) -> AccountClosing:
    closing = latest(session, actor, account.id, lock=True)
    if closing is None or closing.state != ClosingState.ASKED:
        raise Conflict(Message("Nobody asked for this account to be closed, or it is confirmed already."))
    return closing


def _sheet(session: Session, actor: Actor, account: Account) -> ClosingSheet:
    closing = latest(session, actor, account.id)
    open_still = closing is None or closing.state == ClosingState.ASKED
    kept = closing_forecast.of_json(closing.forecast) if closing else None
    erasure = session.get(Erasure, closing.erasure_id) if closing and closing.erasure_id else None

    def at(name: str) -> str:
        moment = getattr(closing, name) if closing else None
        return moment.isoformat() if moment else ""

    return ClosingSheet(
        state=closing.state if closing else "",
        reason=closing.reason if closing else "",
        asked_at=at("asked_at"),
        choice=closing.choice if closing else "",
        package_at=at("package_at"),
        confirmed_at=at("confirmed_at"),
        closed_at=at("closed_at"),
        forecast=kept or closing_forecast.forecast(session, actor, account.id),
        obstacles=closing_forecast.obstacles(session, actor, account) if open_still else (),
        by_bureau_from=(closing.asked_at + NOTICE).isoformat() if closing else "",
        certificate=str(erasure.id) if erasure is not None and erasure.certificate else "",
    )


def _tell(session: Session, account: Account, reason: str) -> None:
    people = {
        user.id: user
        for permission in (Permission.PRIVACY_MANAGE, Permission.TEAM_MANAGE)
        for user in people_who_may(session, account.id, permission)
    }
    for user in people.values():
        outbox.post(
            session,
            to=user.email,
            language=user.language,
            subject=Message("The account of {account} is to be closed", account=account.name),
            body=Message(
                "The card bureau was asked to close the account of {account}:\n\n{reason}\n\nNothing is gone "
                "yet. A privacy officer of yours chooses within {days} days whether all data is handed over "
                "to you or deleted, and confirms the end:\n\n{link}",
                account=account.name,
                reason=reason,
                days=NOTICE.days,
                link=f"{settings.current().base_url}/privacy/closing",
            ),
            account_id=account.id,
            kind="account",
        )


def _somebody(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id
