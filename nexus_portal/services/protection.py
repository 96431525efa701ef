"""Protected identity in an account: who is marked, by alias; one person marks, two take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import item_code, order_number, parse_item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection, alias
from nexus_portal.domain.text import Message
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership, User
from nexus_portal.models.persons import ProtectionKind, ProtectionProposal
from nexus_portal.models.privacy import ProposalState
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import audit, protecting, protection_handlers, tenancy
from nexus_portal.services.holders_of import people_who_may
from nexus_portal.services.order_details import colleagues
from nexus_portal.services.use_case import use_case

MOST = 200


@dataclass(frozen=True, slots=True)
class ProtectedRow:
    """A card item with a protected person, by alias; `asked_by` asks to take it back, `own`: the reader."""

    item_id: str
    alias: str
    order_number: str
    code: str
    stage: str
    asked_by: str
    own: bool
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """Somebody who is to see protected persons once a second person confirms; `own`: by the reader."""

    id: str
    name: str
    proposed_by: str
    proposed_at: str
    own: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The cards of protected persons, the newest first, at most 200; and what waits for a second person."""

    rows: tuple[ProtectedRow, ...]
    proposed: tuple[ProposedRow, ...]
    others: int
    """How many other people may confirm."""


@use_case(Permission.PRIVACY_READ, reads=True)
def overview(session: Session, actor: Actor) -> Overview:
    """What an account knows of protected identity, without saying whose."""
    account_id = tenancy.own_account(actor)
    waiting = session.exec(
        tenancy.rows_of(actor, ProtectionProposal).where(ProtectionProposal.state == ProposalState.OPEN)
    ).all()
    names = colleagues(session, actor, {each.proposed_by for each in waiting})
    officers = people_who_may(session, account_id, Permission.PRIVACY_MANAGE)
    return Overview(
        _rows(session, actor, waiting, names),
        _proposed(session, actor, waiting, names),
        sum(officer.id != actor.user_id for officer in officers),
    )


