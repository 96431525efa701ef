"""A forgotten password: a link by mail, good once and for 30 minutes, that replaces no second factor.

Asking does the same work for every address: it is written down sealed, and whether it belongs to anybody is
looked up later, in the background (`answer`). These functions run before there is an actor, so they carry no
permission: the link does, and the session that opened it.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db, passwords, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain import email as addresses
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, Tampered
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Membership, PasswordReset, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import audit, outbox, sessions
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import Browser, Step, live, renew

LIFETIME = timedelta(minutes=30)
PER_PERSON = Limit.of("forgotten", "3/hour")
PER_NETWORK = Limit.of("forgotten-network", "10/hour")
OPENING = Limit.of("reset-link", "20/5 minutes")
PURPOSE = "password_reset"
ROWS_KEPT = timedelta(days=1)


def ask(*, email: str, browser: Browser) -> None:
    """Note that somebody forgot the password of this address; says nothing about whether anybody has it.

    Raises:
        Invalid: it is no address that mail could be sent to.
        TooMany: asked too often, for this address or from this place in the network.
    """
    address = addresses.checked(email)
    throttle.take(PER_NETWORK, browser.address)
    throttle.take(PER_PERSON, address)
    with system() as session:
        asked = new_id()
        session.add(
            OutboxMail(
                id=asked,
                recipient="",
                subject="",
                body=outbox.sealed(asked, address),
                created_at=clock.now(),
                kind=outbox.REQUEST,
            )
        )
        db.after_commit(session, outbox.ring)


def answer() -> None:
    """Send a link to everybody who asked for one and can sign in; forget the others."""
    with system(writes=False) as session:
        asked = session.exec(select(OutboxMail.id).where(OutboxMail.kind == outbox.REQUEST)).all()
    for request in asked:
        with system() as session:
            _answer(session, request)


def open_link(visit: Visit, *, token: str, browser: Browser) -> Step:
    """Open a link: the session, under a new id, may choose a password. The link is not used up by that.

    Raises:
        Invalid: the link is used, replaced, too old or wrong.
        TooMany: too many links were tried from this network address.
    """
    throttle.take(OPENING, browser.address)
    with system() as session:
        query = select(PasswordReset).where(PasswordReset.token_hash == hash_of(token), _still_open())
        reset = session.exec(query).one_or_none()
        if reset is None or _person(session, reset) is None:
            raise over()
        row = live(session, visit)
        sid = renew(session, row, SessionLevel.ANONYMOUS, browser=browser)
        fresh = session.get_one(BrowserSession, sessions.hash_of(sid))
        fresh.challenge, fresh.challenge_for, fresh.challenge_at = reset.id.bytes, PURPOSE, clock.now()
        session.add(fresh)
        return Step(sid, SessionLevel.ANONYMOUS, row.language)


def whose(visit: Visit) -> str:
    """The address whose password this session may choose.

    Raises:
        Invalid: the session has opened no link, or the link has ended.
    """
    with system(writes=False) as session:
        return _opened(session, visit)[1].email


def choose_password(visit: Visit, *, password: str) -> Step:
    """Set the new password: the link is used up, every session and every other link of the person ends.

    What the person signs in with beside the password stays as it is.

    Raises:
        Invalid: the password is too short or too easy, or the link has ended.
    """
    with system(writes=False) as session:
        _, user = _opened(session, visit)
        about = (user.email, user.name, *_accounts(session, user.id))
    passwords.check_password(password, about=about)
    hashed = passwords.hash_password(password)
    with system() as session:
        row = live(session, visit)
        reset, user = _opened(session, visit)
        if not _spend(session, reset.id):
            raise over()
        user.password_hash = hashed
        session.add(user)
        _end_links(session, user.id)
        sessions.end_all_of(session, user.id)
        audit.record(session, Actor(user_id=user.id), "password:reset", subject=str(user.id))
        _tell_owner(session, user)
        sid = renew(session, row, SessionLevel.ANONYMOUS)
        said = Message("Your password is changed. Sign in with it and your second factor.")
        return Step(sid, SessionLevel.ANONYMOUS, row.language, said)


def sweep() -> None:
    """Forget links a day after they ended."""
    with system() as session:
        session.exec(delete(PasswordReset).where(col(PasswordReset.expires_at) < clock.now() - ROWS_KEPT))


def hash_of(token: str) -> str:
    """What the database knows of a link."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def link(token: str) -> str:
    """The address to open. The secret stands behind the `#`, which browsers send to no server and no log."""
    return f"{settings.current().base_url}/assets/reset/#{token}"


