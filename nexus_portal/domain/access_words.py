"""What the access log says of an act and its purpose, in words."""

from collections.abc import Mapping

from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message

ACTS: Mapping[str, Message] = {
    "revealed": Message("Shown"),
    "searched": Message("Searched for"),
    "photo": Message("Photo shown"),
    "exported": Message("Taken away as a table"),
    "printed": Message("Printed out"),
    "packaged": Message("Handed out as a package"),
    "file": Message("A dropped file read"),
}
"""By `models.privacy.AccessAct`."""

SEEN_FOR: Mapping[str, Message] = {
    **PURPOSES,
    "order page": Message("On the page of the order"),
    "draft order": Message("While ordering"),
    "asked card holders": Message("While card holders are asked"),
    "correction": Message("To correct a card"),
    "ordering again": Message("To order a card again"),
    "mending in a spreadsheet": Message("To mend rows in a spreadsheet"),
    "photo": Message("To see the photo"),
    "file page": Message("On the page of files"),
}
"""By how the log says it."""
