"""What an invitation's link is good for. Only the person invited knows its secret; here is its hash."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.services import audit, grants, outbox

LIFETIME = timedelta(hours=72)


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What the database knows of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def link(token: str) -> str:
    """The address to open. The secret stands behind the `#`, which browsers send to no server and no log."""
    return f"{settings.current().base_url}/assets/invitation/#{token}"


def is_open(invitation: Invitation) -> bool:
    """True while the link works."""
    ended = invitation.used_at is not None or invitation.withdrawn_at is not None
    return not ended and invitation.expires_at > clock.now()


def by_token(session: Session, token: str) -> Invitation:
    """The open invitation behind a link; for a transaction of the portal itself.

    Raises:
        Invalid: it is used, or else unknown, withdrawn or too old.
    """
    query = select(Invitation).where(Invitation.token_hash == hash_of(token))
    invitation = session.exec(query).one_or_none()
    if invitation is not None and invitation.used_at is not None:
        raise Invalid(Message("This invitation has been used. Sign in instead."))
    if invitation is None or not is_open(invitation):
        raise over()
    return invitation


def over() -> Invalid:
    """The refusal of a link that leads nowhere: unknown, withdrawn and too old are told alike."""
    return Invalid(Message("This invitation no longer works. Ask the person who invited you for a new one."))


def accept(session: Session, invitation: Invitation, user: User) -> Membership:
    """Use the invitation up and give the person its role.

    Raises:
        Conflict: it was used or withdrawn at the same moment.
    """
    if not close(session, invitation.id, used=True):
        raise Conflict(Message("This invitation was used or withdrawn at the same moment."))
    membership = _membership(session, invitation, user)
    membership.role, membership.own_role_id = invitation.role, invitation.own_role_id
    membership.active, membership.changed_at = True, clock.now()
    membership.granted_by, membership.granted_at = invitation.invited_by, clock.now()
    session.add(membership)
    session.flush()
    audit.record(
        session,
        Actor(user_id=user.id),
        "invitation:accepted",
        subject=str(invitation.id),
        account_id=invitation.account_id,
        **grants.held(session, membership).logged("role"),
    )
    db.announce(session, News(invitation.account_id, "team"))
    return membership


def close(session: Session, invitation_id: UUID, *, used: bool) -> bool:
    """Use an open invitation up or withdraw it, and forget its link; False when it was over already."""
    column = "used_at" if used else "withdrawn_at"
    closed = session.exec(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
        .values({column: clock.now()})
        .execution_options(synchronize_session=False)
    )
    outbox.drop(session, invitation_id)
    return closed.rowcount == 1


def close_open(session: Session, member: Membership) -> None:
    """Withdraw what would let a person back in who is taken out of an account."""
    address = select(User.email).where(User.id == member.user_id).scalar_subquery()
    still_open = select(Invitation.id).where(
        Invitation.account_id == member.account_id,
        Invitation.email == address,
        col(Invitation.used_at).is_(None),
        col(Invitation.withdrawn_at).is_(None),
    )
    for invitation_id in session.exec(still_open).all():
        close(session, invitation_id, used=False)


def _membership(session: Session, invitation: Invitation, user: User) -> Membership:
    query = select(Membership).where(
        Membership.account_id == invitation.account_id, Membership.user_id == user.id
    )
    return session.exec(query).one_or_none() or Membership(
        user_id=user.id,
        account_id=invitation.account_id,
        role=invitation.role,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
