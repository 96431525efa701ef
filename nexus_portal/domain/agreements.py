"""Until when a version of the data processing agreement has to be accepted [R13]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

NOTICE = timedelta(days=30)
"""So long every customer has for a new version, from the day on which this portal first offered it."""


class Standing(StrEnum):
    """How a customer stands to the agreement."""

    NONE = "none"
    """Nothing is offered: nothing is asked."""
    ACCEPTED = "accepted"
    ASKED = "asked"
    """A version waits to be accepted; orders go on until its day."""
    STOPPED = "stopped"
    """Nothing is ordered until it is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A version that this portal offers to its customers, and when one of them accepted it."""

    version: str
    required_from: date
    """What the text says; a version that came here late is required later."""
    offered_at: datetime
    accepted_at: datetime | None = None

    @property
    def due(self) -> date:
        """The day from which it has to be accepted."""
        return max(self.required_from, (self.offered_at + NOTICE).date())


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a customer stands: the newest version, the newest that was accepted, and the day that counts."""

    standing: Standing
    current: str = ""
    accepted: str = ""
    accepted_at: datetime | None = None
    due: date | None = None
    """The day from which nothing can be ordered; none where nothing waits, or where it is so at once."""


def situation(offers: Sequence[Offer], *, customer_since: datetime, today: date) -> Situation:
    """Where a customer stands to the versions, the oldest first.

    A new customer accepts before the first order. Whoever accepted an earlier version, or was a customer
    before there was any, has until the first day on which one of the newer ones is required.
    """
    if not offers:
        return Situation(standing=Standing.NONE)
    current = offers[-1].version
    last = max((place for place, offer in enumerate(offers) if offer.accepted_at), default=None)
    if last is None and customer_since >= offers[0].offered_at:
        return Situation(standing=Standing.STOPPED, current=current)
    waiting = offers if last is None else offers[last + 1 :]
    accepted = "" if last is None else offers[last].version
    accepted_at = None if last is None else offers[last].accepted_at
    if not waiting:
        return Situation(
            standing=Standing.ACCEPTED, current=current, accepted=accepted, accepted_at=accepted_at
        )
    due = min(offer.due for offer in waiting)
    return Situation(
        standing=Standing.ASKED if today < due else Standing.STOPPED,
        current=current,
        accepted=accepted,
        accepted_at=accepted_at,
        due=due,
    )
