"""Who sees persons whose identity is protected: named one by one, whatever their role.

In a customer's account one privacy officer names somebody and another confirms; at the bureau its admin does.
Taking it back takes one person, and counts from the next event on.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.people import Membership, User
from nexus_portal.models.persons import ProtectionKind, ProtectionProposal
from nexus_portal.models.privacy import ProposalState
from nexus_portal.services import audit, grants, tenancy
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True)
class HandlerRow:
    """Somebody of the actor's account, and whether they see protected persons."""

    id: str
    name: str
    role: str
    named: bool


@use_case(Permission.PRIVACY_READ, reads=True)
def handlers(session: Session, actor: Actor) -> tuple[HandlerRow, ...]:
    """The people of the customer's account, by name."""
    return _people(session, actor)


@use_case(Permission.STAFF_MANAGE, reads=True)
def bureau_handlers(session: Session, actor: Actor) -> tuple[HandlerRow, ...]:
    """The bureau's own staff, by name."""
    return _people(session, actor)


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def propose(session: Session, actor: Actor, *, membership_id: UUID) -> UUID:
    """Propose that somebody is to see protected persons; a second person confirms. Gives its id.

    Raises:
        NotFound: nobody of the actor's account.
        Conflict: they see them already, or it is proposed already.
    """
    member = _member(session, actor, membership_id)
    if member.sees_protected:
        raise Conflict(Message("This person is named already."))
    if _waiting(session, actor, membership_id):
        raise Conflict(Message("This waits for its second person already."))
    proposal = ProtectionProposal(
        account_id=member.account_id,
        kind=ProtectionKind.HANDLER,
        membership_id=member.id,
        proposed_by=_person(actor),
        proposed_at=clock.now(),
    )
    session.add(proposal)
    _note(session, actor, member, "protection:handler_proposed")
    return proposal.id


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def revoke(session: Session, actor: Actor, *, membership_id: UUID) -> None:
    """Let somebody of the account see protected persons no more, from their next event on.

    Raises:
        NotFound: nobody of the actor's account.
    """
    _revoke(session, actor, _member(session, actor, membership_id))


@use_case(Permission.STAFF_MANAGE, step_up=True)
def name_at_bureau(session: Session, actor: Actor, *, membership_id: UUID) -> None:
    """Let somebody of the bureau see protected persons: without anybody their cards cannot be printed.

    Raises:
        NotFound: nobody of the bureau.
        NotAllowed: oneself.
    """
    member = _member(session, actor, membership_id)
    if member.user_id == actor.user_id:
        raise NotAllowed(Message("Nobody names themselves. Another admin of the bureau does it."))
    _name(session, actor, member)


@use_case(Permission.STAFF_MANAGE, step_up=True)
def revoke_at_bureau(session: Session, actor: Actor, *, membership_id: UUID) -> None:
    """Let somebody of the bureau see protected persons no more, from their next event on.

    Raises:
        NotFound: nobody of the bureau.
    """
    _revoke(session, actor, _member(session, actor, membership_id))


def confirmed(session: Session, actor: Actor, proposal: ProtectionProposal) -> None:
    """Carry out what a second person confirmed.

    Raises:
        NotFound: they have left meanwhile.
    """
    if proposal.membership_id is None:
        raise Invalid(Message("This proposal names nobody."))
    _name(session, actor, _member(session, actor, proposal.membership_id))


def _name(session: Session, actor: Actor, member: Membership) -> None:
    if not member.sees_protected:
        member.sees_protected = True
        session.add(member)
        _note(session, actor, member, "protection:handler_named")


def _revoke(session: Session, actor: Actor, member: Membership) -> None:
    if member.sees_protected:
        member.sees_protected = False
        session.add(member)
        _note(session, actor, member, "protection:handler_revoked")


def _people(session: Session, actor: Actor) -> tuple[HandlerRow, ...]:
    query = (
        select(Membership, User.name)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.account_id == actor.account_id, tenancy.within(actor, Membership.account_id))
        .where(col(Membership.active))
        .order_by(User.name)
    )
    return tuple(
        HandlerRow(
            str(member.id),
            name,
            grants.shown(session, member.role, member.own_role_id),
            named=member.sees_protected,
        )
        for member, name in session.exec(query)
    )


def _member(session: Session, actor: Actor, membership_id: UUID) -> Membership:
    query = tenancy.rows_of(actor, Membership).where(
        Membership.id == membership_id, Membership.account_id == actor.account_id, col(Membership.active)
    )
    return tenancy.one(session, query, lock=True)


def _waiting(session: Session, actor: Actor, membership_id: UUID) -> bool:
    query = tenancy.rows_of(actor, ProtectionProposal).where(
        ProtectionProposal.membership_id == membership_id, ProtectionProposal.state == ProposalState.OPEN
    )
    return session.exec(query).first() is not None


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _note(session: Session, actor: Actor, member: Membership, action: str) -> None:
    session.flush()
    audit.record(session, actor, action, subject=str(member.user_id), account_id=member.account_id)
    db.announce(session, News(member.account_id, "protection"))
    # Whoever it concerns loads their pages anew: they see other things than before.
    db.announce(session, News(member.account_id, "session"))
