"""Serving: what it refuses, when it builds, and what it becomes."""

import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nexus_portal import settings
from nexus_portal.adapters import db, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.cli import app, frontend, serve
from nexus_portal.cli.terminal import Exit
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.people import User
from tests.world import NOON

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


class Became(Exception):
    """The process would have become this command."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        super().__init__()
        self.command, self.environment = command, environment


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is started beside the server, noted and not started."""
    started: list[list[str]] = []
    monkeypatch.setattr(serve.subprocess, "Popen", lambda command, **_: started.append(command))
    return started


@pytest.fixture(autouse=True)
def ready(
    database: Database, installation: Path, beside: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that may serve, with its front end built."""
    keystore.use(None)
    keystore.prepare()
    monkeypatch.setattr(frontend, "is_built", lambda: True)
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.delenv("NEXUS_BASE_URL", raising=False)
    # What `serve` sets for its own process must not reach other tests.
    monkeypatch.setitem(os.environ, "NEXUS_BASE_URL", "http://localhost:8000")
    monkeypatch.delitem(os.environ, "NEXUS_BASE_URL")

    def become(_file: str, command: list[str], environment: dict[str, str]) -> None:
        raise Became(command, environment)

    monkeypatch.setattr(os, "execve", become)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["serve", *arguments])


def became(result: Result) -> Became:
    assert isinstance(result.exception, Became), result.output
    return result.exception


def test_becomes_the_server_on_one_port_of_this_machine(free_port: int) -> None:
    server = became(run("--port", str(free_port)))

    assert server.command[1:3] == ["-m", "granian"]
    told = dict(zip(server.command, server.command[1:], strict=False))
    assert (told["--host"], told["--port"], told["--workers"]) == ("127.0.0.1", str(free_port), "1")
    assert server.environment["NEXUS_BASE_URL"] == f"http://localhost:{free_port}"
    assert server.environment["NEXUS_DATA_DIR"] == str(settings.current().data_dir)
    assert server.environment["__REFLEX_SKIP_COMPILE"] == "true"
    assert Path(server.environment["PATH"].split(os.pathsep)[0]).joinpath("python").exists()


def test_starts_the_file_server_beside_itself(
    free_port: int, beside: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEXUS_TRANSFER_SFTP_PORT", "NEXUS_TRANSFER_FTPS_PORT"):
        monkeypatch.setenv(name, str(free_port))
    became(run("--port", str(free_port)))
    [command] = beside
    assert command[1:] == ["-m", "nexus_portal.cli", "transfer", "serve", "--with-parent"]


def test_serves_without_the_file_server_where_it_is_off(
    free_port: int, beside: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_TRANSFER", "0")
    became(run("--port", str(free_port)))
    assert beside == []


def test_serves_without_the_file_server_where_its_port_is_taken(
    free_port: int, beside: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("NEXUS_TRANSFER_SFTP_PORT", str(other.getsockname()[1]))
        result = run("--port", str(free_port))
    became(result)
    assert "for SFTP is taken: the file server is not started" in result.output
    assert beside == []


def test_refuses_http_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_BASE_URL", "http://portal.example.se")
    assert run().exit_code == Exit.SETTINGS


def test_refuses_the_demo_for_others(
    database: Database, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction(SYSTEM) as session:
        session.add(User(email="sara@bjorkskolan.example", name="Sara", created_at=NOON))
    became(run("--port", str(free_port)))
    assert run("--host", "0.0.0.0").exit_code == Exit.SETTINGS  # noqa: S104 - refused
    monkeypatch.setenv("NEXUS_BASE_URL", "https://portal.example.se")
    assert run().exit_code == Exit.SETTINGS


def test_refuses_a_database_that_is_behind(installation: Path) -> None:
    (installation / "portal.db").unlink()
    db.use(None)
    result = run()
    assert (result.exit_code, "nexus-portal migrate" in result.output) == (Exit.SETTINGS, True)


def test_refuses_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = run("--port", str(other.getsockname()[1]))
    assert (result.exit_code, "is taken" in result.output) == (Exit.REFUSED, True)


def test_interrupted_removals_are_done_first(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve.erasure_steps, "resume_all", lambda: 2)
    result = run("--port", str(free_port))
    assert "2 removals" in result.output
    became(result)


def test_builds_when_something_changed(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[bool] = []
    monkeypatch.setattr(frontend, "is_built", lambda: False)
    monkeypatch.setattr(frontend, "build", lambda: not built.append(True))
    became(run("--port", str(free_port)))
    assert built == [True]


def test_a_build_that_fails_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "is_built", lambda: False)
    monkeypatch.setattr(frontend, "build", lambda: False)
    result = run()
    assert (result.exit_code, "doctor" in result.output) == (Exit.REFUSED, True)
