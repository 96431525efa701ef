"""Bringing what is committed from SQLite's log into the database file, while more is written."""

from threading import Thread

from sqlalchemy import Engine
from sqlmodel import Session

BESIDE = 4
"""After so many times beside the writing comes one alone: only then the log begins anew."""
_USUAL_PAGES = 1000


class Backfill:
    """Does nothing on PostgreSQL, whose server does the like by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._needed = engine.dialect.name == "sqlite"
        self._running: Thread | None = None
        self._times = 0

    def take_over(self, session: Session) -> None:
        """From now on the commits of this session's connection leave it to us."""
        if self._needed:
            session.connection().exec_driver_sql("PRAGMA wal_autocheckpoint=0")

    def after_commit(self) -> None:
        """Begin with what was just committed; what was begun before is done when this returns."""
        if not self._needed:
            return
        self._wait()
        self._running = Thread(target=self._run, name="backfill", daemon=True)
        self._running.start()
        self._times += 1
        if self._times % (BESIDE + 1) == 0:
            self._wait()

    def finish(self, session: Session) -> None:
        """Do the rest, and leave the connection as it was."""
        if self._needed:
            self._wait()
            session.connection().exec_driver_sql(f"PRAGMA wal_autocheckpoint={_USUAL_PAGES}")

    def _wait(self) -> None:
        if self._running is not None:
            self._running.join()
            self._running = None

    def _run(self) -> None:
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
