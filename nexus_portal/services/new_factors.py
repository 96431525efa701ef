"""Turning on what was only shown so far: an authenticator by a first code, recovery codes by typing one.

Enrolling and renewing share this; the caller has checked who asks, and writes the audit entry.
"""

from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col

from nexus_portal.adapters import clock, sealing
from nexus_portal.domain import recovery_codes, totp
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.people import RecoveryCode, User
from nexus_portal.services import second_factor

PURPOSE = "recovery-codes"


def turn_on(session: Session, user: User, *, secret: str, code: str) -> None:
    """Make a pending secret the authenticator's; ten recovery codes then wait to be confirmed.

    What was there before works until now. Of two at once one is heard.

    Raises:
        Invalid: the code does not fit the secret that was shown.
    """
    step = totp.matching_step(secret, second_factor.digits(code), clock.now())
    as_seen = update(User).where(
        col(User.id) == user.id,
        col(User.totp_secret) == user.totp_secret,
        col(User.totp_pending) == user.totp_pending,
    )
    values = {
        "totp_secret": second_factor.sealed(user.id, secret),
        "totp_pending": None,
        "totp_last_step": step,
        "recovery_pending": fresh_codes(user.id),
    }
    if step is None or session.exec(as_seen.values(**values)).rowcount != 1:
        raise Invalid(
            Message("This code does not fit. Look at the newest one, and check your device's clock.")
        )


def confirm_codes(session: Session, user: User, typed: str) -> int:
    """Make the pending recovery codes valid, and the earlier ones worthless; gives how many there are.

    Raises:
        Invalid: it is none of the ten, or none are pending.
        Conflict: somebody else confirmed them at the same moment.
    """
    hashes = [recovery_codes.hash_of(shown) for shown in pending_codes(user)]
    if recovery_codes.hash_of(typed) not in hashes:
        raise Invalid(Message("This is none of your ten codes. Type one of them as it stands in the list."))
    kept = session.exec(
        update(User)
        .where(col(User.id) == user.id, col(User.recovery_pending) == user.recovery_pending)
        .values(recovery_pending=None)
    )
    if kept.rowcount != 1:
        raise Conflict
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    session.add_all(RecoveryCode(user_id=user.id, code_hash=hashed) for hashed in hashes)
    return len(hashes)


def fresh_codes(user_id: UUID) -> bytes:
    """Ten new recovery codes, sealed as they lie until the person shows to have kept them."""
    return sealing.seal(PURPOSE, "\n".join(recovery_codes.new_codes()).encode(), str(user_id))


def pending_codes(user: User) -> tuple[str, ...]:
    """The codes of `fresh_codes`.

    Raises:
        Invalid: there are none, because the authenticator comes first or everything is done.
    """
    if user.recovery_pending is None:
        raise Invalid(Message("Confirm a code from your authenticator first."))
    return tuple(sealing.open(PURPOSE, user.recovery_pending, str(user.id)).decode().split("\n"))
