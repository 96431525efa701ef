"""Where an order of the crowd stands at its age: what its life has come to by now."""

from dataclasses import dataclass
from functools import cache

from nexus_portal.demo.crowd.lives import DAY, DELIVERED, FULFILMENT, PRODUCED, SHIPPED, STAGE, Life, Way
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, derive_fulfilment

_REASON = {
    Way.REJECTED: "The list names a department that the layout does not know.",
    Way.HELD: "The layout is being changed. A new version is on its way.",
}
_BACK = {Way.REJECTED: Fulfilment.REJECTED, Way.HELD: Fulfilment.ON_HOLD}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An order's axes and counts. `done` counts the steps of its cards, `late` those of the last card."""

    fulfilment: Fulfilment
    billing: Billing
    personal_data: PersonalData
    reason: str
    produced: int
    shipped: int
    delivered: int
    done: int
    late: int
    changed: int
    """Seconds after its beginning."""

    @property
    def all_delivered(self) -> bool:
        """True once every card has arrived."""
        return self.late == DELIVERED


def outcome(life: Life, age: int) -> Outcome:
    """Where an order with this life stands at this age in seconds."""
    return _at_the_end(life) if age >= max(life.erased, life.closed) else _under_way(life, age)


@cache
def _at_the_end(life: Life) -> Outcome:
    return _under_way(life, max(life.erased, life.closed))


def _under_way(life: Life, age: int) -> Outcome:
    cancelled = life.way is Way.CANCELLED and age >= life.marks[1]
    done = min(life.done(age), 1) if life.way is Way.CANCELLED else life.done(age)
    late = min(done, sum(mark <= age for mark in life.late))
    fulfilment, reason = _fulfilment(life, age, done, late)
    gone = age >= life.erased and (cancelled or late == DELIVERED)
    return Outcome(
        fulfilment,
        _billing(life, age, cancelled=cancelled),
        PersonalData.ERASED if gone else PersonalData.FULL,
        reason,
        produced=_count(life, done, late, PRODUCED),
        shipped=_count(life, done, late, SHIPPED),
        delivered=_count(life, done, late, DELIVERED),
        done=done,
        late=late,
        changed=max((moment for moment in _moments(life) if moment <= age), default=0),
    )


def _fulfilment(life: Life, age: int, done: int, late: int) -> tuple[Fulfilment, str]:
    if life.way is Way.CANCELLED and age >= life.marks[1]:
        return Fulfilment.CANCELLED, ""
    if done == 1 and life.way in _BACK and life.marks[0] + DAY <= age < life.marks[1] - DAY:
        return _BACK[life.way], _REASON[life.way]
    if late == DELIVERED and age >= life.closed:
        return Fulfilment.CLOSED, ""
    if done != late:
        return derive_fulfilment([*[STAGE[done]] * (life.cards - 1), STAGE[late]]), ""
    return FULFILMENT[done], ""


def _billing(life: Life, age: int, *, cancelled: bool) -> Billing:
    if cancelled:
        return Billing.NOT_BILLABLE
    if life.way is Way.CANCELLED or age < life.invoiced:
        return Billing.UNBILLED
    return Billing.PAID if age >= life.paid else Billing.INVOICED


def _count(life: Life, done: int, late: int, step: int) -> int:
    return (life.cards - 1 if done >= step else 0) + (late >= step)


def _moments(life: Life) -> tuple[int, ...]:
    if life.way is Way.CANCELLED:
        return (*life.marks[:2], life.erased)
    return (*life.marks, *life.late, life.invoiced, life.paid, life.closed, life.erased)
