"""Roles that a customer puts together itself. Sessions read them each time, so a change counts at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import catalogue, clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import roles
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import GRANTABLE, ROLES, Permission, Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import ROLE
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.models.people import Invitation, Membership, OwnRole
from nexus_portal.services import audit, grants, tenancy
from nexus_portal.services.use_case import use_case

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """One column of the matrix: a role, what it allows, how many people have it."""

    id: str
    """`orderer`, or `own:` and an id."""
    shown: str
    own: bool
    permissions: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionGroup:
    """Permissions on the same things, such as `orders`."""

    key: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Roles × permissions; `can_make` where the account may have roles of its own."""

    roles: tuple[RoleRow, ...]
    groups: tuple[PermissionGroup, ...]
    can_make: bool


@use_case(Permission.TEAM_READ, reads=True)
def matrix(session: Session, actor: Actor) -> Matrix:
    """The roles that people of the actor's account can have, and what each allows."""
    own = tenancy.one(session, tenancy.rows_of(actor, Account).where(Account.id == actor.account_id))
    built_in = [grants.Grant(role, ROLES[role]) for role in roles.assignable(bureau=actor.is_bureau)]
    made = [grants.of_own(row) for row in grants.own_roles(session, own.id)]
    counts = _people(session, own.id)
    every = [p for p in Permission if any(p in grant.permissions for grant in built_in)]
    return Matrix(
        roles=tuple(
            RoleRow(
                id=grant.reference,
                shown=grant.name or grant.role,
                own=grant.role is Role.OWN,
                permissions=tuple(p.value for p in every if p in grant.permissions),
                people=counts.get((grant.role.value, grant.own_role_id), 0),
            )
            for grant in (*built_in, *made)
        ),
        groups=_groups(every if actor.is_bureau else GRANTABLE),
        can_make=own.kind == AccountKind.CUSTOMER,
    )


def _groups(every: Sequence[Permission]) -> tuple[PermissionGroup, ...]:
    found: dict[str, list[str]] = {}
    for permission in every:
        found.setdefault(permission.value.partition(":")[0], []).append(permission.value)
    return tuple(PermissionGroup(key=key, permissions=tuple(listed)) for key, listed in found.items())


@use_case(Permission.TEAM_MANAGE, step_up=True)
def create(session: Session, actor: Actor, *, name: str, permissions: Collection[str]) -> UUID:
    """Put a role together; gives its id.

    Raises:
        Invalid: the name is taken or will not do, no permission or a foreign one, or too many roles.
    """
    account = _customer(session, actor)
    own = OwnRole(
        account_id=account.id,
        name=_name(session, account, name),
        permissions={"permissions": roles.checked_permissions(permissions)},
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    if len(grants.own_roles(session, account.id)) >= MOST:
        raise Invalid(Message("An account has at most {limit} roles of its own.", limit=MOST))
    session.add(own)
    session.flush()
    _changed(session, actor, own, "role:created", gained=list(own.permissions["permissions"]))
    return own.id


@use_case(Permission.TEAM_MANAGE, step_up=True)
def change(session: Session, actor: Actor, *, role_id: UUID, name: str, permissions: Collection[str]) -> None:
    """Give a role another name or other permissions: it counts at once for everybody who has it.

    Raises:
        NotFound: no such role in the actor's account.
        Invalid: as for `create`, or nobody who can sign in could manage the team any more.
    """
    account = _customer(session, actor)
    own = _held(session, actor, role_id)
    before, before_name = list(own.permissions["permissions"]), own.name
    own.name = _name(session, account, name, but=own.id)
    own.permissions = {"permissions": roles.checked_permissions(permissions)}
    gained, lost = roles.difference(before, own.permissions["permissions"])
    _changed(session, actor, own, "role:changed", gained=gained, lost=lost, before_name=before_name)
    if Permission.TEAM_MANAGE.value in lost and _count(session, own):
        grants.keep_a_manager(session, account.id)


@use_case(Permission.TEAM_MANAGE, step_up=True)
def remove(session: Session, actor: Actor, *, role_id: UUID) -> None:
    """Remove a role that nobody has and that nobody is invited to.

    Raises:
        NotFound: no such role in the actor's account.
        Invalid: somebody has it.
    """
    _customer(session, actor)
    own = _held(session, actor, role_id)
    if count := _count(session, own):
        raise Invalid(
            Message(
                "People or open invitations with this role: {count}. Give them another first.", count=count
            )
        )
    own.removed_at = clock.now()
    _changed(session, actor, own, "role:removed")


def _customer(session: Session, actor: Actor) -> Account:
    # Held, so that the role and who has it do not change under each other.
    query = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    account = tenancy.one(session, query, lock=True)
    if account.kind != AccountKind.CUSTOMER:
        raise Invalid(Message("The bureau's roles are fixed: only customers put roles together."))
    return account


def _held(session: Session, actor: Actor, role_id: UUID) -> OwnRole:
    query = tenancy.rows_of(actor, OwnRole).where(
        OwnRole.id == role_id, OwnRole.account_id == actor.account_id, col(OwnRole.removed_at).is_(None)
    )
    return tenancy.one(session, query, lock=True)


def _name(session: Session, account: Account, name: str, but: UUID | None = None) -> str:
    # A role called like a built-in one, in either language, would be taken for it.
    built_in = [
        catalogue.render(word, language) for word in ROLE.values() for language in catalogue.LANGUAGES
    ]
    others = [row.name for row in grants.own_roles(session, account.id) if row.id != but]
    return roles.checked_name(name, [*built_in, *(role.value for role in Role), *others])


def _people(session: Session, account_id: UUID) -> dict[tuple[str, UUID | None], int]:
    query = (
        select(Membership.role, Membership.own_role_id, func.count())
        .where(Membership.account_id == account_id, col(Membership.active))
        .group_by(col(Membership.role), col(Membership.own_role_id))
    )
    return {(role, own_role_id): count for role, own_role_id, count in session.exec(query)}


def _count(session: Session, own: OwnRole) -> int:
    """Who would be left without a role: people, the deactivated too, for they can come back; invitations."""
    members = select(func.count()).select_from(Membership).where(Membership.own_role_id == own.id)
    invited = (
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.own_role_id == own.id,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
            col(Invitation.expires_at) > clock.now(),
        )
    )
    return session.exec(members).one() + session.exec(invited).one()


def _changed(
    session: Session,
    actor: Actor,
    own: OwnRole,
    action: str,
    *,
    gained: Sequence[str] = (),
    lost: Sequence[str] = (),
    before_name: str = "",
) -> None:
    own.changed_at = clock.now()
    session.add(own)
    facts: dict[str, Any] = {"name": own.name, "gained": list(gained), "lost": list(lost)}
    if before_name not in {"", own.name}:
        facts["before_name"] = before_name
    audit.record(session, actor, action, subject=str(own.id), **facts)
    for topic in ("team", "session"):
        db.announce(session, News(own.account_id, topic))
