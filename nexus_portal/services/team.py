"""The people of an account: who is in, who is invited, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import roles
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import ROLES, Permission
from nexus_portal.models.outbox import OutboxMail
from nexus_portal.models.people import Invitation, Membership, Passkey, User
from nexus_portal.services import grants, outbox, tenancy
from nexus_portal.services.use_case import use_case

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One person of the team. Times are ISO 8601, empty for never."""

    id: str
    name: str
    email: str
    role: str
    """`orderer`, or `own:` and the id of an own role."""
    role_shown: str
    """The key of a built-in role, or the name of an own one."""
    active: bool
    enrolled: bool
    """True once the second factor is on."""
    passkeys: int
    last_sign_in_at: str
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """One open invitation; `has_link` while the reader may still see its link, once."""

    id: str
    name: str
    email: str
    role: str
    role_shown: str
    expires_at: str
    has_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """A role that people here can have; `shown` is the key of a built-in role or the name of an own one."""

    value: str
    shown: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The people of one account, and the roles that they can have."""

    members: tuple[MemberRow, ...]
    invitations: tuple[InvitationRow, ...]
    roles: tuple[RoleChoice, ...]


@use_case(Permission.TEAM_READ, reads=True)
def team(session: Session, actor: Actor) -> Team:
    """The actor's own team, by name; people who were deactivated come last."""
    # Read first and held, so that the people who have one of them cost no question each.
    own = grants.own_roles(session, actor.account_id) if actor.account_id else []
    return Team(
        members=_members(session, actor),
        invitations=_invitations(session, actor),
        roles=_choices(actor, [grants.of_own(row) for row in own]),
    )


def _choices(actor: Actor, own: Sequence[grants.Grant]) -> tuple[RoleChoice, ...]:
    built_in = [grants.Grant(role, ROLES[role]) for role in roles.assignable(bureau=actor.is_bureau)]
    return tuple(
        RoleChoice(
            value=grant.reference,
            shown=grant.name or grant.role,
            permissions=tuple(sorted(p.value for p in grant.permissions)),
        )
        for grant in (*built_in, *own)
    )


def passkey_counts(session: Session, user_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many passkeys each of these people has."""
    query = (
        select(Passkey.user_id, func.count())
        .where(col(Passkey.user_id).in_(user_ids))
        .group_by(col(Passkey.user_id))
    )
    return dict(session.exec(query).all())


def _members(session: Session, actor: Actor) -> tuple[MemberRow, ...]:
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), Membership.account_id == actor.account_id)
        .order_by(col(Membership.active).desc(), User.name, col(Membership.id))
    )
    found = session.exec(query.limit(MOST)).all()
    keys = passkey_counts(session, [user.id for _, user in found])
    return tuple(_member(session, actor, *pair, keys.get(pair[1].id, 0)) for pair in found)


def _member(session: Session, actor: Actor, membership: Membership, user: User, passkeys: int) -> MemberRow:
    return MemberRow(
        id=str(membership.id),
        name=user.name,
        email=user.email,
        role=grants.reference(membership.role, membership.own_role_id),
        role_shown=grants.shown(session, membership.role, membership.own_role_id),
        passkeys=passkeys,
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
    return tuple(_invitation(session, row, has_link=row.id in waiting) for row in found)


def _waiting(session: Session, actor: Actor, invitation_ids: list[UUID]) -> set[UUID]:
    if not actor.may(Permission.TEAM_MANAGE):
        return set()
    unsent = select(OutboxMail.id).where(col(OutboxMail.id).in_(invitation_ids), outbox.for_hands())
    return set(session.exec(unsent))


def _invitation(session: Session, row: Invitation, *, has_link: bool) -> InvitationRow:
    return InvitationRow(
        id=str(row.id),
        name=row.name,
        email=row.email,
        role=grants.reference(row.role, row.own_role_id),
        role_shown=grants.shown(session, row.role, row.own_role_id),
        expires_at=_iso(row.expires_at),
        has_link=has_link,
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
