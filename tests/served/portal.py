"""A portal under two workers with a PostgreSQL and a Redis of its own, without a front end."""

import os
import sys
from pathlib import Path

from nexus_portal.cli.serve import APP
from tests.e2e.portal import Person, Portal
from tests.identity import PASSWORD, SECRET
from tests.identity import Person as Enrolled

WORKERS = 2


class Served(Portal):
    """What a wire client needs of a portal; the tests act on its data beside it."""

    def __init__(self, data_dir: Path, port: int, log: Path) -> None:
        super().__init__(data_dir, port)
        self.log = log

    @property
    def serving(self) -> list[str | Path]:
        """What `nexus-portal serve` becomes, without building pages that no browser opens."""
        command: list[str | Path] = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
        return [*command, "--port", str(self.port), "--workers", str(WORKERS), "--log-level", "debug", APP]

    @property
    def environment(self) -> dict[str, str]:
        """What the tests see themselves."""
        return dict(os.environ) | {"REFLEX_ENV_MODE": "prod", "__REFLEX_SKIP_COMPILE": "true"}

    @staticmethod
    def reader(person: Enrolled) -> Person:
        """Somebody enrolled, as a client signs in."""
        return Person(person.email, PASSWORD, SECRET, "", (), "")
