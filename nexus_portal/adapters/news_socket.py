"""News between the processes of one machine that has no Redis: a socket in the data directory.

The worker that shows pages listens; others, such as the file servers, send. Lost news is no lost change.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Generator
from pathlib import Path

from nexus_portal.adapters import events
from nexus_portal.adapters.events import News

NAME = "news.sock"
LONGEST = 4096


def follow(folder: Path) -> "Following":
    """Hear the news of other processes from now on."""
    return Following(folder)


def pass_on(folder: Path) -> Callable[[], None]:
    """Send the news of this process to whoever listens; gives what ends that with the process."""
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.settimeout(0)

    def send(news: News) -> None:
        # Nobody listens, or too much waits to be heard: the page shows it when it is loaded.
        with contextlib.suppress(OSError), _place(folder) as path:
            sender.sendto(events.body_of(news), path)

    events.listen(send)
    return sender.close


class Following:
    """A socket that is listened to until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._socket = folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        (folder / NAME).unlink(missing_ok=True)
        umask = os.umask(0o177)
        try:
            with _place(folder) as path:
                self._socket.bind(path)
        finally:
            os.umask(umask)
        self._thread = threading.Thread(target=self._listen, name="news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        # A thread that waits in recv is woken by an empty message, not by closing under it.
        with contextlib.suppress(OSError), _place(self._folder) as path:
            self._socket.sendto(b"", path)
            self._thread.join()
        self._socket.close()
        (self._folder / NAME).unlink(missing_ok=True)

    def _listen(self) -> None:
        while body := self._socket.recv(LONGEST):
            events.receive(body)


@contextlib.contextmanager
def _place(folder: Path) -> Generator[str]:
    """A path to the socket that is short enough for one, wherever the folder lies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}" if Path("/proc/self/fd").exists() else str(folder / NAME)
    finally:
        os.close(descriptor)
