"""Acting for somebody who is not there: with what they may do now, and without a session."""

from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership, User
from nexus_portal.services import grants


def member(session: Session, account_id: UUID, user_id: UUID, needs: Permission) -> Actor | None:
    """The actor of somebody who works for the account and may do what is needed; else nobody."""
    found = session.exec(
        select(Membership, User, Account)
        .join(User, col(User.id) == col(Membership.user_id))
        .join(Account, col(Account.id) == col(Membership.account_id))
        .where(
            Membership.user_id == user_id,
            Membership.account_id == account_id,
            col(Membership.active),
        )
    ).first()
    if found is None:
        return None
    membership, user, account = found
    held = grants.held(session, membership)
    if needs not in held.permissions:
        return None
    return Actor(
        scope=Scope.ACCOUNT,
        user_id=user.id,
        account_id=account.id,
        account_number=account.number,
        account_name=account.name,
        role=held.role,
        role_name=held.name,
        name=user.name,
        language=user.language,
        permissions=held.permissions | {Permission.PUBLIC, Permission.SIGNED_IN},
    )
