"""ZIP archives from strangers: never unpacked to disk, never beyond a size fixed beforehand."""

import io
import struct
import zipfile
import zlib
from typing import IO

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others decompress in whole blocks: 4 KiB of bzip2 may become gigabytes before anybody can stop it."""

ENCRYPTED = 0x1
_UTF8 = 0x800
_CENTRAL_ENTRY = b"PK\x01\x02"
_BLOCK = 1024 * 1024
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""All that `zipfile` raises for bytes that are no archive, or only half of one."""


def open_zip(data: bytes | IO[bytes], max_entries: int) -> zipfile.ZipFile:
    """The archive's list of entries; a file is read where it lies.

    Raises:
        Invalid: it is damaged, or has more entries than allowed.
    """
    # Every entry needs this mark, so counting it bounds the list before Python builds it.
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    if _count(file, max_entries) > max_entries:
        raise Invalid(Message("The ZIP file holds more than {limit} files. Divide it.", limit=max_entries))
    try:
        return zipfile.ZipFile(file)
    except _UNREADABLE:
        raise damaged() from None


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The unpacked bytes of one entry. Python stops at the declared size and compares the checksum there.

    Raises:
        Invalid: it is damaged, or larger than `limit` bytes.
    """
    if entry.file_size > limit:
        raise too_large()
    try:
        with archive.open(entry) as file:
            data = file.read(limit + 1)
    except _UNREADABLE:
        raise damaged() from None
    if len(data) > limit:
        raise too_large()
    return data


def inflates_too_much(entry: zipfile.ZipInfo, max_ratio: int, from_size: int) -> bool:
    """True for the mark of a ZIP bomb: a large entry that was packed to next to nothing."""
    return entry.file_size > from_size and entry.file_size > max_ratio * max(entry.compress_size, 1)


def true_name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: macOS writes UTF-8 unannounced, and Python takes it for DOS letters."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _count(file: IO[bytes], enough: int) -> int:
    file.seek(0)
    found, end = 0, b""
    while found <= enough and (block := file.read(_BLOCK)):
        found += (end + block).count(_CENTRAL_ENTRY)
        end = block[1 - len(_CENTRAL_ENTRY) :]
    return found


def damaged() -> Invalid:
    """The refusal of an archive or entry that does not unpack."""
    return Invalid(Message("The ZIP file is damaged. Make it again and send it again."))


def too_large() -> Invalid:
    """The refusal of what unpacks to more than it may."""
    return Invalid(Message("The file unpacks to far more than it may. It was not opened."))
