"""Who in an account holds a permission."""

from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.permissions import Permission
from nexus_portal.models.people import Membership, User
from nexus_portal.services import grants


def people_who_may(session: Session, account_id: UUID, permission: Permission) -> list[User]:
    """The active people of an account who hold a permission, by a built-in role or by one of its own."""
    query = (
        select(Membership, User)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.account_id == account_id, col(Membership.active))
        .order_by(col(User.id))
    )
    return [
        user for member, user in session.exec(query) if permission in grants.held(session, member).permissions
    ]
