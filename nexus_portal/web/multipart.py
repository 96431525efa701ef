"""Forms with files, read into memory or sealed as they arrive: none must ever lie on a disk in clear."""

import asyncio
from asyncio import AbstractEventLoop, Semaphore
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from nexus_portal.adapters import sealed_files
from nexus_portal.adapters.sealed_files import SealedFile, Writer
from nexus_portal.domain.errors import Invalid, TooMany
from nexus_portal.domain.text import Message

MEGABYTE = 1024 * 1024
MAX_FIELDS = 400
MAX_FIELD = 64 * 1024
AT_ONCE = 3
"""Uploads that are held in memory at the same time, in one process."""
PATIENCE = 30.0
"""Seconds to wait for a place, and for the next bytes of an upload."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A form's fields, and the bytes of its files. Names of files are dropped: they often name a person."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]
    sealed: Mapping[str, SealedFile] = field(default_factory=dict[str, SealedFile])
    """Files that were sealed as they arrived; whoever is given them sees to their end."""


class _InMemory(MultiPartParser):
    spool_max_size = 0  # SpooledTemporaryFile reads 0 as "never to disk"


class _Sealing(_InMemory):
    """Seals each file piece by piece: however large, it takes next to no memory."""

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        part = self._current_part.file
        if part is not None:
            part.file.close()
            writer = Writer()
            part.file = writer  # pyright: ignore[reportAttributeAccessIssue] - as much of a file as it uses
            self._files_to_close_on_error.append(writer)  # pyright: ignore[reportArgumentType] - it is only closed


Places = WeakKeyDictionary[AbstractEventLoop, Semaphore]
_places: Places = WeakKeyDictionary()
_strangers: Places = WeakKeyDictionary()
"""Whoever has no account waits for others without one, and never keeps customers waiting."""


@asynccontextmanager
async def receiving(
    request: Request, *, most: int, seal: bool = False, strangers: bool = False
) -> AsyncIterator[Upload]:
    """The form of a request with a body of at most `most` bytes; the place is kept until the block ends.

    With `seal` its files lie sealed on the disk instead of in memory, and are gone if the block fails.

    Raises:
        Invalid: too large, cut off, or no form with files at all.
        TooMany: too many others upload just now.
    """
    _check_head(request, most)
    places = _strangers if strangers else _places
    place = places.setdefault(asyncio.get_running_loop(), Semaphore(AT_ONCE))
    try:
        await asyncio.wait_for(place.acquire(), PATIENCE)
    except TimeoutError:
        raise TooMany(Message("Many files are being read just now. Try again in a minute.")) from None
    sealed: list[str] = []
    try:
        upload = await _read(request, most, _Sealing if seal else _InMemory)
        sealed += [file.name for file in upload.sealed.values()]
        yield upload
    except BaseException:
        sealed_files.destroy(sealed)
        raise
    finally:
        place.release()


def _check_head(request: Request, most: int) -> None:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise _too_large(most)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Invalid(Message("No file arrived. Choose the file again."))


async def _read(request: Request, most: int, kind: type[_InMemory]) -> Upload:
    parser = kind(
        request.headers,
        _counted(request, most),
        max_files=2,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ClientDisconnect, TimeoutError):
        # The cause could quote what was sent.
        raise Invalid(Message("The upload was cut off. Nothing was stored; send it again.")) from None
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files: dict[str, bytes] = {}
    sealed: dict[str, SealedFile] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            continue
        if isinstance(value.file, Writer):
            if value.size and name not in sealed:
                sealed[name] = await asyncio.to_thread(value.file.finish)
            await asyncio.to_thread(value.file.close)
            continue
        data = await value.read()
        await value.close()
        if data:
            files[name] = data
    return Upload(fields, files, sealed)


async def _counted(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    stream = request.stream()
    size = 0
    while True:
        try:
            chunk = await asyncio.wait_for(anext(stream), PATIENCE)
        except StopAsyncIteration:
            return
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> Invalid:
    return Invalid(
        Message(
            "The files are larger than {limit} MB together. Send fewer photos at a time.",
            limit=most // MEGABYTE,
        )
    )
