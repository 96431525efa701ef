"""The schema of a database: which revision it has, and how it comes to ours.

All steps to the newest revision happen in one transaction, on SQLite too: a migration that fails or is
interrupted leaves the database as it was. Two processes that migrate at once do it one after the other.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from nexus_portal.adapters.db import Database

HEAD = "head"
_LOCK = 4_172_065_113
"""Number of the advisory lock on PostgreSQL; any would do, as long as it stays the same."""


def upgrade(url: str, to: str = HEAD) -> list[str]:
    """Bring a database forward, from empty or from any earlier revision; gives the revisions applied."""
    file = _sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _connection(url) as connection:
        before = _revision(connection)
        command.upgrade(_config(connection), to)
        after = _revision(connection)
        if file is not None and before != after:
            _check_references(connection)
    steps = _script().iterate_revisions(after, before)
    return [step.revision for step in steps][::-1]


def revision(url: str) -> str | None:
    """The revision of a database; nothing for one that was never migrated."""
    file = _sqlite_file(url)
    if file is not None and not file.exists():
        return None  # connecting would make the file
    with _connection(url, writes=False) as connection:
        return _revision(connection)


def head() -> str:
    """The revision that this release of the portal needs."""
    return _script().get_current_head() or ""


def revisions() -> list[str]:
    """Every revision there is, the first one first."""
    return [step.revision for step in _script().walk_revisions()][::-1]


def is_empty(url: str) -> bool:
    """True when nobody has put an account into this database yet."""
    if revision(url) is None:
        return True
    with _connection(url, writes=False) as connection:
        return connection.execute(text("SELECT 1 FROM accounts LIMIT 1")).first() is None


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


@contextmanager
def _connection(url: str, *, writes: bool = True) -> Generator[Connection]:
    database = Database(url)
    try:
        with database.engine.connect() as plain:
            if database.is_sqlite:
                _let_tables_be_rebuilt(plain)
            connection = plain.execution_options(nexus_writes=writes)
            with connection.begin():
                if not database.is_sqlite:
                    _prepare_postgresql(connection, writes=writes)
                yield connection
    finally:
        database.dispose()


def _let_tables_be_rebuilt(connection: Connection) -> None:
    """SQLite changes a column by copying its table: what refers to it would stand in the way meanwhile."""
    plain: Any = connection.connection.dbapi_connection
    plain.execute("PRAGMA foreign_keys=OFF")


def _prepare_postgresql(connection: Connection, *, writes: bool) -> None:
    if writes:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("SELECT set_config('nexus.scope', 'system', true)"))


def _check_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        message = f"a row of {broken[0]} refers to one of {broken[2]} that is not there"
        raise RuntimeError(message)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "nexus_portal:migrations")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
