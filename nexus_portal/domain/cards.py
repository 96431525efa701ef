"""What may become of an issued card, and what blocking one does and does not do."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from nexus_portal.domain.lifecycles import CardStatus
from nexus_portal.domain.text import Message

C = CardStatus

CARD_MOVES: Mapping[CardStatus, frozenset[CardStatus]] = {
    C.ISSUED: frozenset({C.ACTIVE, C.BLOCKED, C.TERMINATED, C.EXPIRED, C.REPLACED, C.VOID}),
    C.ACTIVE: frozenset({C.BLOCKED, C.TERMINATED, C.EXPIRED, C.REPLACED}),
    C.BLOCKED: frozenset({C.ACTIVE, C.TERMINATED, C.EXPIRED, C.REPLACED}),
    C.TERMINATED: frozenset(),
    C.EXPIRED: frozenset(),
    C.REPLACED: frozenset(),
    C.VOID: frozenset(),
}

VALID_YEARS = 5
KEPT_BLOCKED = timedelta(days=90)
"""A card that stays blocked this long is deleted with its holder record [R9]."""

WARNED_AFTER = timedelta(days=83)
"""When people are told that such a card is deleted soon."""

CLOSES_NO_DOOR = Message(
    "Blocking here closes no door. Block the card in your own access systems at your premises as well."
)
"""Said wherever a card is blocked [R8]."""


def valid_until(issued: date) -> date:
    """The last day of a card issued on this day; from 29 February it is 28 February."""
    try:
        return issued.replace(year=issued.year + VALID_YEARS)
    except ValueError:
        return issued.replace(year=issued.year + VALID_YEARS, day=28)


def deleted_on(status: CardStatus, status_changed_at: datetime) -> date | None:
    """The day on which a blocked card is deleted if its status stays; None for cards that are not blocked."""
    return (status_changed_at + KEPT_BLOCKED).date() if status is C.BLOCKED else None
