"""A ZIP archive sent while it is made: no more of it in memory than the file at hand."""

import io
import zipfile
from collections.abc import Iterable, Iterator


def pieces(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The archive in pieces, one for each file as it comes, by name and content."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Takes what is written and gives it away; it cannot go back, so the archive does not ask it to."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Keep it until it is taken."""
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece, self._written = bytes(self._written), bytearray()
        return piece
