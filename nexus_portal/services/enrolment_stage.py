"""Where an enrolment stands and what its page shows: a secret in its own stage only, and never after."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from nexus_portal.adapters import qr
from nexus_portal.domain import totp
from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import grants, invitation_links, new_factors, second_factor
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import live


class Stage(StrEnum):
    """What the person does next."""

    PASSWORD = "password"  # noqa: S105 - the name of a stage
    AUTHENTICATOR = "authenticator"
    CODES = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the page of a stage shows."""

    stage: Stage
    email: str
    name: str
    account: str
    role: str
    qr: str = ""
    secret: str = ""
    codes: tuple[str, ...] = ()


def where(visit: Visit) -> Enrolment:
    """The stage that the session's person is in.

    Raises:
        NotSignedIn: the session is not enrolling anybody.
        Invalid: the invitation has ended in the meantime.
    """
    if visit.level is SessionLevel.ENROLLING and visit.user_id is not None:
        _make_secret(visit.user_id)
    with system(writes=False) as session:
        row = enrolling(session, visit)
        if row.user_id is None:
            return _invited(session, open_invitation(session, row))
        return _underway(session, session.get_one(User, row.user_id))


def enrolling(session: Session, visit: Visit) -> BrowserSession:
    """The visit's session, if it enrols somebody.

    Raises:
        NotSignedIn: it does not, or has ended.
    """
    row = live(session, visit)
    if row.level != SessionLevel.ENROLLING:
        raise NotSignedIn(Message("Open the link in your invitation first, or sign in."))
    return row


def person(visit: Visit) -> UUID:
    """Who enrols, once they have a password.

    Raises:
        NotSignedIn: nobody yet, or the session does something else.
    """
    if visit.level is not SessionLevel.ENROLLING or visit.user_id is None:
        raise NotSignedIn(Message("Open the link in your invitation first, or sign in."))
    return visit.user_id


def open_invitation(session: Session, row: BrowserSession) -> Invitation:
    """The invitation that the session follows.

    Raises:
        Invalid: it has ended.
    """
    invitation = session.get(Invitation, row.invitation_id) if row.invitation_id else None
    if invitation is None or not invitation_links.is_open(invitation):
        raise invitation_links.over()
    return invitation


def pending_secret(user: User) -> str:
    """The secret that was shown to somebody who has no authenticator yet.

    Raises:
        Invalid: there is none, because the authenticator is confirmed already.
    """
    if user.totp_secret is not None or user.totp_pending is None:
        raise Invalid(Message("Your authenticator is set up already."))
    return second_factor.opened(user.id, user.totp_pending)


def _make_secret(user_id: UUID) -> None:
    with system(writes=False) as session:
        user = session.get_one(User, user_id)
        if user.totp_secret is not None or user.totp_pending is not None:
            return
    fresh = second_factor.sealed(user_id, totp.new_secret())
    with system() as session:
        # Two tabs at once show the same secret: the first one made stays.
        session.exec(
            update(User)
            .where(col(User.id) == user_id, col(User.totp_secret).is_(None), col(User.totp_pending).is_(None))
            .values(totp_pending=fresh)
        )


def _invited(session: Session, invitation: Invitation) -> Enrolment:
    return Enrolment(
        stage=Stage.PASSWORD,
        email=invitation.email,
        name=invitation.name,
        account=session.get_one(Account, invitation.account_id).name,
        role=grants.shown(session, invitation.role, invitation.own_role_id),
    )


def _underway(session: Session, user: User) -> Enrolment:
    secret = pending_secret(user) if user.totp_secret is None else ""
    account, role = _place(session, user)
    return Enrolment(
        stage=Stage.AUTHENTICATOR if secret else Stage.CODES,
        email=user.email,
        name=user.name,
        account=account,
        role=role,
        qr=qr.data_uri(totp.provisioning_uri(secret, user.email)) if secret else "",
        secret=totp.in_groups(secret),
        codes=() if secret else new_factors.pending_codes(user),
    )


def _place(session: Session, user: User) -> tuple[str, str]:
    query = (
        select(Account.name, Membership.role, Membership.own_role_id)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(Membership.user_id == user.id, col(Membership.active))
    )
    found = session.exec(query).first()
    if found is None:
        return ("", "")
    account, role, own_role_id = found
    return account, grants.shown(session, role, own_role_id)
