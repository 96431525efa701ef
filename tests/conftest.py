"""What all tests share: a real database of each kind, a clock that stands still, a world to act in."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from nexus_portal import settings
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters import db, schema, sealing
from nexus_portal.adapters.db import Database
from tests.world import Clock, World

POSTGRESQL = os.environ.get("NEXUS_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
APP_ROLE = "nexus_app"
"""Superusers are not held by row-level security, so the tests connect as somebody who is not one."""


class Emptied:
    """A database that is emptied before each test, past the triggers that keep people from doing so."""

    def __init__(self, url: str, owner: psycopg.Connection) -> None:
        self.url = url
        self._owner = owner
        owner.execute("SET session_replication_role = replica")
        tables = owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        self._delete = "; ".join(f"DELETE FROM {table}" for (table,) in tables)

    def empty(self) -> None:
        """Delete every row; faster than TRUNCATE while there are few."""
        self._owner.execute(self._delete)  # pyright: ignore[reportArgumentType]


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of its own for each test, with a master key."""
    for name in [name for name in os.environ if name.startswith("NEXUS_")]:
        if name not in {"NEXUS_TEST_POSTGRESQL", "NEXUS_BROWSER"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(tmp_path / "data"))
    settings.current.cache_clear()
    (tmp_path / "data").mkdir()
    sealing.ensure()
    yield tmp_path / "data"
    db.use(None)
    settings.current.cache_clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, standing still at noon until the test moves it."""
    standing = Clock()
    monkeypatch.setattr(real_clock, "now", standing.now)
    return standing


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with our schema, to copy."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL database with our schema, for this test process alone."""
    name = f"nexus_test_{os.getpid()}"
    with _postgresql_server() as server:
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            server.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")  # pyright: ignore[reportArgumentType]
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType]
        server.execute(f"CREATE DATABASE {name} OWNER {APP_ROLE}")  # pyright: ignore[reportArgumentType]
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # pyright: ignore[reportArgumentType]
        info = server.info
        url = f"postgresql+psycopg://{APP_ROLE}@{info.host}:{info.port}/{name}"
        schema.upgrade(url)
        yield url
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="session")
def emptied_postgresql(migrated_postgresql: str) -> Iterator[Emptied]:
    """The same database, to be emptied before each test."""
    name = migrated_postgresql.rpartition("/")[2]
    with psycopg.connect(POSTGRESQL, dbname=name, autocommit=True) as owner:
        yield Emptied(migrated_postgresql, owner)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, installation: Path) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL, in use by the portal for this test."""
    if request.param == "sqlite":
        path = installation / "portal.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        fresh = Database(f"sqlite:///{path}")
    else:
        emptied: Emptied = request.getfixturevalue("emptied_postgresql")
        emptied.empty()
        fresh = Database(emptied.url)
    db.use(fresh)
    yield fresh
    db.use(None)
    fresh.dispose()


@pytest.fixture
def world(database: Database, clock: Clock) -> World:
    """People and accounts to act with."""
    return World(database)


def _postgresql_server() -> psycopg.Connection:
    try:
        return psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        if os.environ.get("CI"):
            pytest.fail("No PostgreSQL answers, and CI must test on it: set NEXUS_TEST_POSTGRESQL.")
        pytest.skip(
            "No PostgreSQL at NEXUS_TEST_POSTGRESQL or 127.0.0.1:5432: its half of the tests is skipped."
        )
