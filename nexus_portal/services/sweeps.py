"""Work that one worker at a time does by itself: a claim with a lease, which a worker that dies loses."""

import os
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Update, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.base import JsonObject
from nexus_portal.models.privacy import Sweep

LEASE = timedelta(minutes=2)
"""Longer than any part of the work between two renewals."""


class Claim:
    """The right of one worker to do a piece of work, for as long as it renews it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.worker = f"{os.getpid()}-{secrets.token_hex(8)}"

    def take(self) -> bool:
        """Whether the work is this worker's now: nobody else does it, or who did has died."""
        now = clock.now()
        with db.current().transaction(SYSTEM) as session:
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            first = dialect.insert(Sweep).values(name=self.name, claimed_by="", outcome={})
            session.connection().execute(first.on_conflict_do_nothing())
            free = col(Sweep.claimed_until).is_(None) | (col(Sweep.claimed_until) < now)
            mine = update(Sweep).where(col(Sweep.name) == self.name, free)
            return _changed(session, mine.values(claimed_until=now + LEASE, claimed_by=self.worker))

    def keep(self, session: Session) -> bool:
        """Renew the claim in this transaction; False when it ended meanwhile and somebody else has it."""
        mine = update(Sweep).where(col(Sweep.name) == self.name, col(Sweep.claimed_by) == self.worker)
        return _changed(session, mine.values(claimed_until=clock.now() + LEASE))

    def give_back(self, outcome: JsonObject | None) -> None:
        """End the claim; `outcome` is what came of work that was done to its end."""
        said = {} if outcome is None else {"finished_at": clock.now(), "outcome": outcome}
        mine = update(Sweep).where(col(Sweep.name) == self.name, col(Sweep.claimed_by) == self.worker)
        with db.current().transaction(SYSTEM) as session:
            _changed(session, mine.values(claimed_until=None, claimed_by="", **said))


def finished_at(session: Session, name: str) -> datetime | None:
    """When the work was done to its end last."""
    row = session.get(Sweep, name)
    return row.finished_at if row else None


def _changed(session: Session, statement: Update) -> bool:
    return session.exec(statement, execution_options={"synchronize_session": False}).rowcount == 1
