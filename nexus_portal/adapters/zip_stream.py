"""A ZIP file that is sent while it is made: in memory is one file of it, or one part of a long one."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


class _Pipe(RawIOBase):
    """What was written since it was taken last."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is written to and nothing else: `zipfile` then puts sizes behind the files."""
        return True

    def write(self, data: bytes, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - zipfile writes bytes
        """Keep it until it is taken."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """All of it; it is empty then."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def pieces(files: Iterable[tuple[str, bytes | Iterable[bytes]]]) -> Iterator[bytes]:
    """The archive of these files, a piece for each, or for each part of one that comes in parts.

    Their times are the format's first: they say nothing.
    """
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = ZipInfo(name)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            if isinstance(data, bytes):
                archive.writestr(entry, data)
            else:
                with archive.open(entry, "w", force_zip64=True) as writing:
                    for part in data:
                        writing.write(part)
                        yield pipe.take()
            yield pipe.take()
    yield pipe.take()
