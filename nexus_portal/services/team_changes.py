"""Changing what a person of the team may do. Sessions read it each time, so it counts at once."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import audit, grants, invitation_links, tenancy
from nexus_portal.services.use_case import use_case


@use_case(Permission.TEAM_MANAGE, step_up=True)
def change_role(session: Session, actor: Actor, *, member_id: UUID, role: str) -> None:
    """Give a person of the team another role.

    Raises:
        NotFound: nobody of that kind in the actor's team.
        Invalid: no such role here, or the account would lose its last admin.
    """
    account, member = held(session, actor, member_id)
    before, chosen = grants.held(session, member), grants.chosen(session, account, role)
    if before.reference == chosen.reference:
        return
    member.role, member.own_role_id = chosen.role, chosen.own_role_id
    member.granted_by, member.granted_at = actor.user_id, clock.now()
    _changed(
        session,
        actor,
        member,
        "member:role_changed",
        **before.logged("before"),
        **chosen.logged("after"),
    )
    if member.active and Permission.TEAM_MANAGE in before.permissions - chosen.permissions:
        grants.keep_a_manager(session, account.id)


@use_case(Permission.TEAM_MANAGE, step_up=True)
def deactivate(session: Session, actor: Actor, *, member_id: UUID) -> None:
    """Take a person's access to the account; their sessions in it and their open invitations end at once.

    Raises:
        NotFound: nobody of that kind in the actor's team.
        Invalid: it is the account's last admin.
    """
    account, member = held(session, actor, member_id)
    if not member.active:
        return
    # Whoever comes back is named anew to see protected persons, by two people.
    member.active, member.sees_protected = False, False
    _end_sessions(session, member)
    invitation_links.close_open(session, member)
    _changed(session, actor, member, "member:deactivated", before="active", after="inactive")
    if Permission.TEAM_MANAGE in grants.held(session, member).permissions:
        grants.keep_a_manager(session, account.id)


@use_case(Permission.TEAM_MANAGE, step_up=True)
def reactivate(session: Session, actor: Actor, *, member_id: UUID) -> None:
    """Give a person their access back, in the role that they had.

    Raises:
        NotFound: nobody of that kind in the actor's team.
    """
    _, member = held(session, actor, member_id)
    if member.active:
        return
    member.active = True
    member.granted_by, member.granted_at = actor.user_id, clock.now()
    _changed(session, actor, member, "member:reactivated", before="inactive", after="active")


def held(session: Session, actor: Actor, member_id: UUID) -> tuple[Account, Membership]:
    """The actor's account and one person of its team, both held until the transaction ends.

    The account is held too: two admins who demote each other at the same moment do it one after the other.

    Raises:
        NotFound: nobody of that kind in the actor's team.
    """
    own = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    account = tenancy.one(session, own, lock=True)
    query = tenancy.rows_of(actor, Membership).where(
        Membership.id == member_id, Membership.account_id == actor.account_id
    )
    return account, tenancy.one(session, query, lock=True)


def _end_sessions(session: Session, member: Membership) -> None:
    session.exec(
        update(BrowserSession)
        .where(col(BrowserSession.membership_id) == member.id, col(BrowserSession.ended_at).is_(None))
        .values(ended_at=clock.now())
    )


def _changed(session: Session, actor: Actor, member: Membership, action: str, **facts: Any) -> None:
    member.changed_at = clock.now()
    session.add(member)
    audit.record(session, actor, action, subject=str(member.id), **facts)
    db.announce(session, News(member.account_id, "team"))
    db.announce(session, News(member.account_id, "session"))