@use_case(Permission.PRIVACY_MANAGE)
def mark(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> int:
    """Protect the persons on these card items, on all cards of theirs; how many cards that is.

    Raises:
        NotFound: one is none of the account's, is a draft, or holds nobody.
        Invalid: none, or more than 200.
    """
    items = set(item_ids)
    if not 1 <= len(items) <= MOST:
        raise Invalid(Message("Choose 1 to {most} at once.", most=MOST))
    query = (
        select(HolderRecord.item_id)
        .join(Order, col(Order.id) == col(HolderRecord.order_id))
        .where(
            tenancy.within(actor, HolderRecord.account_id),
            col(HolderRecord.item_id).in_(items),
            col(Order.fulfilment).not_in(EDITABLE),
        )
    )
    if set(session.exec(query)) != items:
        raise NotFound
    return len(protecting.put(session, actor, tenancy.own_account(actor), items))


@use_case(Permission.PRIVACY_MANAGE)
def mark_card(session: Session, actor: Actor, *, code: str) -> int:
    """The same for the person on the card item with this code, who need not be found first; see `mark`."""
    serial, position = parse_item_code(code)
    query = (
        select(CardItem.id)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(
            tenancy.within(actor, CardItem.account_id), Order.serial == serial, CardItem.position == position
        )
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound(Message("There is no card with this code."))
    return mark(session, actor, item_ids=[found])


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def ask_unmark(session: Session, actor: Actor, *, item_id: UUID) -> UUID:
    """Ask that an identity is protected no more; a second person confirms. Gives the proposal's id.

    Raises:
        NotFound: no card item of the account with a protected person.
        Conflict: it is asked for already.
    """
    query = tenancy.rows_of(actor, HolderRecord).where(
        HolderRecord.item_id == item_id, HolderRecord.protection == Protection.IN_FORCE
    )
    record = tenancy.one(session, query, lock=True)
    waiting = tenancy.rows_of(actor, ProtectionProposal).where(
        ProtectionProposal.item_id == item_id, ProtectionProposal.state == ProposalState.OPEN
    )
    if session.exec(waiting).first() is not None:
        raise Conflict(Message("This waits for its second person already."))
    proposal = ProtectionProposal(
        account_id=record.account_id,
        kind=ProtectionKind.UNMARK,
        item_id=item_id,
        proposed_by=_person(actor),
        proposed_at=clock.now(),
    )
    session.add(proposal)
    _note(session, actor, proposal, "protection:unmark_asked")
    return proposal.id


@use_case(Permission.PRIVACY_MANAGE, step_up=True)
def confirm(session: Session, actor: Actor, *, proposal_id: UUID) -> None:
    """Carry out what somebody else proposed: that a person is named, or an identity protected no more.

    Raises:
        NotFound: no such proposal in the actor's account, or whom it is about is not there any more.
        NotAllowed: the actor proposed it.
        Conflict: it does not wait any more.
    """
    proposal = _open(session, actor, proposal_id)
    if proposal.proposed_by == actor.user_id:
        raise NotAllowed(Message("You proposed this. Somebody else confirms it."))
    if proposal.kind == ProtectionKind.HANDLER:
        protection_handlers.confirmed(session, actor, proposal)
    elif proposal.item_id is not None:
        protecting.lift(session, actor, proposal.account_id, [proposal.item_id])
    _close(session, actor, proposal, ProposalState.CONFIRMED)


@use_case(Permission.PRIVACY_MANAGE)
def refuse(session: Session, actor: Actor, *, proposal_id: UUID) -> None:
    """Say no to what was proposed, or take one's own proposal back: nothing changes.

    Raises:
        NotFound: no such proposal in the actor's account.
        Conflict: it does not wait any more.
    """
    proposal = _open(session, actor, proposal_id)
    own = proposal.proposed_by == actor.user_id
    _close(session, actor, proposal, ProposalState.WITHDRAWN if own else ProposalState.REFUSED)


def _rows(
    session: Session, actor: Actor, waiting: Sequence[ProtectionProposal], names: dict[UUID, str]
) -> tuple[ProtectedRow, ...]:
    query = (
        select(CardItem.id, CardItem.position, CardItem.stage, Order.serial)
        .join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, HolderRecord.account_id), HolderRecord.protection == Protection.IN_FORCE)
        .order_by(col(Order.serial).desc(), col(CardItem.position))
    )
    asked = {each.item_id: each for each in waiting if each.kind == ProtectionKind.UNMARK}
    rows: list[ProtectedRow] = []
    for item_id, position, stage, serial in session.exec(query.limit(MOST)):
        proposal = asked.get(item_id)
        rows.append(
            ProtectedRow(
                str(item_id),
                alias(item_id),
                order_number(serial),
                item_code(serial, position),
                stage,
                names.get(proposal.proposed_by, "") if proposal else "",
                own=proposal is not None and proposal.proposed_by == actor.user_id,
                proposal=str(proposal.id) if proposal else "",
            )
        )
    return tuple(rows)


def _proposed(
    session: Session, actor: Actor, waiting: Sequence[ProtectionProposal], names: dict[UUID, str]
) -> tuple[ProposedRow, ...]:
    members = [each.membership_id for each in waiting if each.membership_id is not None]
    query = (
        select(Membership.id, User.name)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(tenancy.within(actor, Membership.account_id), col(Membership.id).in_(members))
    )
    called = dict(session.exec(query).all())
    return tuple(
        ProposedRow(
            str(each.id),
            called.get(each.membership_id, ""),
            names.get(each.proposed_by, ""),
            each.proposed_at.isoformat(),
            own=each.proposed_by == actor.user_id,
        )
        for each in waiting
        if each.membership_id is not None
    )


def _open(session: Session, actor: Actor, proposal_id: UUID) -> ProtectionProposal:
    proposal = tenancy.get(session, actor, ProtectionProposal, proposal_id, lock=True)
    if proposal.state != ProposalState.OPEN:
        raise Conflict(Message("This does not wait any more."))
    return proposal


def _close(session: Session, actor: Actor, proposal: ProtectionProposal, state: ProposalState) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, _person(actor), clock.now()
    session.add(proposal)
    _note(session, actor, proposal, "protection:decided", outcome=state.value)


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def _note(session: Session, actor: Actor, proposal: ProtectionProposal, action: str, **facts: str) -> None:
    session.flush()
    facts["kind"] = proposal.kind
    audit.record(session, actor, action, subject=str(proposal.id), account_id=proposal.account_id, **facts)
    db.announce(session, News(proposal.account_id, "protection"))
