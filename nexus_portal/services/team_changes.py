"""Changing what a person of the team may do. Sessions read it each time, so it counts at once."""

from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import roles
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership, User
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services import audit, invitation_links, tenancy
from nexus_portal.services.use_case import use_case


@use_case(Permission.TEAM_MANAGE, step_up=True)
def change_role(session: Session, actor: Actor, *, member_id: UUID, role: str) -> None:
    """Give a person of the team another role.

    Raises:
        NotFound: nobody of that kind in the actor's team.
        Invalid: no such role here, or the account would lose its last admin.
    """
    member, chosen = _held(session, actor, member_id), roles.checked(role, bureau=actor.is_bureau)
    if member.role == chosen:
        return
    if chosen != roles.admin_role(bureau=actor.is_bureau):
        _keep_an_admin(session, actor, member)
    before, member.role = member.role, chosen
    _changed(session, actor, member, "member:role_changed", before=before, after=chosen.value)


@use_case(Permission.TEAM_MANAGE, step_up=True)
def deactivate(session: Session, actor: Actor, *, member_id: UUID) -> None:
    """Take a person's access to the account; their sessions in it and their open invitations end at once.

    Raises:
        NotFound: nobody of that kind in the actor's team.
        Invalid: it is the account's last admin.
    """
    member = _held(session, actor, member_id)
    if not member.active:
        return
    _keep_an_admin(session, actor, member)
    member.active = False
    _end_sessions(session, member)
    invitation_links.close_open(session, member)
    _changed(session, actor, member, "member:deactivated", before="active", after="inactive")


@use_case(Permission.TEAM_MANAGE, step_up=True)
def reactivate(session: Session, actor: Actor, *, member_id: UUID) -> None:
    """Give a person their access back, in the role that they had.

    Raises:
        NotFound: nobody of that kind in the actor's team.
    """
    member = _held(session, actor, member_id)
    if member.active:
        return
    member.active = True
    _changed(session, actor, member, "member:reactivated", before="inactive", after="active")


def _held(session: Session, actor: Actor, member_id: UUID) -> Membership:
    # The account is held too: two admins who demote each other at the same moment do it one after the other.
    own = tenancy.rows_of(actor, Account).where(Account.id == actor.account_id)
    tenancy.one(session, own, lock=True)
    query = tenancy.rows_of(actor, Membership).where(
        Membership.id == member_id, Membership.account_id == actor.account_id
    )
    return tenancy.one(session, query, lock=True)


def _keep_an_admin(session: Session, actor: Actor, member: Membership) -> None:
    admin = roles.admin_role(bureau=actor.is_bureau)
    if member.role != admin or not member.active:
        return
    others = (
        select(func.count())
        .select_from(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            Membership.account_id == member.account_id,
            Membership.role == admin,
            Membership.id != member.id,
            col(Membership.active),
            col(User.totp_secret).is_not(None),
        )
    )
    if session.exec(others).one() == 0:
        raise Invalid(Message("This is the last admin who can sign in. Make somebody else admin first."))


def _end_sessions(session: Session, member: Membership) -> None:
    session.exec(
        update(BrowserSession)
        .where(col(BrowserSession.membership_id) == member.id, col(BrowserSession.ended_at).is_(None))
        .values(ended_at=clock.now())
    )


def _changed(
    session: Session, actor: Actor, member: Membership, action: str, *, before: str, after: str
) -> None:
    member.changed_at = clock.now()
    session.add(member)
    audit.record(session, actor, action, subject=str(member.id), before=before, after=after)
    db.announce(session, News(member.account_id, "team"))
    db.announce(session, News(member.account_id, "session"))
