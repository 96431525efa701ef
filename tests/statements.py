"""Counting the statements that a piece of work sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from nexus_portal.adapters.db import Database

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT set_config")
"""What every transaction has, whatever it does."""


@contextmanager
def sent(database: Database) -> Iterator[list[str]]:
    """The statements that a block sends, without those that only frame a transaction."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(FRAME):
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
