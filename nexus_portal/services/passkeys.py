"""One's own passkeys: adding and removing ask for a second factor, and are told by mail; naming does not."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select
from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import bytes_to_base64url, parse_client_data_json, parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain import clean_text
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Passkey, User
from nexus_portal.services import audit, outbox, passkey_challenges
from nexus_portal.services.passkey_challenges import Purpose
from nexus_portal.services.passkey_proofs import LONGEST_ANSWER, MALFORMED, rp_id
from nexus_portal.services.passkey_sign_in import descriptors
from nexus_portal.services.use_case import use_case

MOST = 10
LONGEST_NAME = 80
LONGEST_ID = 1400
PORTAL = "Nexus Portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """One passkey. Times are ISO 8601; `last_used_at` is empty until it was used."""

    id: str
    name: str
    created_at: str
    last_used_at: str


@use_case(Permission.SIGNED_IN, reads=True)
def own(session: Session, actor: Actor) -> tuple[PasskeyRow, ...]:
    """The actor's passkeys, the oldest first."""
    return tuple(_row(passkey) for passkey in _own(session, _user_id(actor)))


@use_case(Permission.SIGNED_IN, step_up=True)
def options(session: Session, actor: Actor) -> str:
    """What the browser hands to `navigator.credentials.create`, as JSON.

    Raises:
        Invalid: there are ten already.
    """
    user = session.get_one(User, _user_id(actor))
    _refuse_an_eleventh(session, user.id)
    made = generate_registration_options(
        rp_id=rp_id(),
        rp_name=PORTAL,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=passkey_challenges.give(session, actor.session_id, Purpose.ENROL),
        exclude_credentials=descriptors(session, user.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json(made)


@use_case(Permission.SIGNED_IN, step_up=True)
def add(session: Session, actor: Actor, *, name: str, answer: str) -> PasskeyRow:
    """Keep the passkey that the browser made for `options`, under the name that its owner gives it.

    Raises:
        Invalid: the name is missing or too long, there are ten already, or the answer does not verify.
        Conflict: the portal knows this passkey already.
    """
    kept_name = _checked_name(name)
    # Held, so that two tabs together do not make eleven.
    user = session.exec(select(User).where(User.id == _user_id(actor)).with_for_update()).one()
    _refuse_an_eleventh(session, user.id)
    made, transports = _verified(session, actor, answer)
    credential_id = bytes_to_base64url(made.credential_id)
    if len(credential_id) > LONGEST_ID:
        raise _unfit()
    if session.exec(select(Passkey.id).where(Passkey.credential_id == credential_id)).first() is not None:
        raise Conflict(Message("This passkey has been added already."))
    passkey = Passkey(
        user_id=user.id,
        credential_id=credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=transports,
        name=kept_name,
        created_at=clock.now(),
    )
    session.add(passkey)
    session.flush()
    audit.record(session, actor, "passkey:added", subject=str(passkey.id))
    outbox.post(
        session,
        account_id=actor.account_id,
        to=user.email,
        language=user.language,
        subject=Message("A passkey was added"),
        body=Message(
            "A passkey was added to your sign-in. If it was not you, remove it on the page of your account "
            "and tell your account admin now."
        ),
    )
    return _row(passkey)


@use_case(Permission.SIGNED_IN)
def rename(session: Session, actor: Actor, *, passkey_id: UUID, name: str) -> None:
    """Give a passkey another name.

    Raises:
        NotFound: the actor has no such passkey.
        Invalid: the name is missing or too long.
    """
    passkey = _one(session, actor, passkey_id)
    passkey.name = _checked_name(name)
    session.add(passkey)
    audit.record(session, actor, "passkey:renamed", subject=str(passkey.id))


@use_case(Permission.SIGNED_IN, step_up=True)
def remove(session: Session, actor: Actor, *, passkey_id: UUID) -> None:
    """Take a passkey away: it opens nothing from now on.

    Raises:
        NotFound: the actor has no such passkey.
    """
    passkey = _one(session, actor, passkey_id)
    user = session.get_one(User, passkey.user_id)
    session.delete(passkey)
    audit.record(session, actor, "passkey:removed", subject=str(passkey.id))
    outbox.post(
        session,
        account_id=actor.account_id,
        to=user.email,
        language=user.language,
        subject=Message("A passkey was removed"),
        body=Message(
            "A passkey was removed from your sign-in. If it was not you, tell your account admin now."
        ),
    )


def _verified(session: Session, actor: Actor, answer: str) -> tuple[VerifiedRegistration, str]:
    """What the authenticator made, and by which ways it can be reached."""
    try:
        credential = parse_registration_credential_json(answer[:LONGEST_ANSWER])
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    except MALFORMED:
        raise _unfit() from None
    if not passkey_challenges.spend(session, actor.session_id, Purpose.ENROL, challenge):
        raise _unfit()
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=settings.current().base_url,
        )
    except MALFORMED:
        raise _unfit() from None
    return made, _transports(credential)


def _transports(credential: RegistrationCredential) -> str:
    return " ".join(sorted({transport.value for transport in credential.response.transports or ()}))


def _unfit() -> Invalid:
    return Invalid(Message("This passkey could not be added. Begin again with the button."))


def _checked_name(name: str) -> str:
    cleaned = clean_text.clean(name)
    if not cleaned:
        raise Invalid(Message("Give the passkey a name, such as that of the device."))
    if len(cleaned) > LONGEST_NAME:
        raise Invalid(Message("The name is too long: at most {limit} characters fit.", limit=LONGEST_NAME))
    return cleaned


def _refuse_an_eleventh(session: Session, user_id: UUID) -> None:
    if len(_own(session, user_id)) >= MOST:
        raise Invalid(Message("You have {most} passkeys, and more do not fit. Remove one first.", most=MOST))


def _own(session: Session, user_id: UUID) -> list[Passkey]:
    query = select(Passkey).where(Passkey.user_id == user_id)
    return list(session.exec(query.order_by(col(Passkey.created_at), col(Passkey.id))))


def _one(session: Session, actor: Actor, passkey_id: UUID) -> Passkey:
    query = select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == _user_id(actor))
    passkey = session.exec(query).one_or_none()
    if passkey is None:
        raise NotFound(Message("You have no such passkey. It may have been removed already."))
    return passkey


def _user_id(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotSignedIn
    return actor.user_id


def _row(passkey: Passkey) -> PasskeyRow:
    return PasskeyRow(
        id=str(passkey.id),
        name=passkey.name,
        created_at=passkey.created_at.isoformat(),
        last_used_at=passkey.last_used_at.isoformat() if passkey.last_used_at else "",
    )
