"""States and folders of the file drop, in words."""

from collections.abc import Mapping

from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.text import Message

S = FileState
STATES: Mapping[FileState, Message] = {
    S.RECEIVING: Message("On its way"),
    S.RECEIVED: Message("Received"),
    S.IMPORTED: Message("Being read"),
    S.PROCESSED: Message("Processed"),
    S.REFUSED: Message("Refused"),
    S.DELETED: Message("Deleted"),
    S.EXPIRED: Message("Time over"),
}
FOLDERS: Mapping[Folder, Message] = {
    Folder.INBOX: Message("Inbox"),
    Folder.RESULTS: Message("Results"),
    Folder.ARCHIVE: Message("Archive"),
}
