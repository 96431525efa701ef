"""The files that lie in an account's inbox, and copies of them for the reader of imports.

A copy is sealed anew, piece by piece, and lives until it has been read: the file itself may be deleted by
its sender at any time.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import archives, drop_streams, spreadsheets, zip_stream
from nexus_portal.adapters.archives import Limits
from nexus_portal.adapters.sealed_files import PIECE, SealedFile, Writer
from nexus_portal.domain import inbox
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.inbox import Arrived, Part
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.services import tenancy, vault_files


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in the inbox and its name, which often is a person's."""

    drop: FileDrop
    name: str = field(repr=False)

    @property
    def part(self) -> Part:
        """What it is to an order, by its name."""
        return inbox.part_of(self.name)

    def arrived(self, *, holds_sheet: bool = False) -> Arrived:
        """The file as the rule of what belongs together sees it."""
        return Arrived(
            id=self.drop.id,
            name=self.name,
            at=self.drop.written_at,
            whole=self.drop.state == FileState.RECEIVED,
            holds_sheet=holds_sheet,
        )


def lying(session: Session, account_id: UUID) -> list[Lying]:
    """What arrives in an account's inbox, or lies there untaken."""
    query = tenancy.rows_of(SYSTEM, FileDrop).where(
        FileDrop.account_id == account_id,
        FileDrop.folder == Folder.INBOX,
        col(FileDrop.state).in_((FileState.RECEIVING, FileState.RECEIVED)),
        col(FileDrop.name_token).is_not(None),
    )
    drops = session.exec(query.order_by(col(FileDrop.id))).all()
    names = vault_files.names(session, drops)
    return [Lying(drop, names[drop.id]) for drop in drops if drop.id in names]


def opened(drop: FileDrop) -> io.BufferedReader:
    """A file as a stream; whoever opens it closes it.

    Raises:
        NotFound: it was deleted.
    """
    return drop_streams.stream(drop.blob, drop.id, vault_files.key_of(drop), drop.size)


def holds_sheet(file: Lying) -> bool:
    """Whether a file is an archive with a spreadsheet of its own.

    Raises:
        Invalid: it is called an archive and cannot be used as one.
    """
    if file.part is not Part.ARCHIVE:
        return False
    with closing(opened(file.drop)) as stream:
        return archives.holds_spreadsheet(stream)


def sheet_of(file: Lying) -> bytes:
    """The list of a group: a spreadsheet, or the one in an archive.

    Raises:
        Invalid: there is none, or it is larger than any that is read.
    """
    with closing(opened(file.drop)) as stream:
        if file.part is Part.ARCHIVE:
            return archives.spreadsheet_in(stream)
        return stream.read(spreadsheets.Limits().max_bytes + 1)


def copied(file: Lying) -> SealedFile:
    """A copy of an archive.

    Raises:
        Unavailable: the disk is full.
    """
    with closing(opened(file.drop)) as stream:
        return _sealed(iter(lambda: stream.read(PIECE), b""))


def packed(photos: Sequence[Lying]) -> SealedFile:
    """Copies of loose photos, as one archive.

    Raises:
        Unavailable: the disk is full.
        Invalid: one is larger than any photo that is read.
    """
    return _sealed(zip_stream.pieces((photo.name, _photo(photo)) for photo in photos))


def _photo(file: Lying) -> bytes:
    most = Limits().max_entry_bytes
    with closing(opened(file.drop)) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise Invalid(Message("One of the photos is larger than {limit} MB.", limit=most // (1024 * 1024)))
    return data


def _sealed(pieces: Iterator[bytes]) -> SealedFile:
    writer = Writer()
    try:
        for piece in pieces:
            writer.write(piece)
        return writer.finish()
    finally:
        writer.close()  # takes away what was not finished
