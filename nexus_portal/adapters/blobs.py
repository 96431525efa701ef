"""Encrypted files under random names. What lies here is ciphertext; its keys are elsewhere."""

import os
import re
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from nexus_portal import settings
from nexus_portal.domain.errors import NotFound, Unavailable

FEW = 24
OPEN = ".open"
"""Suffix of a file that is still written to (`drop_files`): no backup takes it, for it may change."""
_NAME = re.compile(r"[0-9a-f]{32}")


def put(data: bytes) -> str:
    """Keep bytes under a new random name of 32 hex digits; see `put_many`."""
    return put_many([data])[0]


def put_many(many: Iterable[bytes]) -> list[str]:
    """Keep several, one after the other; all are on the disk when this returns, or none.

    Raises:
        Unavailable: the disk is full or not writable.
    """
    names: list[str] = []
    try:
        for data in many:
            names.append(secrets.token_hex(16))
            _write(_path(names[-1]), data)
        _settle([*map(_path, names), *{_path(name).parent for name in names}])
    except OSError as error:
        with suppress(Unavailable):
            delete(names)
        raise Unavailable from error
    return names


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
    paths = [_path(name) for name in names]
    try:
        for path in paths:
            path.unlink(missing_ok=True)
            path.with_suffix(OPEN).unlink(missing_ok=True)
        _settle({path.parent for path in paths if path.parent.exists()})
    except OSError as error:
        raise Unavailable from error


def exists(name: str) -> bool:
    """True when there are bytes under the name."""
    return _path(name).exists()


def place_of(name: str) -> Path:
    """Where the bytes under a name lie, whether there are any or not.

    Raises:
        NotFound: the name is not one of ours.
    """
    return _path(name)


def unfinished(name: str) -> Path:
    """Where they lie while they are still written to.

    Raises:
        NotFound: the name is not one of ours.
    """
    return _path(name).with_suffix(OPEN)


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
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    part.rename(path)


def _settle(paths: Collection[Path]) -> None:
    """Have files and folders reach the disk; from some dozens on, all at once is faster than one by one."""
    if len(paths) > FEW:
        os.sync()
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
