"""The bytes of a dropped file as sealed pieces in slots of one size.

A piece has a random nonce before its ciphertext and is bound to its file and its place. It may be sealed
again and again, since no two nonces are the same.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nexus_portal.adapters.sealing import NONCE_BYTES
from nexus_portal.domain.errors import NoRoom, Tampered
from nexus_portal.domain.text import Message

Buffer = bytes | bytearray | memoryview
PIECE = 128 * 1024
SLOT = PIECE + NONCE_BYTES + 16


class Pieces:
    """One file on the disk, a piece at a time."""

    def __init__(self, descriptor: int, file_id: UUID, key: bytes) -> None:
        self._descriptor, self._file, self._cipher = descriptor, file_id.hex, AESGCM(key)

    def put(self, index: int, piece: Buffer) -> None:
        """Seal a piece into its slot.

        Raises:
            NoRoom: the disk is full.
        """
        self._seal_all(index, (piece,))

    def put_whole(self, index: int, pieces: memoryview) -> None:
        """Seal several pieces that follow each other, none of them short, and write them at once.

        Raises:
            NoRoom: the disk is full; those before the end may be there.
        """
        self._seal_all(index, [pieces[at : at + PIECE] for at in range(0, len(pieces), PIECE)])

    def _seal_all(self, index: int, pieces: Sequence[Buffer]) -> None:
        # One buffer and one write for all: each return from the system is a wait for the interpreter.
        slots = bytearray(sum(len(piece) + SLOT - PIECE for piece in pieces))
        view, at, nonces = memoryview(slots), 0, os.urandom(NONCE_BYTES * len(pieces))
        for number, piece in enumerate(pieces):
            nonce = nonces[number * NONCE_BYTES : (number + 1) * NONCE_BYTES]
            end = at + len(piece) + SLOT - PIECE
            view[at : at + NONCE_BYTES] = nonce
            self._cipher.encrypt_into(nonce, piece, self._place(index + number), view[at + NONCE_BYTES : end])
            at = end
        try:
            while view:  # a disk that is nearly full takes a part first
                written = os.pwrite(self._descriptor, view, index * SLOT + len(slots) - len(view))
                view = view[written:]
        except OSError as error:
            raise disk_full() from error

    def get(self, index: int) -> bytes:
        """The piece in a slot; nothing behind the last one.

        Raises:
            Tampered: it was changed, moved or cut.
        """
        sealed = os.pread(self._descriptor, SLOT, index * SLOT)
        if not sealed:
            return b""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._place(index))
        except (InvalidTag, ValueError) as error:
            raise Tampered from error

    def cut_to(self, size: int) -> None:
        """Take everything behind this size away."""
        index, inside = divmod(size, PIECE)
        last = self.get(index)[:inside] if inside else b""
        os.ftruncate(self._descriptor, index * SLOT)
        if last:
            self.put(index, last)

    def measure(self) -> int:
        """The size of what is there; a last piece that a power cut tore is taken away."""
        stored = os.fstat(self._descriptor).st_size
        index, rest = divmod(stored, SLOT)
        if not rest and index:
            index, rest = index - 1, SLOT
        with suppress(Tampered):
            if rest:
                return index * PIECE + len(self.get(index))
        os.ftruncate(self._descriptor, index * SLOT)
        return index * PIECE

    def settle(self) -> None:
        """Have everything reach the disk.

        Raises:
            NoRoom: the disk is full.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise disk_full() from error

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)

    def _place(self, index: int) -> bytes:
        return f"{self._file}|{index}".encode()


def disk_full() -> NoRoom:
    """What is said when the disk does not take what is written."""
    return NoRoom(Message("The disk of the server is full. What was sent before is kept; go on later."))
