"""The folders as a connected machine sees them: `/inbox`, `/results`, `/archive`, and files in them.

There is no file system behind it: whatever a path says, it names one of these or nothing. All of it blocks.
"""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters.drop_files import Reader
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.text import Message
from nexus_portal.services import file_access, file_store, file_uploads
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_store import Entry
from nexus_portal.services.file_uploads import Sender, Upload
from nexus_portal.services.use_case import perform

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Line:
    """What stands at a path: a folder, or a file with its size and the time it was written, in seconds."""

    name: str = field(repr=False)
    folder: bool
    size: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: the root, a folder, or a file that may be there or not."""

    folder: Folder | None = None
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """An open file to read from, and its size."""

    reader: Reader
    size: int


def place_of(path: str) -> Place:
    """What a path names; `..` stops at the root.

    Raises:
        NotFound: it leads to nothing that there could be.
    """
    parts = [part for part in posixpath.normpath("/" + path).split("/") if part]
    if not parts:
        return Place()
    if len(parts) > 2 or parts[0] not in set(Folder):  # noqa: PLR2004 - a folder and a name
        raise NotFound(Message("There is no such file."))
    return Place(Folder(parts[0]), parts[1] if len(parts) > 1 else "")


class Tree:
    """The files of one credential's account. Who that is, is looked up anew for each act."""

    def __init__(self, credential_id: UUID) -> None:
        self.credential_id = credential_id

    def who(self) -> Actor:
        """The machine, with what it may do now.

        Raises:
            NotSignedIn: its credential was revoked.
        """
        return file_access.actor_of(self.credential_id)

    def lines(self, path: str) -> Sequence[Line]:
        """What lies in a folder.

        Raises:
            NotFound: there is no such folder.
        """
        place = place_of(path)
        if place.folder is None:
            self.who()
            return [Line(folder, folder=True) for folder in Folder]
        if place.name:
            raise NotFound(Message("There is no such folder."))
        entries = self._do(file_store.list_folder, folder=place.folder)
        return [_line(entry) for entry in entries]

    def line(self, path: str) -> Line:
        """What stands at a path.

        Raises:
            NotFound: nothing.
        """
        place = place_of(path)
        if place.folder is None or not place.name:
            self.who()
            return Line(place.folder or "/", folder=True)
        return _line(self._do(file_store.stat, folder=place.folder, name=place.name))

    def read(self, path: str) -> Reading:
        """Open a file to read it.

        Raises:
            NotFound: there is none.
        """
        folder, name = _file(path)
        opened = self._do(file_store.open_read, folder=folder, name=name)
        return Reading(Reader(opened.blob, opened.id, opened.key), opened.size)

    def write(self, path: str, how: Begin) -> Upload:
        """Begin to send a file, or go on with one; see `file_uploads.begin`."""
        folder, name = _file(path)
        return file_uploads.begin(Sender(self.who), folder=folder, name=name, how=how)

    def rename(self, path: str, to: str) -> None:
        """Give a file another name; one that has it goes once this one is whole.

        Raises:
            NotFound: there is none.
            Invalid: it cannot go there.
        """
        folder, name = _file(path)
        to_folder, to_name = _file(to)
        self._do(file_store.rename, folder=folder, name=name, to_folder=to_folder, to_name=to_name)

    def remove(self, path: str) -> None:
        """Erase a file, with a certificate.

        Raises:
            NotFound: there is none.
            NotYet: a hold stands on the account.
        """
        folder, name = _file(path)
        self._do(file_store.remove, folder=folder, name=name)

    def _do(
        self,
        function: Callable[Concatenate[Session, Actor, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        return perform(function, self.who(), *args, **kwargs)


def _file(path: str) -> tuple[Folder, str]:
    place = place_of(path)
    if place.folder is None or not place.name:
        raise Invalid(Message("The folders are inbox, results and archive, and stay as they are."))
    return place.folder, place.name


def _line(entry: Entry) -> Line:
    size = file_uploads.open_size(entry.id)
    return Line(
        entry.name,
        folder=False,
        size=entry.size if size is None else size,
        at=entry.written_at.timestamp(),
    )
