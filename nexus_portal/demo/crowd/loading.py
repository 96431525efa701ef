"""Loading rows in bulk: plain tuples, one prepared statement per table, every index and key in force."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from nexus_portal.demo.crowd.tables import Row, Table


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
