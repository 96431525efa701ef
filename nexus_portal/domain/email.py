"""Mail addresses as names of people who sign in."""

import re
import unicodedata

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

LONGEST = 254
_SHAPE = re.compile(r"[^@\s<>\"(),:;\[\]\\]+@[^@\s<>\"(),:;\[\]\\.]+(\.[^@\s<>\"(),:;\[\]\\.]+)+")


def normalised(typed: str) -> str:
    """The form in which addresses are kept and compared: NFC, no case, no space around.

    What no database stores, zero characters and halves of surrogate pairs, becomes a question mark.
    """
    storable = typed.encode("utf-8", "replace").decode().replace("\0", "?")
    return unicodedata.normalize("NFC", storable).strip().casefold()


def checked(typed: str) -> str:
    """The normalised address.

    Raises:
        Invalid: it is no address that mail could be sent to.
    """
    address = normalised(typed)
    if len(address) > LONGEST or not _SHAPE.fullmatch(address):
        raise Invalid(Message("This is no mail address. It looks like name@organisation.se."))
    return address
