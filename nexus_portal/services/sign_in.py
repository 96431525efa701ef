"""Signing in: password, then second factor, each step under a new session id.

These functions run before there is an actor, so they carry no permission: the session's level decides.
"""

from uuid import UUID

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db, passwords, throttle
from nexus_portal.adapters.events import News
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain import email as addresses
from nexus_portal.domain.account_status import SIGNS_IN
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import attempts, audit, invitation_links, known_browsers, second_factor, sessions
from nexus_portal.services.second_factor import Factor, Proof
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import NOWHERE, Browser, Step, live, renew

LIMIT = Limit.of("password", "10/5 minutes")


def with_password(visit: Visit, *, email: str, password: str, browser: Browser) -> Step:
    """The first step. Leads to the second factor, or back into an enrolment that broke off.

    An unknown address, a wrong password and a person without a role get the same answer in the same time.

    Raises:
        Invalid: address and password do not fit together.
        TooMany: too many attempts for this address of mail or of network, or in this browser if it is known.
    """
    address = addresses.normalised(email)
    keys = attempt_keys(address, browser)
    throttle.take(LIMIT, *keys)
    user = _person(address)
    fits, renewed = passwords.verify_password(password, user.password_hash if user else None)
    with system() as session:
        step = _admit(session, visit, user, renewed, browser) if user and fits else None
        if step is None:
            attempts.note(
                session,
                attempts.Factor.PASSWORD,
                user_id=user.id if user else None,
                session_hash=visit.id_hash,
            )
    if step is None:
        raise Invalid(Message("Address and password do not fit together."))
    throttle.give_back(LIMIT, *keys)
    return step


def attempt_keys(address: str, browser: Browser) -> tuple[str, ...]:
    """Whose attempts a password for this address of mail uses up; see `LIMIT`."""
    everybodys = (f"user {address}", f"address {browser.address}")
    return known_browsers.keys(browser.known, address, otherwise=everybodys)


def with_second_factor(visit: Visit, *, code: str, browser: Browser = NOWHERE) -> Step:
    """The second step: the session is full, or leads to the recovery codes that were never confirmed.

    Raises:
        NotSignedIn: the password was not given in this session, or the person has no active role any more.
        Invalid: the code does not fit, or was used already.
        TooMany: too many codes did not fit lately.
    """
    if visit.level is not SessionLevel.PASSWORD or visit.user_id is None:
        raise NotSignedIn(Message("Sign in with your password first."))
    proof = second_factor.verify(visit.user_id, code, browser=browser, session_hash=visit.id_hash)
    with system() as session:
        return go_on(session, visit, visit.user_id, proof)


def go_on(session: Session, visit: Visit, user_id: UUID, proof: Proof) -> Step:
    """Where a proof leads: into a full session, or to the recovery codes that were never confirmed.

    Raises:
        NotSignedIn: the session has ended, or the person has no active role any more.
    """
    row = live(session, visit)
    user = session.get_one(User, user_id)
    # Whoever only makes new ones has the old ones until the new ones are confirmed.
    if user.recovery_pending is not None and not second_factor.codes_left(session, user.id):
        sid = renew(session, row, SessionLevel.ENROLLING, user_id=user.id)
        return Step(sid, SessionLevel.ENROLLING, user.language)
    return open_full(session, row, user, proof)


def open_full(session: Session, row: BrowserSession, user: User, proof: Proof) -> Step:
    """Make a session full under a new id, in the account of an invitation it carries or in the first one.

    Raises:
        NotSignedIn: the person has no active role any more.
    """
    membership = _joined(session, row, user) or _first_membership(session, user.id)
    if membership is None:
        raise NotSignedIn(Message("You have no active role in any account. Ask your account admin."))
    failed = attempts.count(session, user.id, since=user.last_sign_in_at or user.created_at)
    user.last_sign_in_at = membership.last_used_at = clock.now()
    session.add_all([user, membership])
    who = Actor(user_id=user.id, account_id=membership.account_id, role=Role(membership.role))
    audit.record(session, who, "session:signed_in", factor=proof.factor.value)
    db.announce(session, News(membership.account_id, "team"))
    sid = renew(session, row, SessionLevel.FULL, user_id=user.id, membership_id=membership.id)
    return Step(
        sid,
        SessionLevel.FULL,
        user.language,
        _notice(proof, failed),
        known_browsers.token(user.email),
        recovered=proof.factor is Factor.RECOVERY_CODE,
    )


def step_up(visit: Visit, *, code: str, browser: Browser = NOWHERE) -> str:
    """Prove the second factor once more: the same session, for five minutes good for more, under a new id.

    Raises:
        NotSignedIn: the session is not a full one, or has ended.
        Invalid: the code does not fit, or was used already.
        TooMany: too many codes did not fit lately.
    """
    if visit.level is not SessionLevel.FULL or visit.user_id is None:
        raise NotSignedIn
    second_factor.verify(visit.user_id, code, browser=browser, session_hash=visit.id_hash)
    with system() as session:
        row = live(session, visit)
        audit.record(session, visit.actor, "session:stepped_up")
        return sessions.rotate(session, row.id_hash, stepped_up=True)


def sign_out(visit: Visit) -> None:
    """End the session now, in all its tabs; the person's other sessions go on."""
    with system() as session:
        sessions.end(session, visit.id_hash)
        if visit.actor.account_id is not None:
            audit.record(session, visit.actor, "session:signed_out")
            db.announce(session, News(visit.actor.account_id, "session"))


def _person(address: str) -> User | None:
    active = exists().where(col(Membership.user_id) == col(User.id), col(Membership.active))
    with system(writes=False) as session:
        return session.exec(select(User).where(User.email == address, active)).one_or_none()


def _admit(session: Session, visit: Visit, user: User, renewed: str | None, browser: Browser) -> Step:
    if renewed is not None:
        session.exec(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
    level = SessionLevel.ENROLLING if user.totp_secret is None else SessionLevel.PASSWORD
    sid = renew(session, live(session, visit), level, user_id=user.id, browser=browser)
    return Step(sid, level, user.language)


def _joined(session: Session, row: BrowserSession, user: User) -> Membership | None:
    invitation = session.get(Invitation, row.invitation_id) if row.invitation_id else None
    if invitation is None or invitation.email != user.email or not invitation_links.is_open(invitation):
        return None
    return invitation_links.accept(session, invitation, user)


def _first_membership(session: Session, user_id: UUID) -> Membership | None:
    query = (
        select(Membership)
        .join(Account, col(Account.id) == col(Membership.account_id))
        .where(Membership.user_id == user_id, col(Membership.active), col(Account.status).in_(SIGNS_IN))
    )
    return session.exec(query.order_by(col(Membership.created_at), col(Membership.id))).first()


def _notice(proof: Proof, failed: int) -> Message | None:
    if failed == 1:
        return Message("One attempt to sign in as you has failed since you last did. See your account page.")
    if failed:
        return Message(
            "{count} attempts to sign in as you have failed since you last did. See your account page.",
            count=failed,
        )
    if proof.factor is not Factor.RECOVERY_CODE:
        return None
    return Message("You used a recovery code. Unused codes left: {left}.", left=proof.codes_left)
