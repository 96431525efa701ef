"""Changing one's own password: the present one, a second factor, then the new one and a new session id."""

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import clock, passwords, throttle
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotSignedIn, StepUpNeeded
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.people import User
from nexus_portal.services import attempts, audit, outbox, sessions, sign_in
from nexus_portal.services.sessions import system
from nexus_portal.services.steps import Browser
from nexus_portal.services.use_case import perform, use_case


class WrongPassword(Invalid):
    """The present password is another one."""


def change(actor: Actor, *, present: str, new: str, browser: Browser) -> str:
    """Set a new password; gives the session's new id. All other sessions of the person end.

    Hashing stays outside of the transaction, and the present password counts as one typed to sign in.

    Raises:
        StepUpNeeded: no second factor was given within five minutes.
        WrongPassword: the present password is wrong.
        Invalid: the new one would not do.
        TooMany: too many passwords were tried lately.
        Conflict: the password was changed somewhere else at the same moment.
    """
    if actor.user_id is None:
        raise NotSignedIn
    if not actor.stepped_up(clock.now()):
        raise StepUpNeeded
    with system(writes=False) as session:
        user = session.get_one(User, actor.user_id)
    keys = sign_in.attempt_keys(user.email, browser)
    throttle.take(sign_in.LIMIT, *keys)
    if not passwords.verify_password(present, user.password_hash)[0]:
        with system() as session:
            attempts.note(session, attempts.Factor.PASSWORD, user_id=user.id, session_hash=actor.session_id)
        raise WrongPassword(Message("This is not your present password."))
    throttle.give_back(sign_in.LIMIT, *keys)
    passwords.check_password(new, about=(user.email, user.name, actor.account_name))
    if new == present:
        raise Invalid(Message("This is the password that you have. Choose another."))
    hashed = passwords.hash_password(new)
    return perform(replace_hash, actor, hashed=hashed, before=user.password_hash or "")


@use_case(Permission.SIGNED_IN, step_up=True)
def replace_hash(session: Session, actor: Actor, *, hashed: str, before: str) -> str:
    """Put a new hash in the place of the one that was checked; gives the session's new id.

    Raises:
        Conflict: it is another one by now.
    """
    user = session.get_one(User, actor.user_id)
    replaced = session.exec(
        update(User)
        .where(col(User.id) == user.id, col(User.password_hash) == before)
        .values(password_hash=hashed)
        .execution_options(synchronize_session=False)
    )
    if replaced.rowcount != 1:
        raise Conflict
    sessions.end_all_of(session, user.id, but=actor.session_id)
    audit.record(session, actor, "password:changed", subject=str(user.id))
    outbox.post(
        session,
        account_id=actor.account_id,
        to=user.email,
        language=user.language,
        subject=Message("Your password was changed"),
        body=Message(
            "The password of your access was changed on your account page, and you were signed out "
            "everywhere else. If it was not you, tell your account admin now."
        ),
    )
    return sessions.rotate(session, actor.session_id, stepped_up=True)
