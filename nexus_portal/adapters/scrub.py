"""Making deleted bytes leave the files of a database, where deleting alone leaves them readable."""

import logging
import sqlite3
import time
from collections.abc import Sequence

from sqlalchemy import Engine

from nexus_portal.domain.errors import Unavailable

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.02


def scrub(engine: Engine, tables: Sequence[str]) -> None:
    """Remove what the tables have deleted from the files: SQLite's `-wal`, PostgreSQL's dead rows.

    Raises:
        Unavailable: readers or another checkpoint stood in the way for 15 seconds; call it again later.
    """
    if engine.dialect.name == "sqlite":
        _empty_wal(engine)
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                # Cutting off the empty end of a table would wait seconds for everybody who uses it.
                connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) {table}")


def _empty_wal(engine: Engine) -> None:
    # secure_delete has zeroed the pages; the log still holds them as they were until it is cut to nothing.
    give_up = time.monotonic() + PATIENCE_SECONDS
    connection = engine.raw_connection()
    try:
        while not _truncated(connection.cursor()):
            if time.monotonic() > give_up:
                log.warning("readers keep the write-ahead log from being emptied")
                raise Unavailable
            time.sleep(_PAUSE_SECONDS)
    finally:
        connection.close()


def _truncated(cursor: object) -> bool:
    assert isinstance(cursor, sqlite3.Cursor)  # noqa: S101 - for the type checker
    try:
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy
