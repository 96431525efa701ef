"""How long the orders of the crowd take, and which of them take another way."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random

from nexus_portal.demo import derived
from nexus_portal.domain.lifecycles import Fulfilment, Stage

HOUR, DAY = 3600, 86400
KEPT = 30 * DAY
"""Personal data goes so long after delivery, or after cancelling."""

LIVES = 4096
_STEPS = (
    # submitted, accepted, batched, encoding, printing, quality control, produced, packed, shipped, delivered
    (HOUR // 6, 8 * HOUR), (2 * HOUR, 2 * DAY), (4 * HOUR, 2 * DAY), (HOUR, 5 * HOUR), (HOUR, 5 * HOUR),
    (HOUR, 4 * HOUR), (HOUR, 4 * HOUR), (HOUR, 20 * HOUR), (HOUR, 8 * HOUR), (DAY, 4 * DAY),
)  # fmt: skip
PRODUCED, PACKED, SHIPPED, DELIVERED = 7, 8, 9, 10
"""How many of the steps are done when a card has come there."""

STAGE = (
    Stage.READY, Stage.READY, Stage.QUEUED, Stage.BATCHED, Stage.ENCODING, Stage.PRINTING,
    Stage.QC, Stage.PRODUCED, Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED,
)  # fmt: skip
_MAKING = (Fulfilment.IN_PRODUCTION,) * 4
FULFILMENT = (
    Fulfilment.DRAFT, Fulfilment.SUBMITTED, Fulfilment.ACCEPTED, *_MAKING,
    Fulfilment.PRODUCED, Fulfilment.PRODUCED, Fulfilment.SHIPPED, Fulfilment.DELIVERED,
)  # fmt: skip


class Way(IntEnum):
    """What is out of the ordinary about an order."""

    PLAIN = 0
    CANCELLED = 1
    """The customer takes it back before the bureau accepts it."""
    REJECTED = 2
    """The bureau gives it back once; it is accepted days later."""
    HELD = 3
    SPLIT = 4
    """The last card comes days after the others, in a parcel of its own."""


_WAYS = (Way.CANCELLED,) * 20 + (Way.REJECTED,) * 15 + (Way.HELD,) * 10 + (Way.SPLIT,) * 15
"""Of a thousand orders."""


@dataclass(frozen=True, slots=True)
class Life:
    """One way through the bureau: at how many seconds an order of `cards` comes to each step."""

    way: Way
    cards: int
    marks: tuple[int, ...]
    late: tuple[int, ...]
    """The marks of the last card, later than the others' where the order is split."""
    invoiced: int
    paid: int
    closed: int
    erased: int

    def done(self, age: int) -> int:
        """How many steps are done at this age."""
        return bisect_right(self.marks, age)


def lives() -> Sequence[Life]:
    """The lives that orders are dealt, always the same."""
    dice = derived.dice("lives")
    return [_life(dice) for _ in range(LIVES)]


def _life(dice: Random) -> Life:
    chance = dice.randrange(1000)
    way = _WAYS[chance] if chance < len(_WAYS) else Way.PLAIN
    marks: list[int] = []
    at = 0
    for shortest, longest in _STEPS:
        at += dice.randint(shortest, longest)
        if len(marks) == 1 and way in {Way.REJECTED, Way.HELD}:
            at += 5 * DAY
        marks.append(at)
    split = 6 * DAY if way is Way.SPLIT else 0
    late = (*marks[:3], *(mark + split for mark in marks[3:]))
    invoiced = late[PRODUCED - 1] + dice.randint(DAY, 4 * DAY)
    paid = invoiced + dice.randint(8 * DAY, 35 * DAY)
    end = marks[1] if way is Way.CANCELLED else late[-1]
    cards = 3 + (way is Way.SPLIT) if dice.random() < 0.6 else dice.choice((1, 2, 4, 5))  # noqa: PLR2004 - three as a rule
    return Life(
        way,
        max(cards, 2) if split else cards,
        tuple(marks),
        late,
        invoiced,
        paid,
        max(paid, end + 14 * DAY),
        end + KEPT,
    )
