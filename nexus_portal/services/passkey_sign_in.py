"""Signing in and stepping up with a passkey: alone, or in place of a code. Each leads to a new session id.

These functions run before there is an actor, so they carry no permission: the session's level decides.
"""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from webauthn import generate_authentication_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Passkey
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import audit, passkey_challenges, passkey_proofs, second_factor, sessions, sign_in
from nexus_portal.services.passkey_challenges import Purpose
from nexus_portal.services.second_factor import Factor, Proof
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import Browser, Step, live

_PURPOSES = {
    SessionLevel.ANONYMOUS: Purpose.SIGN_IN,
    SessionLevel.PASSWORD: Purpose.SECOND_FACTOR,
    SessionLevel.FULL: Purpose.STEP_UP,
}
_TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}


def offered(visit: Visit) -> bool:
    """Whether the person, known by their password at least, has a passkey to use."""
    if visit.user_id is None or visit.level not in (SessionLevel.PASSWORD, SessionLevel.FULL):
        return False
    with system(writes=False) as session:
        query = select(func.count()).select_from(Passkey).where(Passkey.user_id == visit.user_id)
        return session.exec(query).one() > 0


def options(visit: Visit) -> str:
    """What the browser hands to `navigator.credentials.get`, as JSON: for the step that comes next here.

    Before the password any passkey of this portal will do, and must verify its user.

    Raises:
        NotSignedIn: there is no such step in this session.
        Invalid: the person has no passkey.
    """
    purpose = _purpose(visit)
    alone = purpose is Purpose.SIGN_IN
    with system() as session:
        allowed = [] if alone else descriptors(session, _user_id(visit))
        if not (alone or allowed):
            raise Invalid(Message("You have no passkey yet. Add one on the page of your account."))
        made = generate_authentication_options(
            rp_id=passkey_proofs.rp_id(),
            challenge=passkey_challenges.give(session, visit.id_hash, purpose),
            allow_credentials=allowed,
            user_verification=UserVerificationRequirement.REQUIRED
            if alone
            else UserVerificationRequirement.PREFERRED,
        )
    return options_to_json(made)


def enter(visit: Visit, *, answer: str, browser: Browser) -> Step:
    """Sign in: alone from the first step, or as the second one after the password.

    Raises:
        NotSignedIn: the session is full already or enrolling, or the person has no active role any more.
        Invalid: the answer does not count.
        TooMany: too many answers did not count lately, from this address or for this person.
    """
    purpose = _purpose(visit)
    if purpose is Purpose.STEP_UP:
        raise NotSignedIn(Message("You are signed in already."))
    counted = f"address {browser.address}" if purpose is Purpose.SIGN_IN else f"user {_user_id(visit)}"
    user_id = passkey_proofs.verify(visit, answer, purpose, counted=counted)
    with system() as session:
        left = second_factor.codes_left(session, user_id)
        return sign_in.go_on(session, visit, user_id, Proof(Factor.PASSKEY, left))


def step_up(visit: Visit, *, answer: str) -> str:
    """Prove the second factor once more, with a passkey; see `sign_in.step_up`.

    Raises:
        NotSignedIn: the session is not a full one, or has ended.
        Invalid: the answer does not count.
        TooMany: too many answers did not count lately.
    """
    if visit.level is not SessionLevel.FULL:
        raise NotSignedIn
    passkey_proofs.verify(visit, answer, Purpose.STEP_UP, counted=f"user {_user_id(visit)}")
    with system() as session:
        row = live(session, visit)
        audit.record(session, visit.actor, "session:stepped_up", factor=Factor.PASSKEY.value)
        return sessions.rotate(session, row.id_hash, stepped_up=True)


def descriptors(session: Session, user_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    """The person's passkeys, as browsers are told of them."""
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(col(Passkey.created_at))
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(passkey.credential_id),
            transports=[_TRANSPORTS[name] for name in passkey.transports.split() if name in _TRANSPORTS]
            or None,
        )
        for passkey in session.exec(query)
    ]


def _purpose(visit: Visit) -> Purpose:
    if visit.level not in _PURPOSES:
        raise NotSignedIn
    return _PURPOSES[visit.level]


def _user_id(visit: Visit) -> UUID:
    if visit.user_id is None:
        raise NotSignedIn
    return visit.user_id
