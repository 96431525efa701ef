"""Spreading orders over the crowd."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.db import Database
from nexus_portal.demo import cast
from nexus_portal.demo.crowd import beside, moving_in, series
from nexus_portal.demo.crowd.calendar import Calendar
from nexus_portal.demo.crowd.loading import bulk_database
from nexus_portal.demo.crowd.plan import Plan
from nexus_portal.demo.crowd.writer import Writer
from nexus_portal.domain.actor import SYSTEM

Advanced = Callable[[int, int], None]
"""Told how many of how many orders are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What was written, and in how many seconds, keys and all."""

    orders: int
    items: int
    persons: int
    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Orders a second."""
        return self.orders / self.seconds if self.seconds else 0


def spread(orders: int, advanced: Advanced = lambda _done, _total: None) -> Spread:
    """Give the fifty customers this many orders over the last three years, about three cards each.

    The demo must be there, and the crowd not yet.
    """
    began, now = time.perf_counter(), clock.now()
    with bulk_database(db.current().url) as database:
        writer = _written(database, orders, now, advanced)
    return Spread(
        orders=writer.orders,
        items=writer.items,
        persons=len(writer.holders),
        rows=writer.rows,
        seconds=time.perf_counter() - began,
    )


def _written(database: Database, orders: int, now: datetime, advanced: Advanced) -> Writer:
    with database.transaction(SYSTEM) as session:
        moving_in.move_in(session, Calendar(now).beginning)
        taken = series.taken(session)
    staff = {member.role.value: cast.user_id(member.email).hex for member in cast.BUREAU.members}
    writer = Writer(database)
    for chunk in beside.chunks(Plan(orders, now, taken, staff)):
        writer.write(chunk)
        advanced(writer.orders, orders)
    writer.write_the_rest()
    return writer
