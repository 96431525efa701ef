"""Cards that stay blocked for 90 days leave the register with their persons; people are told before [R9].

The time is counted from the last change of status and from nothing else, to the second, in UTC.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.cards import KEPT_BLOCKED, WARNED_AFTER
from nexus_portal.domain.lifecycles import CardStatus
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order, Transition
from nexus_portal.models.people import User
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import audit, erasures_open, holds, outbox, retention_taking, tenancy
from nexus_portal.services.holders_of import people_who_may

AT_ONCE = 300
GONE = "deleted"
"""What the card's way ends with."""


@dataclass(frozen=True, slots=True)
class Due:
    """A card that has been blocked for 90 days, and the card item that it was made of."""

    card_id: UUID
    item_id: UUID
    order_id: UUID
    number: str


def due(
    session: Session, account_id: UUID, now: datetime, *, most: int | None = None, lock: bool = False
) -> list[Due]:
    """Cards of an account that have been blocked for 90 days and that no hold keeps, the longest first."""
    query = (
        select(Card.id, Card.item_id, CardItem.order_id, Card.number)
        .join(CardItem, col(CardItem.id) == col(Card.item_id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(_blocked(account_id), col(Card.status_changed_at) <= now - KEPT_BLOCKED)
        .order_by(col(Card.status_changed_at))
    )
    found = [Due(*row) for row in session.exec(query)]
    held = holds.held_items(session, account_id, [each.item_id for each in found], lock=lock)
    return [each for each in found if each.item_id not in held][:most]


def take(session: Session, account_id: UUID, cards: Sequence[Due], now: datetime) -> tuple[int, list[UUID]]:
    """Take cards out of the register and their persons out of the vault; how many, and the ledger rows.

    A card whose status changed in the last moment stays.
    """
    orders = retention_taking.lock(session, account_id, list({each.order_id for each in cards}))
    # Under the locks it is asked again: a hold, another erasure or a change of status may have come first.
    still = {each.card_id for each in due(session, account_id, now, lock=True)}
    gone = _deleted(session, account_id, [each.card_id for each in cards if each.card_id in still], now)
    chosen = [each for each in cards if each.card_id in gone]
    groups: defaultdict[tuple[UUID, int], list[UUID]] = defaultdict(list)
    for each in chosen:
        groups[each.order_id, 0].extend(())
    for record_id, order_id in _records(session, chosen):
        groups[order_id, 0].append(record_id)
    rule = retention_taking.Rule(account_id, retention_taking.BLOCKED)
    erasures = retention_taking.write(session, orders, groups, now, rule)
    for each in chosen:
        _note(session, account_id, each, now)
    return len(chosen), erasures


def warn(account_id: UUID, now: datetime) -> int:
    """Tell people once of cards that are deleted within a week; gives how many cards."""
    with db.current().transaction(SYSTEM) as session:
        soon = (
            update(Card)
            .where(
                _blocked(account_id),
                col(Card.warned_at).is_(None),
                col(Card.status_changed_at) <= now - WARNED_AFTER,
                col(Card.status_changed_at) > now - KEPT_BLOCKED,
            )
            .values(warned_at=now)
            .returning(col(Card.item_id), col(Card.number))
        )
        # Of several workers one writes the mail: each row changes for one of them only.
        told = session.connection().execute(soon).all()
        if told:
            _tell(session, account_id, dict(told))
        return len(told)


def _blocked(account_id: UUID) -> ColumnElement[bool]:
    return (col(Card.account_id) == account_id) & (col(Card.status) == CardStatus.BLOCKED)


def _deleted(session: Session, account_id: UUID, card_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    if not card_ids:
        return set()
    statement = delete(Card).where(
        col(Card.id).in_(card_ids), _blocked(account_id), col(Card.status_changed_at) <= now - KEPT_BLOCKED
    )
    return set(session.connection().execute(statement.returning(col(Card.id))).scalars())


def _records(session: Session, cards: Sequence[Due]) -> Sequence[tuple[UUID, UUID]]:
    """The records of these cards' persons that no other decision takes already."""
    query = select(HolderRecord.id, HolderRecord.order_id).where(
        col(HolderRecord.item_id).in_([each.item_id for each in cards])
    )
    taken = erasures_open.records_named(session, SYSTEM, {each.order_id for each in cards})
    return [row for row in session.exec(query) if row[0] not in taken]


def _note(session: Session, account_id: UUID, card: Due, now: datetime) -> None:
    session.add(
        Transition(
            account_id=account_id,
            order_id=card.order_id,
            item_id=card.item_id,
            axis="card",
            start=CardStatus.BLOCKED,
            end=GONE,
            at=now,
        )
    )
    audit.record(session, SYSTEM, "card:deleted", subject=card.number, account_id=account_id)
    db.announce(session, News(account_id, "cards", card.number))


def _tell(session: Session, account_id: UUID, cards: dict[UUID, str]) -> None:
    """One mail to each privacy officer with all numbers, to whoever blocked with those that they blocked."""
    told: defaultdict[UUID, set[str]] = defaultdict(set)
    people = {user.id: user for user in people_who_may(session, account_id, Permission.PRIVACY_MANAGE)}
    for user_id in people:
        told[user_id] |= set(cards.values())
    for item_id, user_id in _who_blocked(session, list(cards)).items():
        user = people.get(user_id) or session.get(User, user_id)
        if user is not None:
            people[user_id] = user
            told[user_id].add(cards[item_id])
    for user_id, numbers in told.items():
        _post(session, account_id, people[user_id], sorted(numbers))
    for number in sorted(cards.values()):
        audit.record(session, SYSTEM, "card:deletion-announced", subject=number, account_id=account_id)


def _who_blocked(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    query = (
        tenancy.rows_of(SYSTEM, Transition)
        .where(
            col(Transition.item_id).in_(item_ids),
            Transition.axis == "card",
            Transition.end == CardStatus.BLOCKED,
        )
        .order_by(col(Transition.id))
    )
    return {
        move.item_id: move.actor_id
        for move in session.exec(query)
        if move.item_id is not None and move.actor_id is not None
    }


def _post(session: Session, account_id: UUID, user: User, numbers: Sequence[str]) -> None:
    outbox.post(
        session,
        to=user.email,
        language=user.language,
        subject=Message("Blocked cards will be deleted within a week"),
        body=Message(
            "These cards have been blocked for {days} days:\n\n{numbers}\n\n"
            "Cards that stay blocked for 90 days are deleted from the register, and the personal data on "
            "them is removed for good. To keep a card, change its status before then:\n\n{link}",
            days=WARNED_AFTER.days,
            numbers="\n".join(numbers),
            link=f"{settings.current().base_url}/cards?status=blocked",
        ),
        account_id=account_id,
        kind="blocked",
    )
