"""What all tests share: a real database of each kind, a clock that stands still, a world to act in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from nexus_portal import settings
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters import db, schema, sealing
from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from tests.world import Clock, World

POSTGRESQL = os.environ.get("NEXUS_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
APP_ROLE = "nexus_app"
"""Superusers are not held by row-level security, so the tests connect as somebody who is not one."""


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
    """The URL of an empty PostgreSQL database with our schema, for this test process alone."""
    name = f"nexus_test_{os.getpid()}"
    with _postgresql_server() as server:
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,)).fetchone():
            try:
                server.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")  # pyright: ignore[reportArgumentType]
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                pass  # another test process was faster
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType]
        server.execute(f"CREATE DATABASE {name} OWNER {APP_ROLE}")  # pyright: ignore[reportArgumentType]
        info = server.info
        url = f"postgresql+psycopg://{APP_ROLE}@{info.host}:{info.port}/{name}"
        schema.upgrade(url)
        yield url
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, installation: Path) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL, in use by the portal for this test."""
    if request.param == "sqlite":
        path = installation / "portal.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        fresh = Database(f"sqlite:///{path}")
    else:
        fresh = Database(request.getfixturevalue("migrated_postgresql"))
        _empty(fresh)
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
            "No PostgreSQL answers at NEXUS_TEST_POSTGRESQL or 127.0.0.1:5432: its half of the tests is skipped."
        )


def _empty(database: Database) -> None:
    with database.transaction(SYSTEM) as session:
        tables = session.execute(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
        ).scalars()
        session.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
