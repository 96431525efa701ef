"""A file on its way in: room and rows in the database, bytes on the disk, step by step.

One process takes all of an account's files in, and knows which are open: whoever goes on with one ends the
sending before, whose connection may be dead without anybody having noticed.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from nexus_portal.adapters.drop_writing import Writer
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound, PortalError
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.text import Message
from nexus_portal.services import file_sending, file_store
from nexus_portal.services.file_sending import Begin, Ended
from nexus_portal.services.file_store import Opened
from nexus_portal.services.use_case import perform

STEP = 32 * 1024 * 1024
"""Room is set aside in steps of this size, and what is not used given back at the end."""
Who = Callable[[], Actor]
"""Who sends, looked up anew each time: a credential may be revoked meanwhile."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file, and whether a whole one counts at once."""

    who: Who
    at_once: bool = False


class Upload:
    """One file that is being sent. Its methods block, and any thread may call them."""

    def __init__(self, sender: Sender, opened: Opened, *, fresh: bool) -> None:
        """Open the bytes of a file that was begun."""
        self._sender, self._opened = sender, opened
        self._lock, self._over = threading.RLock(), False
        self._writer = Writer(opened.blob, opened.id, opened.key, fresh=fresh)
        self._room = self._writer.size

    @property
    def size(self) -> int:
        """How far the file reaches by now."""
        return self._writer.size

    @property
    def drop_id(self) -> UUID:
        """Which file it is."""
        return self._opened.id

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Put bytes at a place.

        Raises:
            NoRoom: the quota or the disk is full.
            Invalid: the place lies too far beyond the end.
            NotFound: the file was removed, or its sending has been ended.
        """
        with self._lock:
            self._refuse_over()
            self._make_room(offset + len(data))
            self._writer.write(offset, data)

    def cut(self, size: int) -> None:
        """Make the file this long."""
        with self._lock:
            self._refuse_over()
            self._make_room(size)
            self._writer.cut(size)

    def close(self) -> None:
        """The sender has closed the file: it is on the disk, and whole unless something is missing inside.

        Raises:
            NoRoom: the disk is full; what is there can be gone on with.
            Invalid: a part in the middle never came; what is before it can be gone on with.
            NotFound: the file was removed.
        """
        with self._lock:
            self._refuse_over()
            if not self._writer.whole:
                self.break_off()
                raise Invalid(Message("A part of the file is missing. Go on where it ends now."))
            try:
                self._writer.finish()
            except PortalError:
                self.break_off()
                raise
            self._over = True
            _open.pop(self._opened.id, None)
            self._end(Ended(size=self._writer.size, whole=True, digest=self._writer.digest))

    def break_off(self) -> None:
        """The line is cut: keep what can be gone on with. Never raises, twice is as once."""
        with self._lock:
            if self._over:
                return
            self._over = True
            _open.pop(self._opened.id, None)
            with suppress(PortalError):
                self._end(Ended(size=self._writer.break_off(), whole=False))

    def _end(self, ended: Ended) -> None:
        perform(
            file_sending.end,
            self._sender.who(),
            opened=self._opened,
            ended=ended,
            at_once=self._sender.at_once,
        )

    def _make_room(self, size: int) -> None:
        if size <= self._room:
            return
        actor = self._sender.who()
        try:
            perform(file_sending.make_room, actor, opened=self._opened, size=size + STEP)
            self._room = size + STEP
        except PortalError:
            # Near the end of the quota every byte counts.
            perform(file_sending.make_room, actor, opened=self._opened, size=size)
            self._room = size

    def _refuse_over(self) -> None:
        if self._over:
            raise NotFound(Message("This sending has ended: the file was removed, or is sent anew."))


_open: dict[UUID, Upload] = {}


def begin(sender: Sender, *, folder: Folder, name: str, how: Begin) -> Upload:
    """Begin to send a file, or go on with one; a sending of it that is open ends first.

    Raises:
        Invalid: no file can have that name, or files are not sent to that folder.
        NotFound: there is none to go on with.
        Conflict: there is one although there should not be, or the portal has taken it in already.
        NoRoom: the account has too many files, or the disk is full.
    """
    actor = sender.who()
    with suppress(NotFound):
        end_open(perform(file_store.stat, actor, folder=folder, name=name).id)
    opened = perform(file_sending.begin, actor, folder=folder, name=name, how=how)
    return _take(sender, opened, fresh=how is not Begin.ON)


def place(whose: Actor, *, folder: Folder, name: str, parts: Iterable[bytes]) -> UUID:
    """Put a file of the portal's own into a folder, such as the answer to an import; gives its id.

    A file of that name is replaced, once the new one is there.

    Raises:
        NoRoom: the quota or the disk is full.
    """
    opened = perform(file_sending.begin_own, whose, folder=folder, name=name)
    upload, at = _take(Sender(lambda: whose, at_once=True), opened, fresh=True), 0
    try:
        for part in parts:
            upload.write(at, part)
            at += len(part)
        upload.close()
    finally:
        upload.break_off()
    return upload.drop_id


def end_open(drop_id: UUID) -> None:
    """Break a sending off that is open in this process."""
    if (upload := _open.get(drop_id)) is not None:
        upload.break_off()


def break_off_all() -> None:
    """Break every sending off: this process ends."""
    for upload in list(_open.values()):
        upload.break_off()


def open_count() -> int:
    """How many files are being sent to this process."""
    return len(_open)


def open_size(drop_id: UUID) -> int | None:
    """How far a file reaches that is sent at this moment; nothing for the others."""
    upload = _open.get(drop_id)
    return upload.size if upload is not None else None


def _take(sender: Sender, opened: Opened, *, fresh: bool) -> Upload:
    upload = Upload(sender, opened, fresh=fresh)
    _open[opened.id] = upload
    return upload
