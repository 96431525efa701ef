"""Which orders there are: who orders when, and the rows of them."""

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

FIRST_CHUNK, CHUNK = 2000, 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How many orders, ending when, and the numbers that are taken already."""

    orders: int
    now: datetime
    last: Mapping[str, int]
    staff: Mapping[str, str]
    """Ids of the bureau's people, by role."""

    def chunks(self) -> Iterator[Made]:
        """The rows of all orders, some thousand at a time."""
        calendar, numbers = Calendar(self.now), Numbers(self.last)
        orders = _Orders(self.orders, calendar, numbers)
        for start, end in self.bounds():
            chunk = Chunk(calendar, numbers, self.staff)
            for planned in orders.between(start, end):
                chunk.add(planned)
            yield chunk.closed()

    def bounds(self) -> Iterator[tuple[int, int]]:
        """Where chunks begin and end: the first is small, so that writing begins soon."""
        start = 0
        while start < self.orders:
            end = min(start + (CHUNK if start else FIRST_CHUNK), self.orders)
            yield start, end
            start = end


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
