"""The mark of a restoring under way: until the ledger was replayed, nobody is served from here."""

import fcntl
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from nexus_portal import settings
from nexus_portal.domain.hashchain import canonical
from nexus_portal.settings import SettingsError

_passing = 0


def mark(backup: str) -> None:
    """Refuse to serve from now on, through any crash, until `unmark`."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with fresh.open("wb") as file:
        file.write(canonical({"backup": backup}))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    settle(path.parent)


def unmark() -> None:
    """The ledger was replayed: serve again."""
    _path().unlink(missing_ok=True)
    settle(_path().parent)


def pending() -> str | None:
    """The name of the backup whose restoring is not over; nothing when people may be served."""
    try:
        return str(json.loads(_path().read_bytes())["backup"])
    except FileNotFoundError:
        return None


def refused() -> bool:
    """True when a restoring is under way and whoever asks is not the one who restores."""
    return not _passing and _path().exists()


@contextmanager
def passing() -> Generator[None]:
    """Let this process at the data while it restores them."""
    global _passing  # noqa: PLW0603 - one per process
    _passing += 1
    try:
        yield
    finally:
        _passing -= 1


def serve() -> IO[bytes]:
    """Say that this process serves people, for as long as the file stays open: nobody restores meanwhile."""
    lock = _lock()
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


@contextmanager
def alone() -> Generator[None]:
    """Restore while nobody serves from this data directory.

    Raises:
        SettingsError: somebody does, or restores.
    """
    with _lock() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "The portal serves from this data directory, or it is being restored: end that first."
            raise SettingsError(message) from error
        yield


def settle(folder: Path) -> None:
    """Have a folder's names reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock() -> IO[bytes]:
    folder = settings.current().data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return (folder / "serving.lock").open("ab")


def _path() -> Path:
    return _mark_in(settings.current().data_dir)


@lru_cache(maxsize=8)
def _mark_in(folder: Path) -> Path:
    # Every transaction looks: putting the path together would take longer than looking.
    return folder / "restoring.json"
