"""The moves of the crowd's orders: what their timelines show."""

from collections.abc import Iterator
from dataclasses import dataclass

from nexus_portal.demo.crowd.lives import DAY, STAGE, Life, Way
from nexus_portal.demo.crowd.outcome import Outcome, outcome
from nexus_portal.domain.permissions import Role

_MAKER, _SENDER = Role.PRODUCTION_OPERATOR, Role.SHIPPING
_BY_STEP = (Role.ORDERER, Role.ORDER_DESK, *(_MAKER,) * 5, *(_SENDER,) * 3)
"""Who brings an order to each step."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an order, or of the card item at `position` (0 for the order itself)."""

    at: int
    position: int
    axis: str
    start: str
    end: str
    role: Role
    reason: str = ""


def of_order(life: Life, age: int) -> Iterator[Move]:
    """The moves of an order on its axes up to this age, the oldest first."""
    before = outcome(life, -1)
    for moment in sorted(_turns(life)):
        if moment > age:
            return
        after = outcome(life, moment)
        yield from _differences(life, moment, before, after)
        before = after


def of_items(life: Life, age: int) -> Iterator[Move]:
    """The moves of its card items up to this age."""
    for position in range(1, life.cards + 1):
        marks = life.late if position == life.cards else life.marks
        for step in range(1, outcome(life, age).late if position == life.cards else outcome(life, age).done):
            yield Move(marks[step], position, "stage", STAGE[step], STAGE[step + 1], _BY_STEP[step])


def _turns(life: Life) -> set[int]:
    turns = {*life.marks, *life.late, life.invoiced, life.paid, life.closed}
    if life.way in {Way.REJECTED, Way.HELD}:
        turns |= {life.marks[0] + DAY, life.marks[1] - DAY}
    return turns


def _differences(life: Life, moment: int, before: Outcome, after: Outcome) -> Iterator[Move]:
    if before.fulfilment is not after.fulfilment:
        role = _BY_STEP[life.marks.index(moment)] if moment in life.marks else Role.ORDER_DESK
        if life.way is Way.CANCELLED:
            role = Role.ORDERER
        yield Move(moment, 0, "fulfilment", before.fulfilment, after.fulfilment, role, after.reason)
    if before.billing is not after.billing:
        yield Move(moment, 0, "billing", before.billing, after.billing, Role.BILLING)
