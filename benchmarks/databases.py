"""Scratch databases of both kinds, each measured in a process of its own, so that none warms up another."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import psycopg
from psycopg import sql

from benchmarks.figures import out
from nexus_portal import settings

SERVER = os.environ.get("NEXUS_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
ROLE = "nexus_app"
"""Superusers are not held by row-level security, whose price belongs to the figures."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a portal's data lies. Without a URL the database is SQLite in the data directory."""

    data_dir: Path
    url: str = ""

    @property
    def kind(self) -> str:
        """Name of the database system."""
        return "PostgreSQL" if self.url else "SQLite"

    def use(self) -> None:
        """Make it this process's own."""
        os.environ["NEXUS_DATA_DIR"] = str(self.data_dir)
        os.environ["NEXUS_DATABASE_URL"] = self.url or f"sqlite:///{self.data_dir / 'portal.db'}"
        settings.current.cache_clear()


@contextmanager
def scratch(*, postgresql: bool) -> Iterator[Place]:
    """An empty place that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        if not postgresql:
            yield Place(Path(folder))
            return
        name = sql.Identifier(f"nexus_bench_{secrets.token_hex(4)}")
        with psycopg.connect(SERVER, autocommit=True) as server:
            with suppress(psycopg.errors.DuplicateObject):
                server.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(ROLE))
                )
            server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(ROLE)))
            info = server.info
            database = name.as_string(server).strip('"')
            try:
                url = f"postgresql+psycopg://{ROLE}@{info.host}:{info.port}/{database}"
                yield Place(Path(folder), url)
            finally:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def settle() -> None:
    """Have PostgreSQL write down what was seeded now, not for minutes beside what is measured."""
    with psycopg.connect(SERVER, autocommit=True) as server, suppress(psycopg.errors.InsufficientPrivilege):
        server.execute("CHECKPOINT")


def has_postgresql() -> bool:
    """True when a server answers; says so when none does."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError:
        out.print("[yellow]![/] No PostgreSQL answers (NEXUS_TEST_POSTGRESQL): SQLite alone is measured.")
        return False
    return True


def apart(
    function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """What a function gives in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **named).result()


@contextmanager
def apart_still(prepare: Callable[[], object]) -> Iterator[Callable[..., Any]]:
    """Asks functions of one fresh process, for as long as the block lasts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=prepare) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()
