"""FTP's acts on files: what pyftpdlib asks of a file system, answered from the folders of one account."""

import stat
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from os import stat_result
from typing import Any, NoReturn, Self

from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from nexus_portal.domain.errors import NotFound, NotYet, PortalError
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Upload
from nexus_portal.transfer.tree import Line, Reading, Tree

_FOLDER_PERMISSIONS, _FILE_PERMISSIONS = "elc", "radfw"
_NO_FOLDER = "Not a folder"
_GIVEN = "The folders are inbox, results and archive, and stay as they are"
DAY = 24 * 3600
_TOLD = frozenset({"type", "size", "modify", "perm"})


@lru_cache(maxsize=400)
def _day(day: int) -> str:
    """Thousands of files came on a few days."""
    return time.strftime("%b %d  %Y", time.gmtime(day * DAY))


class Listed(str):
    """The name of a file in a listing, which knows the rest of its line: nothing is asked for twice."""

    __slots__ = ("line",)

    def __new__(cls, line: Line) -> Self:
        """The name, with its line."""
        listed = super().__new__(cls, line.name)
        listed.line = line
        return listed


class SentFile:
    """A file that is being sent, as the library writes to it: from a place on, until it is closed or cut."""

    def __init__(self, upload: Upload, name: str) -> None:
        self._upload, self._at = upload, upload.size
        self.name, self.closed = name, False

    def seek(self, place: int) -> None:
        """Go on from here."""
        self._upload.cut(place)
        self._at = place

    def write(self, data: bytes) -> int:
        """Take bytes in."""
        self._upload.write(self._at, data)
        self._at += len(data)
        return len(data)

    def finish(self) -> None:
        """The sender has sent it all."""
        self.closed = True
        self._upload.close()

    def close(self) -> None:
        """The line is cut, unless `finish` came before."""
        if not self.closed:
            self.closed = True
            self._upload.break_off()


class ReadFile:
    """A file that is being read, as the library reads it."""

    def __init__(self, reading: Reading, name: str) -> None:
        self._reader, self._at = reading.reader, 0
        self.name, self.closed = name, False

    def seek(self, place: int) -> None:
        """Go on from here."""
        self._at = place

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data = self._reader.read(self._at, size)
        self._at += len(data)
        return data

    def close(self) -> None:
        """Let it go."""
        if not self.closed:
            self.closed = True
            self._reader.close()


