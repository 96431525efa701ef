"""What all tests share: a real database of each kind, a clock that stands still, a world to act in."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg.sql import SQL, Identifier
from sqlalchemy import create_engine

from nexus_portal import settings
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters import db, keystore, keystore_db, schema, sealing, signing
from nexus_portal.adapters.db import Database
from tests.world import Clock, World

POSTGRESQL = os.environ.get("NEXUS_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory with a random name is made in it
APP_ROLE = "nexus_app"
"""Superusers are not held by row-level security, so the tests connect as somebody who is not one."""

# An example says what is right, never how fast: a busy machine must not fail one.
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")


def pytest_collection_finish() -> None:
    """What has been imported by now stays: looking for garbage in it takes longer than many a test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Emptied:
    """A database that is emptied before each test, past the triggers that keep people from doing so."""

    def __init__(self, url: str, owner: psycopg.Connection) -> None:
        self.url = url
        self._owner = owner
        owner.execute("SET session_replication_role = replica")
        tables = owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        deletes = "; ".join(f"DELETE FROM {table}" for (table,) in tables)
        # As a function, its plans are kept: forty statements are not parsed anew before each test.
        body = f"'BEGIN {deletes}; END'"
        owner.execute(f"CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS {body}")  # pyright: ignore[reportArgumentType] - own text

    def empty(self) -> None:
        """Delete every row; faster than TRUNCATE while there are few."""
        self._owner.execute("SELECT pg_temp.empty()")


@pytest.fixture(scope="session")
def data_directory() -> Iterator[Path]:
    """Where this test process keeps the data of the test at hand: always the same path, so that the
    engine of its SQLite database outlives the test with all the statements it has compiled; and in
    memory where the machine has such a place, because no test cuts the power."""
    with tempfile.TemporaryDirectory(prefix="nexus-test-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder) / "data"


@pytest.fixture(autouse=True)
def installation(data_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data directory for each test, with a master key."""
    for name in [name for name in os.environ if name.startswith("NEXUS_")]:
        if name not in {"NEXUS_TEST_POSTGRESQL", "NEXUS_BROWSER"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(data_directory))
    settings.current.cache_clear()
    umask = os.umask(0o022)
    shutil.rmtree(data_directory, ignore_errors=True)
    data_directory.mkdir()
    sealing.ensure()
    yield data_directory
    os.umask(umask)
    db.use(None)
    keystore.use(None)
    signing._private.cache_clear()
    sealing._derived.cache_clear()
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
            server.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")  # pyright: ignore[reportArgumentType] - names of our own, made above
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType] - as above
        server.execute(f"CREATE DATABASE {name} OWNER {APP_ROLE}")  # pyright: ignore[reportArgumentType] - as above
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # pyright: ignore[reportArgumentType] - as above
        info = server.info
        url = f"postgresql+psycopg://{APP_ROLE}@{info.host}:{info.port}/{name}"
        schema.upgrade(url)
        yield url
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportArgumentType] - as above


@pytest.fixture(scope="session")
def emptied_postgresql(migrated_postgresql: str) -> Iterator[Emptied]:
    """The same database, to be emptied before each test."""
    name = migrated_postgresql.rpartition("/")[2]
    with psycopg.connect(POSTGRESQL, dbname=name, autocommit=True) as owner:
        yield Emptied(migrated_postgresql, owner)


@pytest.fixture(scope="session")
def postgresql_keystore() -> Iterator[str]:
    """The URL of a PostgreSQL database for a key store, for this test process alone."""
    name = f"nexus_test_keys_{os.getpid()}"
    with _postgresql_server() as server:
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        server.execute(drop)
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        info = server.info
        yield f"postgresql+psycopg://{info.user}@{info.host}:{info.port}/{name}"
        server.execute(drop)


@pytest.fixture
def postgresql_keys(postgresql_keystore: str) -> str:
    """The same without any table in it."""
    engine = create_engine(postgresql_keystore)
    keystore_db.metadata.drop_all(engine)
    engine.dispose()
    return postgresql_keystore


@pytest.fixture(scope="session")
def on_sqlite(data_directory: Path) -> Database:
    """The engine of the SQLite database, whose file is another one in each test."""
    return Database(f"sqlite:///{data_directory / 'portal.db'}")


@pytest.fixture(scope="session")
def on_postgresql(emptied_postgresql: Emptied) -> Iterator[Database]:
    """The engine of the PostgreSQL database, for all tests."""
    database = Database(emptied_postgresql.url)
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Everything that touches a database runs once on each. The folders of the doors take one of the two,
    because what they call has been tested on both."""
    return request.param


@pytest.fixture
def database(dialect: str, request: pytest.FixtureRequest, installation: Path) -> Iterator[Database]:
    """An empty database, in use by the portal for this test."""
    if dialect == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), installation / "portal.db")
        fresh: Database = request.getfixturevalue("on_sqlite")
    else:
        request.getfixturevalue("emptied_postgresql").empty()
        fresh = request.getfixturevalue("on_postgresql")
    db.use(fresh)
    yield fresh
    db.use(None)
    if fresh.is_sqlite:
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
