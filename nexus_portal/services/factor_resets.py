"""Taking a second factor away that was lost, so that its owner enrols a new one after the next password.

An account admin does it for the own team. Whom no admin can help, two people of the bureau help together: the
last admin of an account, and who stands in several accounts, for one account must not open another.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import email as addresses
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import FactorReset, Membership, User
from nexus_portal.services import audit, factor_taking, grants, sessions, team_changes, tenancy
from nexus_portal.services.use_case import use_case

LIFETIME = timedelta(hours=24)
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRow:
    """One request that waits for a second person of the bureau."""

    id: str
    account: str
    account_number: str
    name: str
    email: str
    reason: str
    asked_by: str
    asked_at: str
    expires_at: str
    is_own: bool
    """True when the reader asked: somebody else has to confirm."""


@use_case(Permission.TEAM_MANAGE, step_up=True)
def reset(session: Session, actor: Actor, *, member_id: UUID, reason: str) -> None:
    """Take the second factor of a person of the actor's own team away.

    Raises:
        NotFound: nobody of that kind in the actor's team.
        Invalid: no reason, oneself, nothing to take, or somebody who stands in other accounts too.
    """
    why = _reason(reason)
    account, member = team_changes.held(session, actor, member_id)
    if member.user_id == actor.user_id:
        raise Invalid(Message("Nobody resets their own second factor. Ask another admin, or the bureau."))
    if _stands_elsewhere(member):
        raise Invalid(
            Message(
                "This person belongs to other accounts too. Ask the bureau: two people there do it together."
            )
        )
    user = factor_taking.enrolled(session, member.user_id)
    factor_taking.take(session, user)
    factor_taking.tell(session, user, account, done=True)
    now = clock.now()
    done = FactorReset(
        account_id=account.id,
        membership_id=member.id,
        reason=why,
        asked_by=_somebody(actor),
        asked_at=now,
        expires_at=now,
        confirmed_by=actor.user_id,
        confirmed_at=now,
    )
    session.add(done)
    session.flush()
    _note(session, actor, done, "second_factor:reset")
    if member.active and Permission.TEAM_MANAGE in grants.held(session, member).permissions:
        grants.keep_a_manager(session, account.id)


@use_case(Permission.CUSTOMERS_MANAGE, reads=True)
def waiting(session: Session, actor: Actor) -> tuple[ResetRow, ...]:
    """The requests that wait for a second person, the newest first."""
    person, asker = aliased(User), aliased(User)
    query = (
        select(FactorReset, Account, person, asker.name)
        .join(Account, col(Account.id) == col(FactorReset.account_id))
        .join(Membership, col(Membership.id) == col(FactorReset.membership_id))
        .join(person, col(person.id) == col(Membership.user_id))
        .join(asker, col(asker.id) == col(FactorReset.asked_by))
        .where(
            tenancy.within(actor, FactorReset.account_id),
            col(FactorReset.confirmed_at).is_(None),
            col(FactorReset.withdrawn_at).is_(None),
            col(FactorReset.expires_at) > clock.now(),
        )
        .order_by(col(FactorReset.asked_at).desc())
        .limit(100)
    )
    return tuple(_row(actor, *found) for found in session.exec(query))


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def ask(session: Session, actor: Actor, *, account_number: str, email: str, reason: str) -> UUID:
    """Ask for a reset that nobody in the account can do; somebody else of the bureau confirms it.

    Raises:
        NotFound: no such account, or no such person in it.
        Invalid: no reason, oneself, nothing to take, or an admin of the account can do it.
        Conflict: it is asked for already.
    """
    why = _reason(reason)
    named = tenancy.rows_of(actor, Account).where(Account.number == account_number.strip())
    account = tenancy.one(session, named, lock=True)
    member = _member(session, account, email)
    if member.user_id == actor.user_id:
        raise Invalid(Message("Nobody resets their own second factor. Ask another admin, or the bureau."))
    user = factor_taking.enrolled(session, member.user_id)
    if not _stands_elsewhere(member) and _somebody_else_can(session, member):
        raise Invalid(Message("An admin of this account can do this under Team. Ask them."))
    if any(row.membership_id == member.id for row in _open(session, account)):
        raise Conflict(Message("This is asked for already, and waits for a second person."))
    asked = FactorReset(
        account_id=account.id,
        membership_id=member.id,
        reason=why,
        asked_by=_somebody(actor),
        asked_at=clock.now(),
        expires_at=clock.now() + LIFETIME,
    )
    session.add(asked)
    session.flush()
    factor_taking.tell(session, user, account, done=False)
    _note(session, actor, asked, "second_factor:reset_asked")
    return asked.id


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def confirm(session: Session, actor: Actor, *, reset_id: UUID) -> None:
    """Do what somebody else of the bureau asked for, within 24 hours.

    Raises:
        NotFound: no such request.
        Invalid: one asked for it oneself, or it is about oneself.
        Conflict: it is done, withdrawn or too old, or who asked may no longer decide such things.
    """
    asked = tenancy.get(session, actor, FactorReset, reset_id, lock=True)
    member = session.get_one(Membership, asked.membership_id)
    if actor.user_id in {asked.asked_by, member.user_id}:
        raise Invalid(Message("Somebody else of the bureau has to confirm this: it takes two."))
    if not _may_decide(session, actor, asked.asked_by):
        raise Conflict(Message("Who asked for this may no longer decide it. Withdraw it, and ask anew."))
    _close(session, asked, confirmed_by=actor.user_id, confirmed_at=clock.now())
    user = factor_taking.enrolled(session, member.user_id)
    factor_taking.take(session, user)
    factor_taking.tell(session, user, session.get_one(Account, asked.account_id), done=True)
    _note(session, actor, asked, "second_factor:reset")


@use_case(Permission.CUSTOMERS_MANAGE, step_up=True)
def withdraw(session: Session, actor: Actor, *, reset_id: UUID) -> None:
    """Take a request back: nothing happens to the person.

    Raises:
        NotFound: no such request.
        Conflict: it is done, withdrawn or too old.
    """
    asked = tenancy.get(session, actor, FactorReset, reset_id, lock=True)
    _close(session, asked, withdrawn_at=clock.now())
    _note(session, actor, asked, "second_factor:reset_withdrawn")


def _may_decide(session: Session, actor: Actor, user_id: UUID) -> bool:
    query = select(Membership).where(
        Membership.user_id == user_id, Membership.account_id == actor.account_id, col(Membership.active)
    )
    asker = session.exec(query).one_or_none()
    return asker is not None and Permission.CUSTOMERS_MANAGE in grants.held(session, asker).permissions


def _close(session: Session, asked: FactorReset, **values: object) -> None:
    closed = session.exec(
        update(FactorReset)
        .where(
            col(FactorReset.id) == asked.id,
            col(FactorReset.confirmed_at).is_(None),
            col(FactorReset.withdrawn_at).is_(None),
            col(FactorReset.expires_at) > clock.now(),
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if closed.rowcount != 1:
        raise Conflict(Message("This request is over already: done, withdrawn or too old."))


def _open(session: Session, account: Account) -> list[FactorReset]:
    query = select(FactorReset).where(
        FactorReset.account_id == account.id,
        col(FactorReset.confirmed_at).is_(None),
        col(FactorReset.withdrawn_at).is_(None),
        col(FactorReset.expires_at) > clock.now(),
    )
    return list(session.exec(query))


def _member(session: Session, account: Account, email: str) -> Membership:
    query = (
        select(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            User.email == addresses.normalised(email),
            Membership.account_id == account.id,
            col(Membership.active),
        )
    )
    found = session.exec(query.with_for_update(of=Membership)).one_or_none()
    if found is None:
        raise NotFound(Message("There is nobody with this address in the account."))
    return found


def _stands_elsewhere(member: Membership) -> bool:
    # Row-level security hides other accounts from an admin, so the portal itself looks.
    with sessions.system(writes=False) as apart:
        query = select(Membership.id).where(
            Membership.user_id == member.user_id, Membership.account_id != member.account_id
        )
        return apart.exec(query).first() is not None


def _somebody_else_can(session: Session, member: Membership) -> bool:
    query = (
        select(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            Membership.account_id == member.account_id,
            Membership.id != member.id,
            col(Membership.active),
            col(User.totp_secret).is_not(None),
        )
    )
    others = session.exec(query).all()
    return any(Permission.TEAM_MANAGE in grants.held(session, other).permissions for other in others)


def _reason(reason: str) -> str:
    tidy = " ".join(reason.split())
    if not 1 <= len(tidy) <= LONGEST_REASON or not tidy.isprintable():
        raise Invalid(Message("Write a reason, in at most {limit} characters.", limit=LONGEST_REASON))
    return tidy


def _somebody(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotFound
    return actor.user_id


def _note(session: Session, actor: Actor, asked: FactorReset, action: str) -> None:
    audit.record(
        session,
        actor,
        action,
        subject=str(asked.membership_id),
        account_id=asked.account_id,
        request=str(asked.id),
    )
    db.announce(session, News(asked.account_id, "team"))


def _row(actor: Actor, row: FactorReset, account: Account, user: User, asked_by: str) -> ResetRow:
    return ResetRow(
        id=str(row.id),
        account=account.name,
        account_number=account.number,
        name=user.name,
        email=user.email,
        reason=row.reason,
        asked_by=asked_by,
        asked_at=row.asked_at.isoformat(),
        expires_at=row.expires_at.isoformat(),
        is_own=row.asked_by == actor.user_id,
    )
