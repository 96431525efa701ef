"""The people of an account: who is in, who is invited, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import roles
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Invitation, Membership, User
from nexus_portal.services import outbox, tenancy
from nexus_portal.services.use_case import use_case

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One person of the team. Times are ISO 8601, empty for never."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    enrolled: bool
    """True once the second factor is on."""
    last_sign_in_at: str
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """One open invitation; `has_link` while the reader may still see its link, once."""

    id: str
    name: str
    email: str
    role: str
    expires_at: str
    has_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The people of one account, and the roles that they can have."""

    members: tuple[MemberRow, ...]
    invitations: tuple[InvitationRow, ...]
    roles: tuple[str, ...]


@use_case(Permission.TEAM_READ, reads=True)
def team(session: Session, actor: Actor) -> Team:
    """The actor's own team, by name; people who were deactivated come last."""
    return Team(
        members=_members(session, actor),
        invitations=_invitations(session, actor),
        roles=tuple(role.value for role in roles.assignable(bureau=actor.is_bureau)),
    )


def _members(session: Session, actor: Actor) -> tuple[MemberRow, ...]:
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), Membership.account_id == actor.account_id)
        .order_by(col(Membership.active).desc(), User.name, col(Membership.id))
    )
    return tuple(_member(actor, membership, user) for membership, user in session.exec(query.limit(MOST)))


def _member(actor: Actor, membership: Membership, user: User) -> MemberRow:
    return MemberRow(
        id=str(membership.id),
        name=user.name,
        email=user.email,
        role=membership.role,
        active=membership.active,
        enrolled=user.totp_secret is not None,
        last_sign_in_at=_iso(user.last_sign_in_at),
        is_self=user.id == actor.user_id,
    )


def _invitations(session: Session, actor: Actor) -> tuple[InvitationRow, ...]:
    query = (
        tenancy.rows_of(actor, Invitation)
        .where(
            Invitation.account_id == actor.account_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
            col(Invitation.expires_at) > clock.now(),
        )
        .order_by(col(Invitation.created_at).desc())
        .limit(MOST)
    )
    found = session.exec(query).all()
    waiting = _waiting(session, actor, [row.id for row in found if row.invited_by == actor.user_id])
    return tuple(_invitation(row, has_link=row.id in waiting) for row in found)


def _waiting(session: Session, actor: Actor, invitation_ids: list[UUID]) -> set[UUID]:
    if not actor.may(Permission.TEAM_MANAGE):
        return set()
    unsent = select(OutboxMail.id).where(col(OutboxMail.id).in_(invitation_ids), outbox.for_hands())
    return set(session.exec(unsent))


def _invitation(row: Invitation, *, has_link: bool) -> InvitationRow:
    return InvitationRow(
        id=str(row.id),
        name=row.name,
        email=row.email,
        role=row.role,
        expires_at=_iso(row.expires_at),
        has_link=has_link,
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
