"""When the parts of a person's data go, and by which rule: the countdown of every order and card."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.retention import RetentionPolicy, Rules, counted_mask, kinds_of

ORDER = tuple(RetentionClass)
"""The order in which kinds are named."""


@dataclass(frozen=True, slots=True)
class Part:
    """Kinds that go together. `day` is none while the clock has not begun; `days` count from delivery."""

    kinds: tuple[RetentionClass, ...]
    gone: bool
    day: date | None
    policy: RetentionPolicy
    days: int


def parts(
    rules: Rules, *, held: int, required: int, delivered_at: datetime | None, now: datetime
) -> tuple[Part, ...]:
    """What went and what goes of one record: what is gone first, then the first to go.

    `held` and `required` are masks of kinds: what the record has, and what its layout demands. What was
    demanded, is not held and had its time is gone; what was never entered is left out.
    """
    kept = kinds_of(counted_mask(held))
    over = kinds_of(rules.due(required, delivered_at, now) if delivered_at and required else 0)
    grouped: defaultdict[tuple[int, RetentionPolicy, bool], list[RetentionClass]] = defaultdict(list)
    for kind in ORDER:
        if kind in kept or kind in over:
            grouped[rules.lasts(kind), rules.of(kind).policy, kind not in kept].append(kind)
    return tuple(
        Part(
            tuple(kinds),
            gone,
            (delivered_at + timedelta(days=days)).date() if delivered_at else None,
            policy,
            days,
        )
        for (days, policy, gone), kinds in sorted(
            grouped.items(), key=lambda each: (not each[0][2], each[0][0])
        )
    )


def days_until(found: Iterable[Part], today: date) -> int:
    """Whole days until the last of it goes, never below 0; -1 while nothing is delivered."""
    days = [(part.day - today).days for part in found if part.day is not None and not part.gone]
    return max(0, *days) if days else -1
