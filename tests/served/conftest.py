"""A portal that is served for one test, and everything that it leaves anywhere."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nexus_portal import settings
from nexus_portal.adapters import db, schema
from nexus_portal.adapters.db import Database
from tests.conftest import APP_ROLE
from tests.served.portal import Served
from tests.servers import free_port, postgresql_cluster, redis_server
from tests.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs against a running portal."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def cluster() -> Iterator[tuple[str, Path]]:
    """The URL of a PostgreSQL server, and where its files lie."""
    with postgresql_cluster() as made:
        yield made


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis for this portal alone."""
    with redis_server(tmp_path) as url:
        yield url


@pytest.fixture
def served(
    cluster: tuple[str, Path],
    redis_url: str,
    installation: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Served]:
    """A portal that answers, with nobody in it."""
    with psycopg.connect(cluster[0], autocommit=True) as server:
        server.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        server.execute(f"CREATE DATABASE portal OWNER {APP_ROLE}")
        port = server.info.port
    portal = Served(installation, free_port(), tmp_path / "serve.log")
    monkeypatch.setenv("NEXUS_DATABASE_URL", f"postgresql+psycopg://{APP_ROLE}@127.0.0.1:{port}/portal")
    monkeypatch.setenv("NEXUS_REDIS_URL", redis_url)
    monkeypatch.setenv("NEXUS_BASE_URL", portal.url)
    monkeypatch.setenv("NEXUS_WORKERS", "2")
    settings.current.cache_clear()
    schema.upgrade(settings.current().database_url)
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture
def world(served: Served) -> Iterator[World]:
    """People and accounts in its database."""
    database = Database(settings.current().database_url)
    db.use(database)
    yield World(database)
    db.use(None)
    database.dispose()
