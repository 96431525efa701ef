"""Making the rows of many orders in a process of its own, on another core than the one that writes them."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from queue import Queue
from threading import Thread
from typing import IO

from nexus_portal.demo.crowd.chunk import Made
from nexus_portal.demo.crowd.plan import FIRST_CHUNK, Plan

AHEAD = 2
"""Chunks that may wait to be written."""
_LENGTH = 8


def chunks(plan: Plan) -> Iterator[Made]:
    """The rows of a plan, made here when they are few, and beside the writing when they are many."""
    return plan.chunks() if plan.orders <= FIRST_CHUNK else _made_beside(plan)


def _made_beside(plan: Plan) -> Iterator[Made]:
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as maker:  # noqa: S603 - our own
        assert maker.stdin  # noqa: S101 - it was asked for
        assert maker.stdout  # noqa: S101 - it was asked for too
        try:
            maker.stdin.write(pickle.dumps(plan))
            maker.stdin.close()
            ready: Queue[bytes] = Queue(AHEAD)
            Thread(target=_read, args=(maker.stdout, ready), name="rows", daemon=True).start()
            for _ in plan.bounds():
                yield pickle.loads(ready.get())  # noqa: S301 - made by ourselves
        finally:
            maker.kill()


def _read(pipe: IO[bytes], ready: "Queue[bytes]") -> None:
    """Take what comes at once, so that the maker need not wait; an end too early gives nothing."""
    while length := int.from_bytes(pipe.read(_LENGTH)):
        ready.put(pipe.read(length))
    ready.put(b"")


def main() -> None:
    """Make the rows of the plan on standard input, for the process that writes them."""
    plan = pickle.load(sys.stdin.buffer)  # noqa: S301 - made by ourselves
    for made in plan.chunks():
        rows = pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.write(len(rows).to_bytes(_LENGTH))
        sys.stdout.buffer.write(rows)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
