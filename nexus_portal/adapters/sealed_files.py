"""Files that customers sent, on the disk until they are read: sealed in pieces, readable from any place.

Each file has a key of its own, which the caller keeps sealed under the master key. A piece is bound to its
file and its place in it, the key to the file's name and size: nothing can be moved, exchanged or cut off.
"""

import base64
import io
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nexus_portal import settings
from nexus_portal.adapters import sealing
from nexus_portal.domain.errors import NotFound, Tampered, Unavailable

PIECE = 256 * 1024
_TAG = 16
_PURPOSE = "received file"
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What opens a file: its random name, its size in bytes, its sealed key."""

    name: str
    size: int
    key: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """As a table keeps it."""
        return {"name": self.name, "size": self.size, "key": self.key}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The file that `to_json` wrote down."""
        return cls(stored["name"], stored["size"], stored["key"])


class Writer:
    """Takes a file as it arrives. Until `finish` it is nobody's: `close` takes it away again.

    Raises:
        Unavailable: the disk is full or not writable.
    """

    def __init__(self) -> None:
        self._name, self._secret = secrets.token_hex(16), os.urandom(sealing.KEY_BYTES)
        self._cipher, self._buffer = AESGCM(self._secret), bytearray()
        self._pieces, self._size, self._done = 0, 0, False
        try:
            _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(_path(self._name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Unavailable from error
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> int:
        """Seal every whole piece that is there by now."""
        self._buffer += data
        while len(self._buffer) >= PIECE:
            self._put(bytes(self._buffer[:PIECE]))
            del self._buffer[:PIECE]
        return len(data)

    def seek(self, _place: int) -> int:
        """Nothing: forms rewind what they have taken in."""
        return 0

    def finish(self) -> SealedFile:
        """The file is whole, and on the disk."""
        if self._buffer:
            self._put(bytes(self._buffer))
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise Unavailable from error
        self._done = True
        key = sealing.seal(_PURPOSE, self._secret, _bound(self._name, self._size))
        return SealedFile(self._name, self._size, base64.b64encode(key).decode())

    def close(self) -> None:
        """Take the file away, unless it was finished."""
        if not self._done:
            with suppress(OSError):
                self._file.close()
            destroy([self._name])

    def _put(self, piece: bytes) -> None:
        sealed = self._cipher.encrypt(_nonce(self._pieces), piece, _place(self._name, self._pieces))
        try:
            self._file.write(sealed)
        except OSError as error:
            raise Unavailable from error
        self._pieces += 1
        self._size += len(piece)


class _Reader(io.RawIOBase):
    """One piece in memory at a time."""

    def __init__(self, sealed: SealedFile) -> None:
        key = sealing.open(_PURPOSE, base64.b64decode(sealed.key), _bound(sealed.name, sealed.size))
        self._sealed, self._cipher = sealed, AESGCM(key)
        try:
            self._file = _path(sealed.name).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        self._at, self._index, self._piece = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._sealed.size}[whence]
        if base + offset < 0:
            raise OSError
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._sealed.size:
            return 0
        index, inside = divmod(self._at, PIECE)
        part = self._open(index)[inside : inside + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _open(self, index: int) -> bytes:
        if index != self._index:
            self._file.seek(index * (PIECE + _TAG))
            length = min(PIECE, self._sealed.size - index * PIECE)
            sealed = self._file.read(length + _TAG)
            try:
                self._piece = self._cipher.decrypt(_nonce(index), sealed, _place(self._sealed.name, index))
            except InvalidTag as error:
                raise Tampered from error
            self._index = index
        return self._piece


def keep(data: bytes) -> SealedFile:
    """Seal bytes that are in memory already."""
    writer = Writer()
    try:
        writer.write(data)
        return writer.finish()
    except BaseException:
        writer.close()
        raise


def opened(sealed: SealedFile) -> io.RawIOBase:
    """The file, to be read from any place.

    Raises:
        NotFound: it was destroyed.
        Tampered: its key does not fit; reading raises it where a piece was changed.
    """
    return _Reader(sealed)


def renewed(sealed: SealedFile) -> SealedFile | None:
    """The file with its key sealed anew, while the master key is being replaced; nothing where it is."""
    key = sealing.renewed(_PURPOSE, base64.b64decode(sealed.key), _bound(sealed.name, sealed.size))
    return replace(sealed, key=base64.b64encode(key).decode()) if key is not None else None


def destroy(names: Iterable[str]) -> None:
    """Remove files; those already gone are no error.

    Raises:
        Unavailable: the disk refuses.
    """
    try:
        for name in names:
            _path(name).unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable from error


def older_than(moment: datetime) -> list[str]:
    """The names of all files that were last written before a moment."""
    return [
        path.name
        for path in _folder().glob("*")
        if _NAME.fullmatch(path.name) and path.stat().st_mtime < moment.timestamp()
    ]


def _folder() -> Path:
    return settings.current().data_dir / "received"


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise NotFound
    return _folder() / name


def _bound(name: str, size: int) -> str:
    return f"{name}|{size}"


def _nonce(index: int) -> bytes:
    # Each key seals one file, and each piece of it once.
    return index.to_bytes(12, "big")


def _place(name: str, index: int) -> bytes:
    return f"{name}|{index}".encode()
