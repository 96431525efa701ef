"""Loading rows in bulk: plain tuples, one prepared statement per table, every index in its place."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from nexus_portal.adapters.db import Database
from nexus_portal.demo.crowd.tables import Row, Table

_IN_BULK = (
    # Rows name only what was made with them; PostgreSQL, and a test, look at each reference.
    "foreign_keys=OFF",
    "wal_autocheckpoint=0",
    "cache_size=-262144",
)


@contextmanager
def bulk_database(url: str) -> Generator[Database]:
    """The same database by connections of its own for writing much at once; nothing of that outlives them."""
    database = Database(url)
    if database.is_sqlite:

        @event.listens_for(database.engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            for pragma in _IN_BULK:
                connection.execute(f"PRAGMA {pragma}")

    try:
        yield database
    finally:
        database.dispose()


def load(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows through the session's connection, in its transaction."""
    connection: Any = session.connection().connection.driver_connection
    if session.connection().dialect.name == "sqlite":
        values = ", ".join("?" * len(table.columns.split()))
        connection.executemany(table.insert(f"VALUES ({table.with_same(values)})"), rows)
        return
    with connection.cursor() as cursor:
        # Times come without a zone and mean UTC, as SQLite keeps them.
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        # COPY refuses tables with row-level security, so the rows come by way of a table without.
        cursor.execute(f"CREATE TEMP TABLE loading AS {table.select()} WITH NO DATA")
        with cursor.copy("COPY loading FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(table.insert(table.select("loading", with_same=True)))
        cursor.execute("DROP TABLE loading")
