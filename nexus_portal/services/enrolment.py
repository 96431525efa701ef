"""Enrolment: invitation, password, authenticator, recovery codes; then, and only then, a full session.

These functions run before there is an actor, so they carry no permission: the session's level decides. Each
step gives the session a new id. An enrolment that broke off goes on after signing in with the password.
"""

from uuid import UUID

from sqlmodel import Session, select

from nexus_portal.adapters import clock, passwords, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import (
    audit,
    enrolment_stage,
    invitation_links,
    new_factors,
    second_factor,
    sessions,
)
from nexus_portal.services.enrolment_stage import Stage, enrolling
from nexus_portal.services.second_factor import Factor, Proof
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.sign_in import open_full
from nexus_portal.services.steps import Browser, Step, live, renew

LIMIT = Limit.of("invitation", "20/5 minutes")


def begin(visit: Visit, *, token: str, browser: Browser) -> Step:
    """Open an invitation. Somebody who has signed in before is asked to sign in, which then accepts it.

    Raises:
        Invalid: the link is used, withdrawn, too old or wrong.
        TooMany: too many links were tried from this network address.
    """
    throttle.take(LIMIT, f"address {browser.address}")
    with system() as session:
        invitation = invitation_links.by_token(session, token)
        known = _signs_in(session, invitation)
        level = SessionLevel.ANONYMOUS if known else SessionLevel.ENROLLING
        row = live(session, visit)
        row.invitation_id = invitation.id
        sid = renew(session, row, level, browser=browser)
        notice = Message("Sign in as usual to accept the invitation.") if known else None
        return Step(sid, level, row.language, notice)


def choose_password(visit: Visit, *, password: str) -> Step:
    """Set the password: the invitation is used up, the person exists and has their role.

    Raises:
        Invalid: the password is too short or too easy, or the invitation has ended.
        Conflict: the invitation was used at the same moment.
    """
    shown = enrolment_stage.where(visit)
    if shown.stage is not Stage.PASSWORD:
        raise Invalid(Message("Your password is set already."))
    passwords.check_password(password, about=(shown.email, shown.name, shown.account))
    hashed = passwords.hash_password(password)
    with system() as session:
        row = enrolling(session, visit)
        invitation = enrolment_stage.open_invitation(session, row)
        if _signs_in(session, invitation):
            raise Conflict(Message("This person signs in already. Open the link once more to accept it."))
        user = _with_password(session, invitation, hashed, row.language)
        sessions.end_all_of(session, user.id)
        invitation_links.accept(session, invitation, user)
        return _next(session, row, user.id)


def confirm_authenticator(visit: Visit, *, code: str) -> Step:
    """Turn the second factor on with a first code from it; all other sessions of the person end.

    Raises:
        Invalid: the code does not fit the secret that was shown.
        TooMany: too many codes did not fit lately.
    """
    user_id = enrolment_stage.person(visit)
    throttle.take(second_factor.LIMIT, str(user_id))
    with system() as session:
        row, user = enrolling(session, visit), session.get_one(User, user_id)
        new_factors.turn_on(session, user, secret=enrolment_stage.pending_secret(user), code=code)
        # A session that only knew the password must not reach the recovery codes.
        sessions.end_all_of(session, user_id, but=row.id_hash)
        audit.record(session, Actor(user_id=user_id), "second_factor:turned_on", subject=str(user_id))
        step = _next(session, row, user_id)
    throttle.give_back(second_factor.LIMIT, str(user_id))
    return step


def finish(visit: Visit, *, code: str) -> Step:
    """Show that the recovery codes were kept by typing one: they become valid, and the session full.

    Raises:
        Invalid: it is none of the ten.
    """
    user_id = enrolment_stage.person(visit)
    with system() as session:
        row, user = enrolling(session, visit), session.get_one(User, user_id)
        kept = new_factors.confirm_codes(session, user, code)
        audit.record(session, Actor(user_id=user_id), "user:activated", subject=str(user_id))
        return open_full(session, row, user, Proof(Factor.AUTHENTICATOR, kept))


def _next(session: Session, row: BrowserSession, user_id: UUID) -> Step:
    sid = renew(session, row, SessionLevel.ENROLLING, user_id=user_id)
    return Step(sid, SessionLevel.ENROLLING, row.language)


def _signs_in(session: Session, invitation: Invitation) -> bool:
    """True when the address is somebody's who signs in, or who belongs to another account.

    Only who has no second factor yet and stands in this account alone may set the password anew: an admin who
    can read the link must not get at anybody's place in another account.
    """
    user = _known(session, invitation)
    if user is None:
        return False
    elsewhere = select(Membership.id).where(
        Membership.user_id == user.id, Membership.account_id != invitation.account_id
    )
    return user.totp_secret is not None or session.exec(elsewhere).first() is not None


def _known(session: Session, invitation: Invitation) -> User | None:
    return session.exec(select(User).where(User.email == invitation.email)).one_or_none()


def _with_password(session: Session, invitation: Invitation, hashed: str, language: str) -> User:
    user = _known(session, invitation) or User(
        email=invitation.email, name=invitation.name, language=language, created_at=clock.now()
    )
    # A secret that was shown under an earlier password may have been seen by somebody else.
    user.password_hash, user.totp_pending = hashed, None
    session.add(user)
    session.flush()
    return user
