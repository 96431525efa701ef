"""The ledger of erasures as a file beside the database: one JSON line per entry, each hashed onto the last.

An entry is on the disk before any key is destroyed, so that a database or key store that is brought back from
a backup can be told what was erased since. It holds ids, counts and certificates: no personal data, no keys.
A line that a crash cut off was never acknowledged, and goes with the next entry.
"""

import fcntl
import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nexus_portal import settings
from nexus_portal.domain.errors import Tampered, Unavailable
from nexus_portal.domain.hashchain import GENESIS, canonical, entry_hash, text_hash

DECIDED, DONE, BURIED, REPLAYED = "decided", "done", "buried", "replayed"
"""Kinds: an erasure was decided; it is done; a key was found destroyed; the ledger was replayed."""
_BLOCK = 65_536

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """How many entries there are, and the hash of the last."""

    count: int
    head: str


START = Position(0, GENESIS)


def append(entries: Sequence[Mapping[str, Any]]) -> Position:
    """Write entries, each with its `kind`; they are on the disk when this returns.

    Raises:
        Unavailable: the disk is full or not writable.
        Tampered: the last line is not one of ours.
    """
    path = settings.current().ledger_file
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path) as file:
            last = _last(file)
            head = last.head
            lines: list[bytes] = []
            for number, entry in enumerate(entries, last.count + 1):
                # Spelled once, for the hash and for the file: `read` looks at what a line says.
                body = canonical({**entry, "n": number})
                head = text_hash(head, body)
                lines.append(b'{"hash":"%b",%b\n' % (head.encode(), body[1:]))
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
            return Position(last.count + len(lines), head)
    except OSError as error:
        raise Unavailable from error


def read(path: Path) -> Iterator[Entry]:
    """The entries of a ledger, the first one first; none where there is no file.

    Raises:
        Tampered: a line was changed, taken away or put between.
    """
    if not path.exists():
        return
    count, head = 0, GENESIS
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                return  # cut off by a crash
            count += 1
            entry = _parsed(raw)
            if entry.get("n") != count or entry.get("hash") != entry_hash(head, _body(entry)):
                raise Tampered
            head = entry["hash"]
            yield entry


def position(path: Path) -> Position:
    """Where a ledger ends, after looking at every line of it.

    Raises:
        Tampered: it does not hold together.
    """
    found = START
    for entry in read(path):
        found = Position(entry["n"], entry["hash"])
    return found


def end(path: Path) -> Position:
    """Where a ledger ends, by its last line alone.

    Raises:
        Tampered: that is not one of ours.
    """
    if not path.exists():
        return START
    with path.open("rb") as file:
        return _last(file)


def extends(path: Path, earlier: Position) -> bool:
    """True when a ledger goes through this position: it is the same one, and no older."""
    if earlier.count == 0:
        return True
    return any(entry["n"] == earlier.count and entry["hash"] == earlier.head for entry in read(path))


def latest(path: Path, *kinds: str) -> Entry | None:
    """The last entry of one of these kinds."""
    found: Entry | None = None
    for entry in read(path):
        if entry["kind"] in kinds:
            found = entry
    return found


def _body(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != "hash"}


def _parsed(raw: bytes) -> Entry:
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise Tampered from error
    if not isinstance(found, dict) or "kind" not in found:
        raise Tampered
    return found  # pyright: ignore[reportUnknownVariableType] - JSON is of any type


@contextmanager
def _locked(path: Path) -> Generator[IO[bytes]]:
    """The file, for one writer at a time, at its end; a line that was cut off is cut away."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = _whole(file)
        file.truncate(whole)
        file.seek(whole)
        yield file


def _whole(file: IO[bytes]) -> int:
    """Where the last whole line ends."""
    at = file.seek(0, os.SEEK_END)
    while at > 0:
        begin = max(0, at - _BLOCK)
        file.seek(begin)
        newline = file.read(at - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        at = begin
    return 0


def _last(file: IO[bytes]) -> Position:
    whole, tail = _whole(file), b""
    at = whole
    while at > 0 and b"\n" not in tail[:-1]:
        begin = max(0, at - _BLOCK)
        file.seek(begin)
        tail, at = file.read(at - begin) + tail, begin
    file.seek(whole)
    if not tail:
        return START
    entry = _parsed(tail[:-1].rpartition(b"\n")[2])
    return Position(entry["n"], entry["hash"])
