"""A second installation for the length of a drill: folders and databases that are taken away afterwards."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from nexus_portal import settings
from nexus_portal.adapters import database_copies
from nexus_portal.settings import SettingsError

_PLAIN = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Scratch:
    """Where it lies, and the environment in which the portal's commands work there."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """One of the portal's own commands in it: exit code, output, complaint."""
        command = [sys.executable, "-c", "from nexus_portal.cli import main; main()", *arguments]
        ended = subprocess.run(  # noqa: S603 - our own command
            command, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout, ended.stderr


@contextmanager
def scratch(parent: Path | None) -> Generator[Scratch]:
    """An empty installation with the master key and the ledger of this one; gone when the block ends.

    Raises:
        SettingsError: the role may not make a database on the server.
    """
    data = settings.current()
    folder = Path(tempfile.mkdtemp(prefix="nexus-drill-", dir=parent))
    made: list[str] = []
    try:
        environment = {
            **os.environ,
            "NEXUS_DATA_DIR": str(folder / "data"),
            "NEXUS_DATABASE_URL": _database(data.database_url, folder / "data" / "portal.db", "db", made),
            "NEXUS_KEYSTORE_URL": _database(data.keystore_url, folder / "keys" / "keys.db", "keys", made),
            "NEXUS_MASTER_KEY_FILE": str(data.master_key_file),
            "NEXUS_LEDGER_FILE": str(folder / "ledger" / "erasures.jsonl"),
            "NEXUS_WORKERS": "1",
            "NEXUS_REDIS_URL": "",
        }
        (folder / "data").mkdir(mode=0o700)
        yield Scratch(folder, environment)
    finally:
        for url in made:
            _drop(url)
        shutil.rmtree(folder)


def _database(url: str, file: Path, what: str, made: list[str]) -> str:
    if database_copies.kind(url) == database_copies.SQLITE:
        return f"sqlite:///{file}"
    name = f"nexus_drill_{what}_{os.getpid()}"
    try:
        _on_server(url, f"CREATE DATABASE {name}")
    except DBAPIError as error:
        message = "A drill needs a database of its own, and the role may not make one: grant it CREATEDB."
        raise SettingsError(message) from error
    ours = make_url(url).set(database=name).render_as_string(hide_password=False)
    made.append(ours)
    return ours


def _drop(url: str) -> None:
    name = make_url(url).database or ""
    if not _PLAIN.fullmatch(name):
        raise ValueError
    _on_server(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")


def _on_server(url: str, statement: str, database: str | None = None) -> None:
    parsed = make_url(url)
    engine = create_engine(parsed.set(database=database) if database else parsed, hide_parameters=True)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
