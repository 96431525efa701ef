"""Which orders there are: who orders when, and the rows of them, made in a process of their own."""

import pickle
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nexus_portal.demo import derived
from nexus_portal.demo.crowd import customers, lives
from nexus_portal.demo.crowd.calendar import Calendar
from nexus_portal.demo.crowd.chunk import Chunk, Made, Planned
from nexus_portal.demo.crowd.numbers import Numbers
from nexus_portal.domain.numbers import YEAR

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How many orders, ending when, and the numbers that are taken already."""

    orders: int
    now: datetime
    last: Mapping[str, int]
    staff: Mapping[str, str]
    """Ids of the bureau's people, by role."""

    def chunks(self) -> Iterator[Made]:
        """The rows of all orders, some thousand at a time; many are made on another core."""
        return _made_here(self) if self.orders <= CHUNK else _made_beside(self)


def _made_beside(plan: Plan) -> Iterator[Made]:
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as maker:  # noqa: S603 - our own
        assert maker.stdin  # noqa: S101 - it was asked for
        assert maker.stdout  # noqa: S101
        try:
            maker.stdin.write(pickle.dumps(plan))
            maker.stdin.close()
            for _ in range(0, plan.orders, CHUNK):
                yield pickle.load(maker.stdout)  # noqa: S301 - made by ourselves
        finally:
            maker.kill()


def main() -> None:
    """Make the rows of the plan on standard input, for the process that writes them."""
    plan = pickle.load(sys.stdin.buffer)  # noqa: S301 - made by ourselves
    for made in _made_here(plan):
        pickle.dump(made, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


def _made_here(plan: Plan) -> Iterator[Made]:
    calendar, numbers = Calendar(plan.now), Numbers(plan.last)
    orders = _Orders(plan.orders, calendar, numbers)
    for start in range(0, plan.orders, CHUNK):
        chunk = Chunk(calendar, numbers, plan.staff)
        for planned in orders.between(start, min(start + CHUNK, plan.orders)):
            chunk.add(planned)
        yield chunk.closed()


class _Orders:
    """Who orders when."""

    def __init__(self, orders: int, calendar: Calendar, numbers: Numbers) -> None:
        self._total, self._calendar, self._numbers = orders, calendar, numbers
        self._dice = derived.dice("plan", str(orders))
        self._lives, self._customers, self._shares = lives.lives(), customers.customers(), customers.shares()

    def between(self, start: int, end: int) -> list[Planned]:
        """Some of the orders, numbered by time; then by customer, so that each index grows in few places."""
        self._numbers.stand_at(self._calendar.begun(start / self._total))
        planned = [self._order(place / self._total) for place in range(start, end)]
        return sorted(planned, key=lambda order: order.customer.number)

    def _order(self, place: float) -> Planned:
        begun = self._calendar.begun(place)
        year = self._calendar.year(begun)
        chosen = bisect_right(self._shares, self._dice.randrange(self._shares[-1]))
        life = self._lives[self._dice.getrandbits(12)]
        return Planned(self._customers[chosen], year * YEAR + self._numbers.serial(year), begun, life)


if __name__ == "__main__":
    main()
