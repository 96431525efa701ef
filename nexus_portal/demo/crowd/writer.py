"""Writing the crowd's rows into the database, a transaction for some thousand orders."""

from collections.abc import Mapping, Sequence

from nexus_portal.adapters.db import Database
from nexus_portal.demo.crowd import tables
from nexus_portal.demo.crowd.backfill import Backfill
from nexus_portal.demo.crowd.chunk import Holder, Made
from nexus_portal.demo.crowd.loading import load
from nexus_portal.demo.crowd.persons import person_rows
from nexus_portal.demo.crowd.series import write_back
from nexus_portal.demo.crowd.tables import Row
from nexus_portal.domain.actor import SYSTEM


class Writer:
    """Writes chunks as they come, and at the end what wants to be in the order of time over all of them."""

    def __init__(self, database: Database) -> None:
        self.orders = self.items = self.rows = 0
        self.holders: list[Holder] = []
        self._moves: list[Row] = []
        self._database = database
        self._backfill = Backfill(database.engine)

    def write(self, chunk: Made) -> None:
        """All rows of a chunk but its moves and persons, which wait."""
        self._write(chunk.rows, chunk.last)
        self.orders += chunk.orders
        self.items += chunk.items
        self.holders += chunk.holders
        self._moves += chunk.moves

    def write_the_rest(self) -> None:
        """The moves in the order of their time, whoever's they are, and the persons."""
        self._moves.sort(key=lambda move: move[6])
        self._write({tables.TRANSITIONS.name: self._moves})
        for rows in person_rows(self.holders):
            self._write(rows)
        self._backfill.wait()

    def _write(self, rows: Mapping[str, Sequence[Row]], last: Mapping[str, int] | None = None) -> None:
        with self._database.transaction(SYSTEM) as session:
            for table in tables.IN_ORDER:
                if rows.get(table.name):
                    load(session, table, rows[table.name])
                    self.rows += len(rows[table.name])
            if last:
                write_back(session, last)
        self._backfill.after_commit()
