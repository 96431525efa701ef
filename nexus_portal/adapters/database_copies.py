"""Copies of a whole database while it is in use, and a database made from such a copy.

SQLite is copied by `VACUUM INTO`: one moment's content, without free pages in which deleted bytes could lie.
PostgreSQL by its own `pg_dump` and `pg_restore`, which must be on the path.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url

from nexus_portal.adapters import restoring
from nexus_portal.domain.errors import Unavailable
from nexus_portal.settings import SettingsError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SCOPE = "-c nexus.scope=system"
"""Row-level security would hide the rows from the dump."""


def kind(url: str) -> str:
    """Which of the two a database is; a copy of one cannot become the other."""
    return SQLITE if url.startswith("sqlite") else POSTGRESQL


def copy(url: str, to: Path) -> None:
    """Write one moment's content of a database into a new file, readable by its owner only.

    Raises:
        Unavailable: the database does not answer, or the disk is full.
        SettingsError: `pg_dump` is not there, or too old for the server.
    """
    try:
        if kind(url) == SQLITE:
            _vacuum_into(_file(url), to)
        else:
            options = ["--format=custom", "--no-owner", "--no-privileges", "--enable-row-security"]
            _run("pg_dump", url, [*options, f"--file={to}"])
        to.chmod(0o600)
        with to.open("rb") as file:
            os.fsync(file.fileno())
    except (OSError, sqlite3.Error) as error:
        raise Unavailable from error


def is_empty(url: str) -> bool:
    """True when there is no table in a database, or no file of it."""
    if kind(url) == SQLITE:
        file = _file(url)
        return not file.exists() or file.stat().st_size == 0
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def put(copied: Path, url: str) -> None:
    """Replace a database by a copy of one, wholly or not at all. Nobody may be using it.

    Raises:
        Unavailable: the database does not answer, or the disk is full.
        SettingsError: `pg_restore` is not there, or refuses.
    """
    try:
        if kind(url) == SQLITE:
            _replace(copied, _file(url))
        else:
            options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
            _run("pg_restore", url, [*options, "--exit-on-error", str(copied)])
    except (OSError, sqlite3.Error) as error:
        raise Unavailable from error


def _vacuum_into(source: Path, to: Path) -> None:
    if not source.exists():
        raise Unavailable
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=15)) as connection:
        connection.execute("VACUUM INTO ?", (str(to),))


def _replace(copied: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.restored")
    shutil.copyfile(copied, fresh)
    fresh.chmod(0o600)
    with fresh.open("rb") as whole:
        os.fsync(whole.fileno())
    # The log of the old file would be read into the new one.
    for tail in ("-wal", "-shm"):
        file.with_name(file.name + tail).unlink(missing_ok=True)
    fresh.replace(file)
    restoring.settle(file.parent)


def _run(program: str, url: str, options: list[str]) -> None:
    """One of PostgreSQL's own programs on a database; only the first line of what it says is told."""
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not on the path: install PostgreSQL's client programs."
        raise SettingsError(message)
    parsed = make_url(url)
    environment = {**os.environ, **_connection(parsed)}
    flag = [] if program == "pg_dump" else [f"--dbname={parsed.database}"]
    ended = subprocess.run(  # noqa: S603 - a program of PostgreSQL's with options of our own
        [found, *flag, *options], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        first = (ended.stderr.strip() or program).splitlines()[0][:200]
        message = f"{program} refused: {first}"
        raise SettingsError(message)


def _connection(parsed: URL) -> dict[str, str]:
    """The environment by which PostgreSQL's programs connect: a password on a command line is seen by all."""
    said = {
        "PGHOST": parsed.host,
        "PGPORT": str(parsed.port) if parsed.port else None,
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGOPTIONS": _SCOPE,
    }
    return {name: value for name, value in said.items() if value}


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