def over() -> Invalid:
    """The refusal of a link that leads nowhere: used, replaced, too old and unknown are told alike."""
    return Invalid(
        Message(
            "This link no longer works: it was used, is older than 30 minutes, or a newer one was sent. "
            "Ask for a new one here."
        )
    )


def _answer(session: Session, request: UUID) -> None:
    row = session.get(OutboxMail, request)
    # Of several workers one answers: the row is there for one of them only.
    if row is None or session.exec(delete(OutboxMail).where(col(OutboxMail.id) == request)).rowcount != 1:
        return
    try:
        address = outbox.opened(row)
    except Tampered:
        return
    user = session.exec(select(User).where(User.email == address, _signs_in())).one_or_none()
    if user is not None and row.created_at + LIFETIME > clock.now():
        _send_link(session, user)


def _send_link(session: Session, user: User) -> None:
    token, now = secrets.token_urlsafe(32), clock.now()
    _end_links(session, user.id)
    reset = PasswordReset(
        user_id=user.id, token_hash=hash_of(token), created_at=now, expires_at=now + LIFETIME
    )
    session.add(reset)
    session.flush()
    outbox.post(
        session,
        to=user.email,
        language=user.language,
        subject=Message("A new password for Nexus Portal"),
        body=Message(
            "Somebody asked for a new password for this address. If it was you, open this link within "
            "30 minutes; it works once, and you need your second factor afterwards as always.\n"
            "If it was not you, do nothing: your password stays as it is.\n\n{link}",
            link=link(token),
        ),
        mail_id=reset.id,
        kind="password_reset",
    )
    audit.record(session, Actor(user_id=user.id), "password_reset:sent", subject=str(user.id))


def _signs_in() -> ColumnElement[bool]:
    # Without a second factor the mail would be all that is asked for: who has not enrolled is invited anew.
    active = exists().where(col(Membership.user_id) == col(User.id), col(Membership.active))
    return active & col(User.totp_secret).is_not(None)


def _person(session: Session, reset: PasswordReset) -> User | None:
    return session.exec(select(User).where(User.id == reset.user_id, _signs_in())).one_or_none()


def _still_open() -> ColumnElement[bool]:
    return col(PasswordReset.used_at).is_(None) & (col(PasswordReset.expires_at) > clock.now())


def _opened(session: Session, visit: Visit) -> tuple[PasswordReset, User]:
    row = session.get(BrowserSession, visit.id_hash)
    if row is None or row.challenge is None or row.challenge_for != PURPOSE:
        raise over()
    query = select(PasswordReset).where(PasswordReset.id == UUID(bytes=row.challenge), _still_open())
    reset = session.exec(query).one_or_none()
    user = _person(session, reset) if reset is not None else None
    if reset is None or user is None:
        raise over()
    return reset, user


def _spend(session: Session, reset_id: UUID) -> bool:
    # One statement decides, so that of twenty at once one changes the password.
    spent = session.exec(
        update(PasswordReset)
        .where(col(PasswordReset.id) == reset_id, _still_open())
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return spent.rowcount == 1


def _end_links(session: Session, user_id: UUID) -> None:
    query = select(PasswordReset.id).where(
        PasswordReset.user_id == user_id, col(PasswordReset.expires_at) > clock.now()
    )
    for reset_id in session.exec(query).all():
        _spend(session, reset_id)
        outbox.drop(session, reset_id)


def _accounts(session: Session, user_id: UUID) -> list[str]:
    query = select(Account.name).join(Membership, col(Membership.account_id) == col(Account.id))
    return list(session.exec(query.where(Membership.user_id == user_id)))


def _tell_owner(session: Session, user: User) -> None:
    outbox.post(
        session,
        to=user.email,
        language=user.language,
        subject=Message("Your password was changed"),
        body=Message(
            "Your password for Nexus Portal was changed by a link sent to this address, and you were signed "
            "out everywhere. If it was not you, tell your account admin now."
        ),
        kind="notice",
    )
