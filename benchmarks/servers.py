"""The portal and the yardstick as processes of their own, each on a port of this machine, ended by id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks.databases import Place

ROOT = Path(__file__).parents[1]
PORT, BARE_PORT = 8871, 8872
"""Always the same: the front end is built for its address."""
START_SECONDS = 300


@contextmanager
def portal(place: Place, *, workers: int = 1, redis: str = "") -> Iterator[str]:
    """The portal in production mode on this data; gives its address."""
    url = f"http://localhost:{PORT}"
    extra = {"NEXUS_BASE_URL": url, "NEXUS_WORKERS": str(workers), "NEXUS_REDIS_URL": redis}
    command = [str(Path(sys.executable).parent / "nexus-portal"), "serve", "--port", str(PORT)]
    with _running(command, _environment(place) | extra, f"{url}/ping", place.data_dir / "serve.log"):
        yield url


@contextmanager
def bare(place: Place, *, workers: int = 1) -> Iterator[str]:
    """The yardstick on the same data."""
    url = f"http://localhost:{BARE_PORT}"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(BARE_PORT), "--workers", str(workers), "--log-level", "warning"]
    command += ["benchmarks.bare:app"]
    with _running(command, _environment(place), url, place.data_dir / "bare.log"):
        yield url


def _environment(place: Place) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    more = {"NEXUS_DATABASE_URL": place.url} if place.url else {}
    return clean | {"NEXUS_DATA_DIR": str(place.data_dir), "PATH": path, "PYTHONPATH": str(ROOT)} | more


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], ping: str, log: Path) -> Iterator[None]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", urlsplit(ping).port or 0))
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={name: value for name, value in environment.items() if value},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_answer(process, ping, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _await_answer(process: "subprocess.Popen[bytes]", ping: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(ping, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(log.read_text(errors="replace")[-4000:])
        time.sleep(0.2)
