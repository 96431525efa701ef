"""Encrypted files under random names. What lies here is ciphertext; its keys are elsewhere."""

import os
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from nexus_portal import settings
from nexus_portal.domain.errors import NotFound, Unavailable

_NAME = re.compile(r"[0-9a-f]{32}")


def put(data: bytes) -> str:
    """Keep bytes under a new random name of 32 hex digits; they are on the disk when this returns.

    Raises:
        Unavailable: the disk is full or not writable.
    """
    name = secrets.token_hex(16)
    path = _path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, data)
        _sync(path.parent)
    except OSError as error:
        raise Unavailable from error
    return name


def get(name: str) -> bytes:
    """The bytes under a name.

    Raises:
        NotFound: there are none, or the name is not one of ours.
    """
    try:
        return _path(name).read_bytes()
    except FileNotFoundError as error:
        raise NotFound from error


def delete(names: Iterable[str]) -> None:
    """Remove the bytes under these names; those already gone are no error.

    Raises:
        Unavailable: the disk refuses.
    """
    folders: set[Path] = set()
    try:
        for name in names:
            path = _path(name)
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in folders:
            _sync(folder)
    except OSError as error:
        raise Unavailable from error


def exists(name: str) -> bool:
    """True when there are bytes under the name."""
    return _path(name).exists()


def older_than(moment: datetime) -> list[str]:
    """The names of all bytes that were put before a moment."""
    return [
        path.name
        for path in settings.current().blob_dir.glob("??/??/*")
        if _NAME.fullmatch(path.name) and path.stat().st_mtime < moment.timestamp()
    ]


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise NotFound
    return settings.current().blob_dir / name[:2] / name[2:4] / name


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _sync(folder: Path) -> None:
    if not folder.exists():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
