"""Servers of a test's own: a Redis that nobody else writes into, a PostgreSQL whose files can be read."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """An empty Redis; its URL."""
    program = shutil.which("redis-server")
    assert program is not None, "No redis-server is installed: `make clients` does that."
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        _await_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


@contextmanager
def postgresql_cluster() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL cluster; its URL, and the folder of its files."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert programs, "No PostgreSQL server is installed: see scripts/with_postgresql.sh."
    with tempfile.TemporaryDirectory(prefix="nexus-test-") as name:
        folder, port = Path(name), free_port()
        owner = _unprivileged(folder)
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        control = [*owner, programs[-1] / "pg_ctl", "-D", folder / "data"]
        new = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"]
        _run(*owner, programs[-1] / "initdb", "-D", folder / "data", *new)
        _run(*control, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres", folder
        finally:
            _run(*control, "-m", "immediate", "stop")


def _unprivileged(folder: Path) -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: whoever is root runs it as its own user."""
    if os.geteuid() != 0:
        return ()
    shutil.chown(folder, "postgres")
    return ("runuser", "-u", "postgres", "--")


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, command


def _await_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing answers at port {port}"
            time.sleep(0.05)
        else:
            return
