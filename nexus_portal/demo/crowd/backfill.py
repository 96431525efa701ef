"""Bringing what is committed from SQLite's log into the database file, while more is written."""

from threading import Thread

from sqlalchemy import Engine

BESIDE = 4
"""After so many times beside the writing comes one alone: only then the log begins anew."""


class Backfill:
    """Does nothing on PostgreSQL, whose server does the like by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._needed = engine.dialect.name == "sqlite"
        self._running: Thread | None = None
        self._times = 0

    def after_commit(self) -> None:
        """Begin with what was just committed; what was begun before is done when this returns."""
        if not self._needed:
            return
        self.wait()
        self._running = Thread(target=self._run, name="backfill", daemon=True)
        self._running.start()
        self._times += 1
        if self._times % (BESIDE + 1) == 0:
            self.wait()

    def wait(self) -> None:
        """Until all that was begun is done."""
        if self._running is not None:
            self._running.join()
            self._running = None

    def _run(self) -> None:
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