class DropFiles(AbstractedFS):
    """The folders of one account. Paths are those of `Tree`; nothing of it touches the disk's own names."""

    tree: Tree

    def __init__(self, root: str, cmd_channel: Any) -> None:
        super().__init__(root, cmd_channel)
        self.tree = cmd_channel.tree

    def ftp2fs(self, ftppath: str) -> str:
        """A path of the client's is a path of ours."""
        return self.ftpnorm(ftppath)

    def fs2ftp(self, fspath: str) -> str:
        """And the other way round."""
        return self.ftpnorm(fspath)

    def validpath(self, path: str) -> bool:  # noqa: ARG002 - the library's
        """There is no path that leads out."""
        return True

    def realpath(self, path: str) -> str:
        """There are no links."""
        return path

    def open(self, filename: str, mode: str) -> SentFile | ReadFile:
        """Open a file to read it, to send it, or to go on sending it."""
        with refusals():
            if "r" in mode and "+" not in mode:
                return ReadFile(self.tree.read(filename), filename)
            return SentFile(self._begin(filename, mode), filename)

    def chdir(self, path: str) -> None:
        """Go into a folder."""
        with refusals():
            if not self.tree.line(path).folder:
                raise FilesystemError(_NO_FOLDER)
        self.cwd = path

    def listdir(self, path: str) -> list[Listed]:
        """What lies in a folder; `format_list` and `format_mlsx` take it as it is."""
        with refusals():
            return [Listed(line) for line in self.tree.lines(path)]

    def remove(self, path: str) -> None:
        """Erase a file."""
        with refusals():
            self.tree.remove(path)

    def rename(self, src: str, dst: str) -> None:
        """Give a file another name."""
        with refusals():
            self.tree.rename(src, dst)

    def utime(self, path: str, timeval: float) -> None:
        """Times are the portal's: clients set them after sending, and nothing comes of it."""

    def chmod(self, path: str, mode: int) -> None:
        """Nor does anything come of permissions."""

    def mkdir(self, path: str) -> NoReturn:  # noqa: ARG002 - the library's
        """Refuse: the folders are given."""
        raise FilesystemError(_GIVEN)

    rmdir = mkdir

    def stat(self, path: str) -> stat_result:
        """What stands at a path."""
        with refusals():
            line = self.tree.line(path)
        mode = stat.S_IFDIR | 0o700 if line.folder else stat.S_IFREG | 0o600
        return stat_result((mode, 0, 0, 1, 0, 0, line.size, line.at, line.at, line.at))

    lstat = stat

    def isfile(self, path: str) -> bool:
        """Whether a file stands there."""
        found = self._found(path)
        return found is not None and not found.folder

    def isdir(self, path: str) -> bool:
        """Whether a folder stands there."""
        found = self._found(path)
        return found is not None and found.folder

    def islink(self, path: str) -> bool:  # noqa: ARG002 - the library's
        """No."""
        return False

    def lexists(self, path: str) -> bool:
        """Whether anything stands there."""
        return self._found(path) is not None

    def getsize(self, path: str) -> int:
        """The size of a file; of one on its way, where to go on."""
        with refusals():
            return self.tree.line(path).size

    def getmtime(self, path: str) -> float:
        """When a file was written."""
        with refusals():
            return self.tree.line(path).at

    def format_list(
        self,
        basedir: str,
        listing: Sequence[str],
        ignore_err: bool = True,  # noqa: ARG002, FBT001, FBT002 - as the library calls it
    ) -> Iterator[bytes]:
        """Lines as `ls -l` writes them."""
        for line in self._lines(basedir, listing):
            kind = "drwx------" if line.folder else "-rw-------"
            day = _day(int(line.at) // DAY)
            yield f"{kind}   1 files    files    {line.size:>12d} {day} {line.name}\r\n".encode()

    def format_mlsx(
        self,
        basedir: str,
        listing: Sequence[str],
        perms: str,  # noqa: ARG002 - the library's
        facts: Sequence[str],
        ignore_err: bool = True,  # noqa: ARG002, FBT001, FBT002 - the library's
    ) -> Iterator[bytes]:
        """Lines of facts for programs."""
        wanted = _TOLD & set(facts)
        for line in self._lines(basedir, listing):
            known = {
                "type": "dir" if line.folder else "file",
                "size": str(line.size),
                "modify": time.strftime("%Y%m%d%H%M%S", time.gmtime(line.at)),
                "perm": _FOLDER_PERMISSIONS if line.folder else _FILE_PERMISSIONS,
            }
            told = "".join(f"{fact}={known[fact]};" for fact in known if fact in wanted)
            yield f"{told} {line.name}\r\n".encode()

    def _begin(self, filename: str, mode: str) -> Upload:
        if "w" in mode:
            return self.tree.write(filename, Begin.ANEW)
        try:
            return self.tree.write(filename, Begin.ON)
        except NotFound:
            return self.tree.write(filename, Begin.ANEW)

    def _lines(self, basedir: str, listing: Sequence[str]) -> Iterator[Line]:
        for each in listing:
            yield each.line if isinstance(each, Listed) else self.tree.line(f"{basedir}/{each}")

    def _found(self, path: str) -> Line | None:
        try:
            return self.tree.line(path)
        except PortalError:
            return None


class refusals:  # noqa: N801 - reads as what it is in a `with`
    """Make the portal's refusals the library's."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Say why in FTP's way, which puts a full stop behind it."""
        if isinstance(error, PortalError):
            reasons = error.reasons if isinstance(error, NotYet) else ()
            said = " ".join(map(str, (error.message, *reasons)))
            raise FilesystemError(said.removesuffix(".")) from None
