"""What taking a second factor away does, whoever decided it; and what the operator at the machine may do."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import email as addresses
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import Invalid, NotAllowed, NotFound
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership, Passkey, PasswordReset, RecoveryCode, User
from nexus_portal.services import audit, invitation_links, outbox, sessions
from nexus_portal.services.use_case import use_case


@use_case(Permission.STAFF_MANAGE, step_up=True)
def reset_by_operator(session: Session, actor: Actor, *, email: str) -> None:
    """Take anybody's second factor away; for the operator at the machine alone.

    Raises:
        NotAllowed: it is not the operator who asks.
        NotFound: nobody signs in by this address.
        Invalid: there is nothing to take.
    """
    found, places = _person(session, actor, email)
    user = enrolled(session, found.id)
    take(session, user)
    for member in places:
        account = session.get_one(Account, member.account_id)
        tell(session, user, account, done=True)
        audit.record(session, actor, "second_factor:reset", subject=str(member.id), account_id=account.id)
        db.announce(session, News(account.id, "team"))


@use_case(Permission.STAFF_MANAGE, step_up=True)
def deactivate_by_operator(session: Session, actor: Actor, *, email: str) -> int:
    """Take somebody's access to every account; gives how many. For the operator at the machine alone.

    Raises:
        NotAllowed: it is not the operator who asks.
        NotFound: nobody signs in by this address.
    """
    user, places = _person(session, actor, email)
    active = [member for member in places if member.active]
    for member in active:
        member.active, member.changed_at = False, clock.now()
        session.add(member)
        invitation_links.close_open(session, member)
        audit.record(
            session, actor, "member:deactivated", subject=str(member.id), account_id=member.account_id
        )
        db.announce(session, News(member.account_id, "team"))
    sessions.end_all_of(session, user.id)
    return len(active)


def enrolled(session: Session, user_id: UUID) -> User:
    """The person, held until the transaction ends.

    Raises:
        Invalid: there is no second factor to take.
    """
    user = session.exec(select(User).where(User.id == user_id).with_for_update()).one()
    if user.totp_secret is None:
        raise Invalid(Message("This person has no second factor yet: the next sign-in asks for one."))
    return user


def take(session: Session, user: User) -> None:
    """Authenticator, recovery codes, passkeys, sessions and links to a new password all end.

    After the password the next sign-in leads into enrolment.
    """
    user.totp_secret = user.totp_pending = user.recovery_pending = None
    session.add(user)
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    session.exec(delete(Passkey).where(col(Passkey.user_id) == user.id))
    session.exec(
        update(PasswordReset)
        .where(col(PasswordReset.user_id) == user.id, col(PasswordReset.used_at).is_(None))
        .values(used_at=clock.now())
    )
    sessions.end_all_of(session, user.id)


def tell(session: Session, user: User, account: Account, *, done: bool) -> None:
    """Let the person know by mail, so that a reset nobody asked for is noticed."""
    subject = (
        Message("Your second factor was reset")
        if done
        else Message("A reset of your second factor is asked for")
    )
    body = (
        Message(
            "Your authenticator, recovery codes and passkeys no longer work in Nexus Portal. "
            "Set up new ones after your next sign-in. If you did not ask for this, tell {account} at once.",
            account=account.name,
        )
        if done
        else Message(
            "The card bureau was asked to take away your second factor in Nexus Portal. Two people there "
            "decide. If you did not ask for this, tell {account} at once.",
            account=account.name,
        )
    )
    outbox.post(
        session, to=user.email, language=user.language, subject=subject, body=body, account_id=account.id
    )


def _person(session: Session, actor: Actor, email: str) -> tuple[User, list[Membership]]:
    if actor.scope is not Scope.SYSTEM:
        raise NotAllowed
    user = session.exec(select(User).where(User.email == addresses.normalised(email))).one_or_none()
    if user is None:
        raise NotFound(Message("Nobody signs in by this address."))
    return user, list(session.exec(select(Membership).where(Membership.user_id == user.id)))
