"""The answer of a passkey: whose it is, and whether it counts. Package `webauthn` checks the signature.

These functions run before there is an actor, or to make one that has stepped up, so they carry no permission.
"""

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import exists, update
from sqlmodel import Session, col, select
from webauthn import verify_authentication_response
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential

from nexus_portal import settings
from nexus_portal.adapters import clock, throttle
from nexus_portal.adapters.throttle import Limit
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Membership, Passkey, User
from nexus_portal.services import audit, passkey_challenges
from nexus_portal.services.passkey_challenges import Purpose
from nexus_portal.services.sessions import Visit, system

LIMIT = Limit.of("passkey", "10/5 minutes")
"""Apart from the limit on codes: whoever uses that one up does not keep out somebody with a passkey."""
LONGEST_ANSWER = 20_000
MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What the library raises on an answer that no authenticator made."""


def rp_id() -> str:
    """The name that passkeys are bound to: from the configured address, never from what a request says."""
    return urlsplit(settings.current().base_url).hostname or ""


def verify(visit: Visit, answer: str, purpose: Purpose, *, counted: str) -> UUID:
    """Accept the answer to the session's challenge and spend it; gives the person whose passkey it is.

    `counted` is what failed attempts are counted for. Unknown, removed, foreign and forged passkeys get the
    same refusal.

    Raises:
        Invalid: the answer does not count.
        TooMany: too many answers did not count lately.
    """
    throttle.take(LIMIT, counted)
    with system() as session:
        owner = _owner(session, visit, answer, purpose)
        if owner is None:
            audit.record(session, SYSTEM, "passkey:refused", subject=str(visit.user_id or ""))
    if owner is None:
        raise unfit()
    throttle.give_back(LIMIT, counted)
    return owner


def unfit() -> Invalid:
    """The refusal of an answer: one sentence for all reasons, so that it tells a guesser nothing."""
    return Invalid(Message("This passkey was not accepted. Try again, or use another way."))


def _owner(session: Session, visit: Visit, answer: str, purpose: Purpose) -> UUID | None:
    try:
        credential = parse_authentication_credential_json(answer[:LONGEST_ANSWER])
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    except MALFORMED:
        return None
    if not passkey_challenges.spend(session, visit.id_hash, purpose, challenge):
        return None
    credential_id = bytes_to_base64url(credential.raw_id)
    passkey = session.exec(select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none()
    if passkey is None or not _may(session, visit, passkey, credential, purpose):
        return None
    count = _signed_count(passkey, credential, challenge, purpose)
    if count is None or not _count_on(session, passkey, count):
        return None
    return passkey.user_id


def _may(
    session: Session, visit: Visit, passkey: Passkey, credential: AuthenticationCredential, purpose: Purpose
) -> bool:
    """Whether it is this person's; alone, whether its owner has enrolled and has a role somewhere."""
    if purpose is not Purpose.SIGN_IN:
        return passkey.user_id == visit.user_id
    active = exists().where(col(Membership.user_id) == col(User.id), col(Membership.active))
    enrolled = col(User.totp_secret).is_not(None)
    found = session.exec(select(User.id).where(User.id == passkey.user_id, active, enrolled)).one_or_none()
    return found is not None and credential.response.user_handle == found.bytes


def _signed_count(
    passkey: Passkey, credential: AuthenticationCredential, challenge: bytes, purpose: Purpose
) -> int | None:
    """What the authenticator says it has signed, when the signature holds."""
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=settings.current().base_url,
            credential_public_key=passkey.public_key,
            # Compared below, after the signature: a forged answer must not look like a copied passkey.
            credential_current_sign_count=0,
            require_user_verification=purpose is Purpose.SIGN_IN,
        )
    except MALFORMED:
        return None
    return verified.new_sign_count


def _count_on(session: Session, passkey: Passkey, count: int) -> bool:
    """Keep the count and the time of use. Authenticators that do not count always say 0."""
    forward = (col(Passkey.sign_count) < count) if count else (col(Passkey.sign_count) == 0)
    kept = session.exec(
        update(Passkey)
        .where(col(Passkey.id) == passkey.id, forward)
        .values(sign_count=count, last_used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if kept.rowcount == 1:
        return True
    # Two authenticators sign with one key: the passkey may have been copied.
    audit.record(session, SYSTEM, "passkey:count_went_back", subject=str(passkey.id))
    return False
