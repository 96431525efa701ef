"""Kinds of personal data, and how long each is kept [R6]."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from nexus_portal.domain.field_definitions import FieldDefinition, RetentionClass

MOST_DAYS = 3650
"""Longer than ten years nothing is kept by a number of days."""


class RetentionPolicy(StrEnum):
    """When the personal data of a card goes by itself [R6]."""

    IMMEDIATE = "immediate"
    DAYS = "days"
    WARRANTY = "warranty"
    """At the end of the warranty, which is agreed with the account."""


BITS = {
    RetentionClass.NAME: 1,
    RetentionClass.PERSONAL_NUMBER: 2,
    RetentionClass.PHOTO: 4,
    RetentionClass.ADDRESS: 8,
    RetentionClass.CARD_NUMBER: 16,
    RetentionClass.OTHER: 32,
}
"""A set of kinds as one number, so that an index holds it. Never renumbered: records carry it."""


def mask_of(kinds: Iterable[RetentionClass]) -> int:
    """A set of kinds as a number."""
    return sum(BITS[kind] for kind in set(kinds))


def kinds_of(mask: int) -> frozenset[RetentionClass]:
    """The kinds that a number stands for."""
    return frozenset(kind for kind, bit in BITS.items() if mask & bit)


def mask_of_fields(
    keys: Iterable[str], definitions: Iterable[FieldDefinition], *, photo: bool = False
) -> int:
    """The kinds of the fields that are held, and of a photo; what no layout knows is of the kind `other`."""
    classes = {definition.key: definition.retention for definition in definitions}
    held = {classes.get(key, RetentionClass.OTHER) for key in keys}
    return mask_of(held | {RetentionClass.PHOTO} if photo else held)


@dataclass(frozen=True, slots=True)
class Rule:
    """When data goes, counted from delivery. `days` belongs to `RetentionPolicy.DAYS` alone."""

    policy: RetentionPolicy
    days: int = 0

    def lasts(self, warranty_days: int) -> int:
        """For how many days the data stays after delivery."""
        match self.policy:
            case RetentionPolicy.IMMEDIATE:
                return 0
            case RetentionPolicy.DAYS:
                return self.days
            case RetentionPolicy.WARRANTY:
                return warranty_days


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule of an account for all kinds, and those of the kinds that have one of their own.

    A day is 24 hours of UTC: neither summer time nor a leap day makes one longer.
    """

    default: Rule
    own: Mapping[RetentionClass, Rule] = field(default_factory=dict[RetentionClass, Rule])
    warranty_days: int = 0

    def of(self, kind: RetentionClass) -> Rule:
        """What holds for a kind."""
        return self.own.get(kind, self.default)

    def lasts(self, kind: RetentionClass) -> int:
        """For how many days a kind stays after delivery."""
        return self.of(kind).lasts(self.warranty_days)

    def due(self, mask: int, delivered_at: datetime, now: datetime) -> int:
        """The kinds among those held whose time is over; a record that holds nothing counts as `other`."""
        return mask_of(
            kind for kind in _counted(mask) if delivered_at + timedelta(days=self.lasts(kind)) <= now
        )

    def shortest(self, mask: int) -> int:
        """After how many days from delivery the first of what is held goes."""
        return min(map(self.lasts, _counted(mask)))

    def longest(self, mask: int) -> int:
        """After how many days from delivery the last of what is held goes."""
        return max(map(self.lasts, _counted(mask)))

    def first(self, mask: int, delivered_at: datetime) -> datetime:
        """When the first of what is held goes."""
        return delivered_at + timedelta(days=self.shortest(mask))

    def last(self, mask: int, delivered_at: datetime) -> datetime:
        """When the last of what is held goes, and with it the record."""
        return delivered_at + timedelta(days=self.longest(mask))


def counted_mask(mask: int) -> int:
    """What retention counts of a record: one that holds nothing counts as `other`."""
    return mask or BITS[RetentionClass.OTHER]


def _counted(mask: int) -> frozenset[RetentionClass]:
    return kinds_of(counted_mask(mask))
