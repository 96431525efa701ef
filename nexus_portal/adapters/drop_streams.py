"""A dropped file as the readers of archives and spreadsheets want it: a stream that can be turned back."""

import io
from typing import Any
from uuid import UUID

from nexus_portal.adapters.drop_files import Reader
from nexus_portal.adapters.drop_pieces import PIECE


class _Stream(io.RawIOBase):
    def __init__(self, reader: Reader, size: int) -> None:
        self._reader, self._size, self._at = reader, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        part = self._reader.read(self._at, len(buffer))
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()


def stream(blob: str, file_id: UUID, key: bytes, size: int) -> io.BufferedReader:
    """A file as a stream, one piece in memory at a time; whoever opens it closes it.

    Raises:
        NotFound: its bytes are gone.
    """
    return io.BufferedReader(_Stream(Reader(blob, file_id, key), size), PIECE)
