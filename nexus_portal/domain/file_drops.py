"""The file drop: its three folders, what a file may be called, and what can become of it."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

LONGEST_NAME = 200
LONGEST_BYTES = 255
"""What most file systems and clients can take as one name."""
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNFINISHED = (".part", ".filepart", ".partial", ".tmp")


class Folder(StrEnum):
    """The folders of an account. There are these three and no others."""

    INBOX = "inbox"
    RESULTS = "results"
    ARCHIVE = "archive"


class FileState(StrEnum):
    """Where a file is between its first byte and its end."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    IMPORTED = "imported"
    PROCESSED = "processed"
    REFUSED = "refused"
    DELETED = "deleted"
    EXPIRED = "expired"


F = FileState
GONE = frozenset({F.DELETED, F.EXPIRED})
"""Nothing is left of these but the row."""
REWRITABLE = frozenset({F.RECEIVING, F.RECEIVED, F.REFUSED})
"""A sender may go on writing at the end of these: nobody has taken anything out of them."""

FILE_MOVES: Mapping[FileState, frozenset[FileState]] = {
    F.RECEIVING: frozenset({F.RECEIVED, F.DELETED, F.EXPIRED}),
    F.RECEIVED: frozenset({F.RECEIVING, F.IMPORTED, F.PROCESSED, F.REFUSED, F.DELETED, F.EXPIRED}),
    F.IMPORTED: frozenset({F.PROCESSED, F.REFUSED, F.DELETED, F.EXPIRED}),
    F.PROCESSED: frozenset({F.DELETED, F.EXPIRED}),
    F.REFUSED: frozenset({F.RECEIVING, F.RECEIVED, F.DELETED, F.EXPIRED}),
    F.DELETED: frozenset(),
    F.EXPIRED: frozenset(),
}


def checked_name(raw: str) -> str:
    """The name of a file in NFC, as it may be kept and listed.

    Raises:
        Invalid: it leads elsewhere, hides something, or is longer than clients can show.
    """
    name = unicodedata.normalize("NFC", raw)
    if not name.strip(". ") or name != name.strip(" ") or any(sign in name for sign in "/\\"):
        raise Invalid(
            Message("This is not the name of a file. Use letters, digits, spaces, dots and dashes.")
        )
    if any(unicodedata.category(letter) in _FORBIDDEN for letter in name):
        raise Invalid(Message("There are hidden control characters in the name of the file. Rename it."))
    if len(name) > LONGEST_NAME or len(name.encode()) > LONGEST_BYTES:
        raise Invalid(
            Message("The name of the file is too long: at most {limit} characters.", limit=LONGEST_NAME)
        )
    return name


def is_unfinished(name: str) -> bool:
    """True for names that clients give to files on their way: such a one counts once it is renamed."""
    return name.startswith(".") or name.casefold().endswith(_UNFINISHED)
