"""A new authenticator or new recovery codes for somebody who is signed in; what they had works until then.

A new authenticator's secret opens only in the session that asked for it, and for a quarter of an hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock, qr, sealing, throttle
from nexus_portal.domain import totp
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotSignedIn, Tampered
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.people import User
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import audit, new_factors, outbox, second_factor, sessions
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import Browser, Step, live
from nexus_portal.services.use_case import use_case

PURPOSE = "totp-renewal"
PENDING_FOR = timedelta(minutes=15)


class Stage(StrEnum):
    """What the person does next."""

    START = "start"
    AUTHENTICATOR = "authenticator"
    CODES = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What the page of a stage shows; a secret in its own stage only."""

    stage: Stage
    fresh: bool
    """A second factor was given within five minutes: none is asked for now."""
    codes_left: int
    email: str
    qr: str = ""
    secret: str = ""
    codes: tuple[str, ...] = ()


@use_case(Permission.SIGNED_IN, reads=True)
def authenticator(session: Session, actor: Actor) -> Renewal:
    """How far a new authenticator has come in this session."""
    user, now = _user(session, actor), clock.now()
    secret = _pending_secret(user, actor.session_id)
    return Renewal(
        stage=Stage.AUTHENTICATOR if secret else Stage.START,
        fresh=actor.stepped_up(now),
        codes_left=second_factor.codes_left(session, user.id),
        email=user.email,
        qr=qr.data_uri(totp.provisioning_uri(secret, user.email)) if secret else "",
        secret=totp.in_groups(secret),
    )


@use_case(Permission.SIGNED_IN, reads=True)
def recovery_codes(session: Session, actor: Actor) -> Renewal:
    """How far new recovery codes have come; they are shown for five minutes after a second factor."""
    user, fresh = _user(session, actor), actor.stepped_up(clock.now())
    shown = fresh and user.recovery_pending is not None
    return Renewal(
        stage=Stage.CODES if shown else Stage.START,
        fresh=fresh,
        codes_left=second_factor.codes_left(session, user.id),
        email=user.email,
        codes=new_factors.pending_codes(user) if shown else (),
    )


@use_case(Permission.SIGNED_IN, step_up=True)
def begin_authenticator(session: Session, actor: Actor) -> None:
    """Make a secret for a new authenticator; one shown before is worthless from now on."""
    user = _user(session, actor)
    said = f"{clock.now().isoformat()} {totp.new_secret()}"
    user.totp_pending = sealing.seal(PURPOSE, said.encode(), place(user.id, actor.session_id))
    session.add(user)
    audit.record(session, actor, "second_factor:renewal_begun", subject=str(user.id))


@use_case(Permission.SIGNED_IN, step_up=True)
def begin_codes(session: Session, actor: Actor) -> None:
    """Make ten recovery codes, which count once one of them is typed back; those one has count until then."""
    user = _user(session, actor)
    user.recovery_pending = new_factors.fresh_codes(user.id)
    session.add(user)
    audit.record(session, actor, "recovery_codes:renewal_begun", subject=str(user.id))


def confirm_authenticator(visit: Visit, *, code: str, browser: Browser) -> Step:
    """Put the new authenticator in the place of the old one, under a new session id; other sessions end.

    Raises:
        NotSignedIn: the session is not a full one, or has ended.
        Invalid: the code does not fit, or nothing is pending in this session any more.
        TooMany: too many codes did not fit lately.
    """
    if visit.level is not SessionLevel.FULL or visit.user_id is None:
        raise NotSignedIn
    keys = second_factor.attempt_keys(visit.user_id, browser)
    throttle.take(second_factor.LIMIT, *keys)
    with system() as session:
        row, user = live(session, visit), session.get_one(User, visit.user_id)
        secret = _pending_secret(user, visit.id_hash)
        if not secret:
            raise Invalid(
                Message("The new key was shown too long ago. Begin again; the old one still works.")
            )
        new_factors.turn_on(session, user, secret=secret, code=code)
        sessions.end_all_of(session, user.id, but=row.id_hash)
        audit.record(session, visit.actor, "second_factor:renewed", subject=str(user.id))
        _tell(session, visit.actor, user, _NEW_AUTHENTICATOR)
        sid = sessions.rotate(session, row.id_hash, stepped_up=True)
        step = Step(
            sid, SessionLevel.FULL, user.language, Message("The new authenticator counts from now on.")
        )
    throttle.give_back(second_factor.LIMIT, *keys)
    return step


@use_case(Permission.SIGNED_IN)
def confirm_codes(session: Session, actor: Actor, *, typed: str) -> None:
    """Show that the new recovery codes were kept by typing one; the earlier ones die, and other sessions end.

    Whoever types one has seen them, and they are shown after a second factor only.

    Raises:
        Invalid: it is none of the ten.
    """
    user = _user(session, actor)
    count = new_factors.confirm_codes(session, user, typed)
    sessions.end_all_of(session, user.id, but=actor.session_id)
    audit.record(session, actor, "recovery_codes:renewed", subject=str(user.id), count=count)
    _tell(session, actor, user, _NEW_CODES)


def _user(session: Session, actor: Actor) -> User:
    if actor.user_id is None:
        raise NotSignedIn
    return session.get_one(User, actor.user_id)


def place(user_id: UUID, session_hash: str) -> str:
    """What a secret that is not confirmed yet is bound to: the person, and the session that asked for it."""
    return f"{user_id} {session_hash}"


def _pending_secret(user: User, session_hash: str) -> str:
    """The secret that this session asked for lately, or nothing."""
    if user.totp_pending is None or user.totp_secret is None:
        return ""
    try:
        said = sealing.open(PURPOSE, user.totp_pending, place(user.id, session_hash)).decode()
    except Tampered:
        return ""  # another session asked for it
    made, _, secret = said.partition(" ")
    return secret if clock.now() - datetime.fromisoformat(made) <= PENDING_FOR else ""


_NEW_AUTHENTICATOR = (
    Message("Your authenticator was replaced"),
    Message(
        "A new authenticator was set up for your access. The old one does not work any more, and you were "
        "signed out everywhere else. If it was not you, tell your account admin now."
    ),
)
_NEW_CODES = (
    Message("Your recovery codes were replaced"),
    Message(
        "New recovery codes were made for your access. The earlier ones do not work any more, and you were "
        "signed out everywhere else. If it was not you, tell your account admin now."
    ),
)


def _tell(session: Session, actor: Actor, user: User, mail: tuple[Message, Message]) -> None:
    # In an account's scope, row-level security lets rows of that account pass only.
    outbox.post(
        session,
        account_id=actor.account_id,
        to=user.email,
        language=user.language,
        subject=mail[0],
        body=mail[1],
    )
