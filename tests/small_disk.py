"""A disk that is nearly full: a small tmpfs in place of a folder of the installation."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from nexus_portal.adapters import blobs, sealed_files
from nexus_portal.domain.errors import Unavailable

MEGABYTE = 1024 * 1024
FALLBACK = (
    "No tmpfs can be mounted here: no file of this process grows beyond {limit} bytes in place of that."
)
"""What stands in the output of a run that could not do better."""


@dataclass
class SmallDisk:
    """A folder that holds so much and not more; `real` where it is a file system of its own."""

    folder: Path
    real: bool
    patched: pytest.MonkeyPatch

    def fill(self) -> None:
        """Take all that is left of it."""
        if self.real:
            stat = os.statvfs(self.folder)
            (self.folder / "filler").write_bytes(b"x" * (stat.f_bavail * stat.f_frsize))
            return
        self._let_grow()  # the database has to
        self.patched.setattr(sealed_files.Writer, "_put", _no_room)
        self.patched.setattr(blobs, "put", _no_room)

    def room_again(self) -> None:
        """Somebody has made room."""
        if self.real:
            (self.folder / "filler").unlink(missing_ok=True)
            command = ["mount", "-o", f"remount,size={256 * MEGABYTE}", str(self.folder)]
            subprocess.run(command, check=True, capture_output=True)
            return
        self._let_grow()
        self.patched.undo()

    def _let_grow(self) -> None:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(folder: Path, size: int, capsys: pytest.CaptureFixture[str]) -> Iterator[SmallDisk]:
    """Put a disk of this size in place of a folder, which is empty so far.

    Where nothing may be mounted, files are kept from growing instead, and the run says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    real = _mounted(folder, size)
    if not real:
        with capsys.disabled():
            sys.stdout.write("\n" + FALLBACK.format(limit=size) + "\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    with pytest.MonkeyPatch.context() as patched:
        try:
            yield SmallDisk(folder, real, patched)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            if real:
                subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def _mounted(folder: Path, size: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _no_room(*_given: object, **_named: object) -> None:
    """What a full disk answers."""
    raise Unavailable
