"""The second factor: a code from the authenticator, or a recovery code in its place. Each is good once.

These functions run before there is an actor, or to make one that has stepped up, so they carry no permission.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, sealing, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain import recovery_codes, totp
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.people import RecoveryCode, User
from nexus_portal.services import attempts, audit, known_browsers, outbox
from nexus_portal.services.sessions import system
from nexus_portal.services.steps import NOWHERE, Browser

_BUDGET = "5/5 minutes; 20/hour; 50/day"
LIMIT = Limit.of("second-factor", _BUDGET)
RECOVERY_LIMIT = Limit.of("recovery-code", _BUDGET)
"""Apart, so that whoever uses up the one way in leaves the other open."""
PURPOSE = "totp"


class Factor(StrEnum):
    """What proved it."""

    AUTHENTICATOR = "authenticator"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Proof:
    """A second factor that was accepted; `codes_left` counts the recovery codes after it."""

    factor: Factor
    codes_left: int


def verify(user_id: UUID, typed: str, *, browser: Browser = NOWHERE, session_hash: str = "") -> Proof:
    """Accept a code and spend it, in a transaction of its own.

    In a browser that the person has signed in with before, wrong codes count for that browser alone: a
    stranger who knows the password uses up what all unknown browsers share, and never locks the person out.

    Raises:
        Invalid: it does not fit, or was used already.
        TooMany: too many codes did not fit lately.
    """
    limit = RECOVERY_LIMIT if recovery_codes.looks_like_one(typed) else LIMIT
    keys = attempt_keys(user_id, browser)
    throttle.take(limit, *keys)
    with system() as session:
        proof = spend(session, user_id, typed)
        if proof is None:
            attempts.note(session, attempts.Factor.CODE, user_id=user_id, session_hash=session_hash)
    if proof is None:
        attempts.warn(user_id)
        raise unfit()
    throttle.give_back(limit, *keys)
    return proof


def attempt_keys(user_id: UUID, browser: Browser) -> tuple[str, ...]:
    """Whose attempts a code of this person uses up; see `verify`."""
    everybodys = (str(user_id),)
    if not browser.known:
        return everybodys
    with system(writes=False) as session:
        user = session.get(User, user_id)
        return known_browsers.keys(browser.known, user.email if user else "", otherwise=everybodys)


def spend(session: Session, user_id: UUID, typed: str) -> Proof | None:
    """What the code proves, once; nothing when it does not fit, is older than the last one, or was used."""
    if recovery_codes.looks_like_one(typed):
        return _spend_recovery_code(session, user_id, typed)
    user = session.get(User, user_id)
    if user is None or user.totp_secret is None:
        return None
    step = totp.matching_step(opened(user_id, user.totp_secret), digits(typed), clock.now())
    if step is None or not _spend_step(session, user_id, step):
        return None
    return Proof(Factor.AUTHENTICATOR, codes_left(session, user_id))


def unfit() -> Invalid:
    """The refusal of a code: one sentence for wrong, late and used, so that it tells a guesser nothing."""
    return Invalid(
        Message("This code does not fit, or was used already. Wait for the next one and try again.")
    )


def digits(typed: str) -> str:
    """A typed code without spaces."""
    return "".join(typed.split())


def sealed(user_id: UUID, secret: str) -> bytes:
    """An authenticator's secret as the database keeps it."""
    return sealing.seal(PURPOSE, secret.encode(), str(user_id))


def opened(user_id: UUID, secret: bytes) -> str:
    """The secret of `sealed`."""
    return sealing.open(PURPOSE, secret, str(user_id)).decode()


def codes_left(session: Session, user_id: UUID) -> int:
    """How many recovery codes are unused."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def _spend_step(session: Session, user_id: UUID, step: int) -> bool:
    # One statement decides, so that the same code sent fifty times at once counts once.
    spent = session.exec(
        update(User)
        .where(col(User.id) == user_id, col(User.totp_last_step) < step)
        .values(totp_last_step=step)
        .execution_options(synchronize_session=False)
    )
    return spent.rowcount == 1


def _spend_recovery_code(session: Session, user_id: UUID, typed: str) -> Proof | None:
    spent = session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user_id,
            col(RecoveryCode.code_hash) == recovery_codes.hash_of(typed),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if spent.rowcount != 1:
        return None
    left = codes_left(session, user_id)
    _tell_owner(session, session.get_one(User, user_id), left)
    audit.record(session, SYSTEM, "recovery_code:used", subject=str(user_id), left=left)
    return Proof(Factor.RECOVERY_CODE, left)


def _tell_owner(session: Session, user: User, left: int) -> None:
    outbox.post(
        session,
        to=user.email,
        language=user.language,
        subject=Message("A recovery code was used"),
        body=Message(
            "Somebody used one of your recovery codes to sign in or to confirm. {left} are left. "
            "If it was not you, tell your account admin now.",
            left=left,
        ),
    )
