"""The mark of a restoring under way: until the ledger was replayed, nobody is served from here."""

import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from nexus_portal import settings
from nexus_portal.domain.hashchain import canonical

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


def settle(folder: Path) -> None:
    """Have a folder's names reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path() -> Path:
    return settings.current().data_dir / "restoring.json"
