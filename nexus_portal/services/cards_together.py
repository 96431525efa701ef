"""Blocking or ending several cards of the register at once, for one reason: all of them or none."""

from collections.abc import Sequence

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.lifecycles import BlockReason, CardStatus
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.services import cards, tenancy
from nexus_portal.services.use_case import use_case

MOST = 100


@use_case(Permission.CARDS_BLOCK)
def block_many(session: Session, actor: Actor, *, numbers: Sequence[str], reason: str) -> int:
    """Write down that cards are blocked; returns how many. This closes no door [R8].

    Raises:
        Invalid: there is no such reason, or none or more than 100 cards are named.
        NotFound: one of them is none of the actor's.
        Conflict: one of them is not in use; then none is blocked.
    """
    if reason not in set(BlockReason):
        raise Invalid(Message("Choose why the card is blocked."))
    found = _chosen(session, actor, numbers)
    cards.change(session, actor, found, CardStatus.BLOCKED, "card:blocked", block_reason=reason)
    return len(found)


@use_case(Permission.CARDS_BLOCK)
def terminate_many(session: Session, actor: Actor, *, numbers: Sequence[str]) -> int:
    """End cards for good; returns how many. This closes no door either; see `block_many` for refusals."""
    found = _chosen(session, actor, numbers)
    cards.change(session, actor, found, CardStatus.TERMINATED, "card:terminated")
    return len(found)


def _chosen(session: Session, actor: Actor, numbers: Sequence[str]) -> Sequence[Card]:
    wanted = set(numbers)
    if not 1 <= len(wanted) <= MOST:
        raise Invalid(Message("Choose 1 to {most} cards.", most=MOST))
    found = session.exec(tenancy.rows_of(actor, Card).where(col(Card.number).in_(wanted))).all()
    if len(found) != len(wanted):
        raise NotFound
    return found
