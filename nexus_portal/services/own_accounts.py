"""The accounts of one person, and changing between them: a session stands in one account at a time.

Row-level security shows an account its own memberships only, so these functions look as the portal itself,
for the person of the session alone.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.account_status import SIGNS_IN, may_sign_in
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound, NotSignedIn
from nexus_portal.domain.permissions import Role
from nexus_portal.models.accounts import Account
from nexus_portal.models.people import Membership
from nexus_portal.models.sessions import BrowserSession, SessionLevel
from nexus_portal.services import audit, grants, sessions
from nexus_portal.services.sessions import Visit, system
from nexus_portal.services.steps import Step, live, renew


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One account in which the person has a role."""

    id: str
    account: str
    account_number: str
    role: str
    is_current: bool


def places(visit: Visit) -> tuple[Place, ...]:
    """The person's active places, the oldest first.

    Raises:
        NotSignedIn: the second factor was not given in this session.
    """
    user_id = _signed_in(visit)
    with system(writes=False) as session:
        query = (
            select(Membership, Account)
            .join(Account, col(Account.id) == col(Membership.account_id))
            .where(Membership.user_id == user_id, col(Membership.active), col(Account.status).in_(SIGNS_IN))
            .order_by(col(Membership.created_at), col(Membership.id))
        )
        return tuple(
            Place(
                id=str(membership.id),
                account=account.name,
                account_number=account.number,
                role=grants.shown(session, membership.role, membership.own_role_id),
                is_current=account.id == visit.actor.account_id,
            )
            for membership, account in session.exec(query)
        )


def change(visit: Visit, *, membership_id: UUID) -> Step:
    """Go on in another account, under a new id; the session's absolute end stays, its step-up does not.

    Raises:
        NotFound: the person has no such active place.
        NotSignedIn: the second factor was not given in this session.
    """
    user_id = _signed_in(visit)
    with system() as session:
        row = live(session, visit)
        membership = session.get(Membership, membership_id)
        if membership is None or membership.user_id != user_id or not membership.active:
            raise NotFound
        if not may_sign_in(session.get_one(Account, membership.account_id).status):
            raise NotFound
        membership.last_used_at = clock.now()
        session.add(membership)
        sid = renew(session, row, SessionLevel.FULL, user_id=user_id, membership_id=membership_id)
        _keep_limits(session, row, sid)
        who = Actor(user_id=user_id, account_id=membership.account_id, role=Role(membership.role))
        audit.record(session, who, "session:account_chosen")
        return Step(sid, SessionLevel.FULL, visit.actor.language)


def _keep_limits(session: Session, row: BrowserSession, sid: str) -> None:
    fresh = session.get_one(BrowserSession, sessions.hash_of(sid))
    fresh.expires_at, fresh.stepped_up_at = row.expires_at, None
    session.add(fresh)


def _signed_in(visit: Visit) -> UUID:
    if visit.level is not SessionLevel.FULL or visit.user_id is None:
        raise NotSignedIn
    return visit.user_id
