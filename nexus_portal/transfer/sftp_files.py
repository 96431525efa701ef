"""SFTP's acts on files. What blocks runs in threads; a file is sent and read in larger parts than packets."""

import asyncio
import posixpath
import stat
import time
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from typing import Any, NoReturn, ParamSpec, TypeVar

import asyncssh
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_EXCL, FXF_TRUNC, FXF_WRITE
from asyncssh.sftp import SFTPAttrs, SFTPName

from nexus_portal.adapters.drop_pieces import PIECE
from nexus_portal.domain.errors import NotAllowed, NotFound, NotSignedIn, NotYet, PortalError
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Upload
from nexus_portal.transfer.tree import Line, Reading, Tree

PART = 1024 * 1024
"""So much is gathered before a thread seals it, and read at once."""
DAY = 24 * 3600
LONGEST_READ = 256 * 1024
MOST_OPEN = 64
"""Files of one connection at the same time."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Sending:
    """A file that is being sent: gathers packets, and seals one part while the next one comes in."""

    def __init__(self, upload: Upload, *, append: bool) -> None:
        self.upload, self._append = upload, append
        self._parts: list[bytes] = []
        self._start, self._length = 0, 0
        self.size = upload.size
        """How far the file reaches, with what is not sealed yet."""
        self._sealing: asyncio.Task[None] | None = None

    async def write(self, offset: int, data: bytes) -> None:
        """Take a packet in.

        Raises:
            SFTPError: an earlier part could not be kept.
        """
        if self._append:
            offset = self.size
        if offset != self._start + self._length:
            await self.flush()
        if not self._parts:
            self._start = offset
        self._parts.append(data)
        self._length += len(data)
        self.size = max(self.size, offset + len(data))
        if self._length >= PART:
            await self._hand_over()

    async def flush(self) -> None:
        """Have everything sealed that has come in."""
        await self._hand_over(whole=True)
        await self._settle()

    async def cut(self, size: int) -> None:
        """Make the file this long."""
        await self.flush()
        await off_loop(self.upload.cut, size)
        self.size = size

    async def close(self) -> None:
        """The sender has closed the file."""
        try:
            await self.flush()
        except asyncssh.SFTPError:
            await self.break_off()
            raise
        await off_loop(self.upload.close)

    async def break_off(self) -> None:
        """The line is cut."""
        try:
            await self.flush()
        except asyncssh.SFTPError:
            pass  # what came before the refusal is kept
        finally:
            await asyncio.to_thread(self.upload.break_off)

    async def _hand_over(self, *, whole: bool = False) -> None:
        await self._settle()
        if self._parts:
            data, start = b"".join(self._parts), self._start
            # What ends in the middle of a piece would be sealed twice: it waits for its rest.
            over = 0 if whole else (start + len(data)) % PIECE
            rest = data[len(data) - over :]
            self._parts, self._length = [rest] if rest else [], over
            self._start = start + len(data) - over
            part = memoryview(data)[: len(data) - over]
            self._sealing = asyncio.create_task(off_loop(self.upload.write, start, part))

    async def _settle(self) -> None:
        sealing, self._sealing = self._sealing, None
        if sealing is not None:
            await sealing


class Receiving:
    """A file that is being read, a part ahead."""

    def __init__(self, reading: Reading) -> None:
        self.size = reading.size
        self._reader = reading.reader
        self._at, self._part = 0, b""

    async def read(self, offset: int, size: int) -> bytes:
        """Bytes from a place; none behind the end."""
        if not self._at <= offset < self._at + len(self._part):
            self._at, self._part = offset, await off_loop(self._reader.read, offset, PART)
        inside = offset - self._at
        return self._part[inside : inside + min(size, LONGEST_READ)]

    def close(self) -> None:
        """Let the file go."""
        self._reader.close()


class DropServer(asyncssh.SFTPServer):
    """The files of one account over SFTP. No links, no folders of one's own, nothing to set but sizes."""

    broken = False
    """True once the line is cut: what is still open then was not closed by its sender."""

    def __init__(self, channel: Any, tree: Tree) -> None:
        super().__init__(channel)
        self._tree, self._open = tree, 0

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:  # noqa: ARG002 - the library's
        """Open a file, to write or to read it."""
        name = _text(path)
        if self._open >= MOST_OPEN:
            said = "Too many files are open. Close some first."
            raise asyncssh.SFTPFailure(said)
        file = await self._opened(name, pflags)
        self._open += 1
        return file

    async def _opened(self, name: str, pflags: int) -> Sending | Receiving:
        if not pflags & FXF_WRITE:
            return Receiving(await off_loop(self._tree.read, name))
        upload = await off_loop(_begin, self._tree, name, pflags)
        return Sending(upload, append=bool(pflags & FXF_APPEND))

    async def close(self, file_obj: object) -> None:
        """Close a file; one whose sender was cut off is kept to be gone on with."""
        self._open -= 1
        if isinstance(file_obj, Receiving):
            file_obj.close()
        elif isinstance(file_obj, Sending):
            await (file_obj.break_off() if self.broken else file_obj.close())

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Bytes of a file that is open to be read."""
        if not isinstance(file_obj, Receiving):
            _refuse()
        return await file_obj.read(offset, size)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Bytes of a file that is open to be written."""
        if not isinstance(file_obj, Sending):
            _refuse()
        await file_obj.write(offset, data)
        return len(data)

    async def fsync(self, file_obj: object) -> None:
        """Seal what has come in; the disk has it when the file is closed."""
        if isinstance(file_obj, Sending):
            await file_obj.flush()

    async def stat(self, path: bytes) -> SFTPAttrs:
        """What stands at a path."""
        return _attrs(await off_loop(self._tree.line, _text(path)))

    lstat = stat

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        """What is known of an open file."""
        size = file_obj.size if isinstance(file_obj, Sending | Receiving) else 0
        return _attrs(Line("", folder=False, size=size))

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Times and permissions are the portal's: clients set them after sending, and nothing comes of it."""
        if attrs.size is not None:
            _refuse()
        await off_loop(self._tree.line, _text(path))

    lsetstat = setstat

    async def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """The same for an open file, which may be cut."""
        if attrs.size is not None and isinstance(file_obj, Sending):
            await file_obj.cut(attrs.size)

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """What lies in a folder."""
        lines = await off_loop(self._tree.lines, _text(path))
        for name in (".", ".."):
            yield _name(Line(name, folder=True))
        for line in lines:
            yield _name(line)

    async def remove(self, path: bytes) -> None:
        """Erase a file."""
        await off_loop(self._tree.remove, _text(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file another name."""
        await off_loop(self._tree.rename, _text(oldpath), _text(newpath))

    posix_rename = rename

    async def realpath(self, path: bytes) -> bytes:
        """The path as it would be written from the root."""
        return posixpath.normpath(b"/" + path.lstrip(b"/"))

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: the folders are given."""
        _refuse()

    def rmdir(self, path: bytes) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: the folders are given."""
        _refuse()

    def readlink(self, path: bytes) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: there are no links."""
        _refuse()

    def symlink(self, oldpath: bytes, newpath: bytes) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: there are no links."""
        _refuse()

    def link(self, oldpath: bytes, newpath: bytes) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: there are no links."""
        _refuse()

    def statvfs(self, path: bytes) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: how large the disk is, is nobody's business."""
        _refuse()

    def fstatvfs(self, file_obj: object) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: how large the disk is, is nobody's business."""
        _refuse()


async def off_loop(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run what blocks in a thread; a refusal becomes what SFTP can say."""
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except PortalError as error:
        raise _in_sftp(error) from None


def _begin(tree: Tree, path: str, pflags: int) -> Upload:
    if pflags & FXF_CREAT and pflags & FXF_EXCL:
        return tree.write(path, Begin.ONLY_NEW)
    if pflags & FXF_TRUNC:
        return tree.write(path, Begin.ANEW)
    try:
        return tree.write(path, Begin.ON)
    except NotFound:
        if not pflags & FXF_CREAT:
            raise
        return tree.write(path, Begin.ANEW)


def _in_sftp(error: PortalError) -> asyncssh.SFTPError:
    said = str(error.message)
    if isinstance(error, NotYet):
        said = " ".join([said, *map(str, error.reasons)])
    if isinstance(error, NotFound):
        return asyncssh.SFTPNoSuchFile(said)
    if isinstance(error, NotAllowed | NotSignedIn | NotYet):
        return asyncssh.SFTPPermissionDenied(said)
    return asyncssh.SFTPFailure(said)


def _refuse() -> NoReturn:
    said = "The portal keeps files in inbox, results and archive. There are no other folders, and no links."
    raise asyncssh.SFTPOpUnsupported(said)


def _text(path: bytes) -> str:
    try:
        return path.decode()
    except UnicodeDecodeError:
        said = "Names of files are UTF-8."
        raise asyncssh.SFTPFailure(said) from None


def _attrs(line: Line) -> SFTPAttrs:
    at = int(line.at)
    mode = stat.S_IFDIR | 0o700 if line.folder else stat.S_IFREG | 0o600
    return SFTPAttrs(size=line.size, uid=0, gid=0, permissions=mode, atime=at, mtime=at, nlink=1)


def _name(line: Line) -> SFTPName:
    attrs, name = _attrs(line), line.name.encode()
    kind = b"drwx------" if line.folder else b"-rw-------"
    shown = b"%s   1 files    files    %8d %s " % (kind, line.size, _day(int(line.at) // DAY))
    return SFTPName(name, shown + name, attrs)


@lru_cache(maxsize=400)
def _day(day: int) -> bytes:
    """Thousands of files came on a few days."""
    return time.strftime("%b %d  %Y", time.gmtime(day * DAY)).encode()
