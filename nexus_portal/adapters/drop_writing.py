"""Taking a dropped file in: at any place, in memory that does not grow, gone on with after a break.

What a sender wrote out of order is kept, but only what follows without a gap counts when the line is cut.
"""

import hashlib
import os
from collections import OrderedDict
from contextlib import suppress
from uuid import UUID

from nexus_portal.adapters import blobs
from nexus_portal.adapters.drop_pieces import PIECE, Pieces, disk_full
from nexus_portal.domain.errors import Invalid, NoRoom
from nexus_portal.domain.text import Message

AHEAD = 16 * 1024 * 1024
"""So far beyond the end a sender may write; clients keep a few dozen packets under way."""
MOST_OPEN = 32
"""Pieces of one file in memory."""


class Writer:
    """A file that is being sent. Not for two threads at once: its caller takes care of that."""

    def __init__(self, blob: str, file_id: UUID, key: bytes, *, fresh: bool) -> None:
        """Begin anew, or go on with what is there.

        Raises:
            NoRoom: the disk is full or not writable.
        """
        path = blobs.unfinished(blob)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if fresh else 0), 0o600)
        except OSError as error:
            raise disk_full() from error
        self._pieces = Pieces(descriptor, file_id, key)
        self.size = self._pieces.measure()
        self._reached = self.size
        self._islands: list[tuple[int, int]] = []
        self._open: OrderedDict[int, bytearray] = OrderedDict()
        self._digest = hashlib.sha256() if self.size == 0 else None

    @property
    def whole(self) -> bool:
        """True while nothing is missing between the beginning and the end."""
        return self._reached == self.size

    @property
    def digest(self) -> bytes | None:
        """SHA-256 of it all, where it came from the beginning to the end in order; else read it again."""
        return self._digest.digest() if self._digest is not None else None

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Put bytes at a place.

        Raises:
            NoRoom: the disk is full; what was written before stays.
            Invalid: the place lies too far beyond the end.
        """
        if not 0 <= offset <= self.size + AHEAD:
            raise Invalid(Message("Send the file from the beginning to the end, or go on where it ends."))
        if self._digest is not None:
            self._digest = self._digest if offset == self._reached == self.size else None
        if self._digest is not None:
            self._digest.update(data)
        self._fill_to(offset)
        view, at = memoryview(data), offset
        while view:
            index, inside = divmod(at, PIECE)
            if part := view[: self._whole_from(index, inside, len(view)) * PIECE]:
                self._pieces.put_whole(index, part)  # whole pieces need no copy
            else:
                part = view[: PIECE - inside]
                self._piece(index)[inside : inside + len(part)] = part
            view, at = view[len(part) :], at + len(part)
            self.size = max(self.size, at)
        self._reach(offset, at)
        self._put_away()

    def cut(self, size: int) -> None:
        """Take everything behind a size away, or fill up to it with zeros."""
        self._flush()
        if size < self.size:
            self._pieces.cut_to(size)
            self.size = self._reached = size
            self._islands.clear()
            self._digest = hashlib.sha256() if size == 0 else None
        elif size > self.size:
            self.write(size - 1, b"\0")

    def finish(self) -> None:
        """Everything is on the disk.

        Raises:
            NoRoom: the disk is full.
        """
        self._flush()
        self._pieces.settle()
        self._pieces.close()

    def break_off(self) -> int:
        """Keep what can be gone on with, all from the beginning to the first gap; gives its size."""
        try:
            with suppress(NoRoom):
                self._flush()
            self.size = min(self._reached, self._pieces.measure())
            with suppress(NoRoom):
                self._pieces.cut_to(self.size)
                self._pieces.settle()
        finally:
            self._pieces.close()
        return self.size

    def _piece(self, index: int) -> bytearray:
        if index not in self._open:
            self._open[index] = bytearray(self._pieces.get(index) if index * PIECE < self.size else b"")
        self._open.move_to_end(index)
        return self._open[index]

    def _whole_from(self, index: int, inside: int, length: int) -> int:
        """How many whole pieces begin here of which none is open."""
        count = 0 if inside else length // PIECE
        return next((each for each in range(count) if index + each in self._open), count)

    def _fill_to(self, offset: int) -> None:
        while self.size < offset:
            index, inside = divmod(self.size, PIECE)
            end = min((index + 1) * PIECE, offset)
            self._piece(index)[inside:] = bytes(end - self.size)
            self.size = end
            self._put_away()

    def _reach(self, start: int, end: int) -> None:
        """Note what is there without a gap from the beginning, and what lies behind a gap."""
        if start <= self._reached:
            self._reached = max(self._reached, end)
            while self._islands and self._islands[0][0] <= self._reached:
                self._reached = max(self._reached, self._islands.pop(0)[1])
        else:
            self._islands = sorted([*self._islands, (start, end)])

    def _put_away(self) -> None:
        full = [index for index in self._open if (index + 1) * PIECE <= self._reached]
        for index in full:
            self._pieces.put(index, self._open[index])
            del self._open[index]
        while len(self._open) > MOST_OPEN:
            index, piece = next(iter(self._open.items()))
            self._pieces.put(index, piece)
            del self._open[index]

    def _flush(self) -> None:
        # In order: a full disk must cut the end off, not leave a gap in the middle.
        for index in sorted(self._open):
            self._pieces.put(index, self._open[index])
            del self._open[index]
