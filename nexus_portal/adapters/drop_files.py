"""Dropped files on the disk: read at any place, and put under their names once they are whole.

While a file is written to it lies beside its name under another suffix; what is whole lies under the name,
where backups and erasing find it.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from nexus_portal.adapters import blobs
from nexus_portal.adapters.drop_pieces import PIECE, SLOT, Pieces
from nexus_portal.domain.errors import NotFound


class Reader:
    """A file to be read at any place, one piece in memory at a time. Not for two threads at once."""

    def __init__(self, blob: str, file_id: UUID, key: bytes) -> None:
        """Open it.

        Raises:
            NotFound: its bytes are gone.
        """
        self._pieces = Pieces(_opened(blob), file_id, key)
        self._at, self._piece = -1, b""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from a place; fewer at the end, none behind it.

        Raises:
            Tampered: what lies there was changed.
        """
        parts: list[bytes] = []
        while length > 0:
            index, inside = divmod(offset, PIECE)
            if index != self._at:
                self._at, self._piece = index, self._pieces.get(index)
            part = self._piece[inside : inside + length]
            if not part:
                break
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def parts(self) -> Iterator[bytes]:
        """All of it, piece by piece."""
        index = 0
        while piece := self._pieces.get(index):
            yield piece
            index += 1

    def close(self) -> None:
        """Let the file go."""
        self._pieces.close()


def digest(blob: str, file_id: UUID, key: bytes) -> tuple[int, bytes]:
    """Size and SHA-256 of a file, read from the disk."""
    reader, size, found = Reader(blob, file_id, key), 0, hashlib.sha256()
    try:
        for piece in reader.parts():
            size += len(piece)
            found.update(piece)
    finally:
        reader.close()
    return size, found.digest()


def shut(blob: str) -> None:
    """Put a whole file under its name, where backups take it; twice is as once.

    Raises:
        NotFound: its bytes are gone.
    """
    path = blobs.place_of(blob)
    try:
        blobs.unfinished(blob).rename(path)
    except FileNotFoundError:
        if not path.exists():
            raise NotFound from None
    _settle_folder(path)


def reopen(blob: str, fresh: str) -> None:
    """Let a whole file be written to again, under a new name: what a backup linked must not change.

    Raises:
        NotFound: its bytes are gone.
    """
    path = blobs.unfinished(fresh)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # A second name for the same bytes: the first one goes once the change is committed.
        os.link(blobs.place_of(blob), path)
    except FileNotFoundError:
        raise NotFound from None
    _settle_folder(path)


def stored_size(blob: str) -> int:
    """The size of a file that is still written to, as far as it has reached the disk."""
    with suppress(FileNotFoundError):
        index, rest = divmod(blobs.unfinished(blob).stat().st_size, SLOT)
        return index * PIECE + max(0, rest - (SLOT - PIECE))
    return 0


def _opened(blob: str) -> int:
    for path in (blobs.place_of(blob), blobs.unfinished(blob)):
        with suppress(FileNotFoundError):
            return os.open(path, os.O_RDONLY)
    raise NotFound


def _settle_folder(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
