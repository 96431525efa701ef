"""Kinds of personal data, and how long each is kept [R6]."""

from collections.abc import Iterable

from nexus_portal.domain.field_definitions import RetentionClass

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
