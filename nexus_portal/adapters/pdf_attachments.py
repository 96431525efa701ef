"""Files inside a PDF: put in when a page is made, taken out of pages that strangers send."""

import logging
from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

HEAD = b"%PDF-"
MOST = 4 * 1024 * 1024
"""Bytes that an attachment may unfold to."""
_EVERY_OBJECT = 10_000

# It tells of each oddity of a file, and files come from strangers.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def attach(pdf: bytes, name: str, data: bytes, *, media_type: str) -> bytes:
    """The PDF with a file in it; the same parts give the same bytes."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    attachment = writer.add_attachment(name, data)
    attachment.subtype = NameObject("/" + media_type)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def attached(pdf: bytes, ending: str) -> bytes:
    """The one file in a PDF whose name ends so.

    Raises:
        Invalid: this is no PDF that can be read, or there is no such file in it, or several.
    """
    try:
        reader = PdfReader(BytesIO(pdf), root_object_recovery_limit=_EVERY_OBJECT)
        found = [each for each in reader.attachment_list if each.name.endswith(ending)]
        data = found[0].content if len(found) == 1 else b""
    except Exception:  # noqa: BLE001 - a broken file fails in as many ways as there are files
        raise Invalid(Message("This PDF cannot be read.")) from None
    if not data or len(data) > MOST:
        raise Invalid(Message("There is no certificate inside this PDF."))
    return data
