"""Protected identity: how a person is called where only named handlers may know who it is.

About 27,000 people in Sweden live under it. An alias belongs to one card, so that several cards of one person
do not tell that they are the same person's.
"""

import hashlib
from enum import IntEnum
from uuid import UUID

from nexus_portal.domain.text import Message

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none is taken for another when it is read aloud."""
_LENGTH = 4


_NO = {"", "0", "-", "–", "n", "nej", "no", "false", "falskt", "ej", "inte"}
HANDLED = Message("The identity of this person is protected. People who are named to it see and change it.")


class Protection(IntEnum):
    """Whether an identity is protected. Never renumbered: records carry it."""

    NONE = 0
    ASKED = 1
    """It was marked in a draft; whoever enters the person sees them until the order is sent."""
    IN_FORCE = 2


def is_yes(text: str) -> bool:
    """Whether a cell of a spreadsheet marks somebody: anything but a plain no or nothing does."""
    return text.strip().casefold() not in _NO


def alias(item_id: UUID) -> str:
    """Four letters for the person on a card item, always the same: `7F3K`."""
    number = int.from_bytes(hashlib.sha256(item_id.bytes).digest()[:4])
    return "".join(_LETTERS[number >> 5 * place & 31] for place in range(_LENGTH))


def called(item_id: UUID) -> Message:
    """What stands in place of the name."""
    return Message("Protected person {alias}", alias=alias(item_id))
