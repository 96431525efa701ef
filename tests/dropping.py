"""Files dropped by a machine of an account, without a server in between."""

import random

from nexus_portal.adapters.drop_files import Reader
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.file_drops import Folder
from nexus_portal.services import file_store, file_uploads
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender, Upload
from nexus_portal.services.use_case import perform


def random_bytes(size: int) -> bytes:
    """The same ones each time."""
    return random.Random(size).randbytes(size)


def begin(actor: Actor, name: str, how: Begin = Begin.ANEW) -> Upload:
    """A sending that is open."""
    return file_uploads.begin(Sender(lambda: actor), folder=Folder.INBOX, name=name, how=how)


def send(actor: Actor, name: str, data: bytes, *, how: Begin = Begin.ANEW, at_once: bool = True) -> None:
    """Send a whole file, which counts as received at once unless told otherwise."""
    sender = Sender(lambda: actor, at_once=at_once)
    upload = file_uploads.begin(sender, folder=Folder.INBOX, name=name, how=how)
    upload.write(upload.size if how is Begin.ON else 0, data)
    upload.close()


def content(actor: Actor, name: str, folder: Folder = Folder.INBOX) -> bytes:
    """What is in a file."""
    opened = perform(file_store.open_read, actor, folder=folder, name=name)
    reader = Reader(opened.blob, opened.id, opened.key)
    try:
        return b"".join(reader.parts())
    finally:
        reader.close()
