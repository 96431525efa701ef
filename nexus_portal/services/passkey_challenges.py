"""What a passkey is to sign next: random, kept with the browser's session, five minutes long, good once.

These functions run before there is an actor, so they carry no permission.
"""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col
from webauthn.helpers import generate_challenge

from nexus_portal.adapters import clock
from nexus_portal.domain.errors import NotSignedIn
from nexus_portal.models.sessions import BrowserSession

LIFETIME = timedelta(minutes=5)


class Purpose(StrEnum):
    """What the signature is for: one made for something else does not count."""

    ENROL = "enrol"
    SIGN_IN = "sign_in"
    """Alone, as the first and only step."""
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"


def give(session: Session, id_hash: str, purpose: Purpose) -> bytes:
    """A new challenge for this session; one that it had before is void.

    Raises:
        NotSignedIn: the session has ended.
    """
    challenge = generate_challenge()
    given = session.exec(
        update(BrowserSession)
        .where(col(BrowserSession.id_hash) == id_hash, col(BrowserSession.ended_at).is_(None))
        .values(challenge=challenge, challenge_for=purpose.value, challenge_at=clock.now())
    )
    if given.rowcount != 1:
        raise NotSignedIn
    return challenge


def spend(session: Session, id_hash: str, purpose: Purpose, challenge: bytes) -> bool:
    """True when this session has just this challenge for this purpose; it has none afterwards."""
    # One statement decides, so that the same answer sent twenty times at once counts once.
    spent = session.exec(
        update(BrowserSession)
        .where(
            col(BrowserSession.id_hash) == id_hash,
            col(BrowserSession.challenge) == challenge,
            col(BrowserSession.challenge_for) == purpose.value,
            col(BrowserSession.challenge_at) > clock.now() - LIFETIME,
            col(BrowserSession.ended_at).is_(None),
        )
        .values(challenge=None, challenge_for="", challenge_at=None)
        .execution_options(synchronize_session=False)
    )
    return spent.rowcount == 1
