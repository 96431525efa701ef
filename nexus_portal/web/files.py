"""Files of the file drop by the page: sent as a body that is never held whole, taken away, deleted; rules."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import file_outgoing, file_removal, file_rules, file_uploads
from nexus_portal.services.file_rules import Rules
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender, Upload
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/files"
BLOCK = 1024 * 1024
PATIENCE = 60.0
"""Seconds to wait for the next bytes of a file."""
LONGEST = 8000
"""Two hundred ids."""


async def send(request: Request) -> Response:
    """Take a file into the inbox as it arrives; what was cut off can be sent again under its name."""
    actor = caller.actor_of(request)
    caller.check_csrf(request, request.headers.get("x-csrf", ""))
    name = unquote(request.headers.get("x-file-name", ""))
    sender = Sender(lambda: actor, at_once=True)
    upload = await asyncio.to_thread(
        file_uploads.begin, sender, folder=Folder.INBOX, name=name, how=Begin.ANEW
    )
    try:
        await _fill(upload, request)
        await asyncio.to_thread(upload.close)
    except (ClientDisconnect, TimeoutError):
        raise Invalid(Message("The upload was cut off. Send the file again.")) from None
    finally:
        await asyncio.to_thread(upload.break_off)
    return JSONResponse({})


async def take(request: Request) -> Response:
    """A file to take away; its name stands in the answer's head only."""
    outgoing = await asyncio.to_thread(
        perform, file_outgoing.take, caller.actor_of(request), file_id=row_id(request.path_params["file_id"])
    )
    headers = {
        **PRIVATE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(outgoing.name, safe='')}",
        "Content-Length": str(outgoing.size),
    }
    return StreamingResponse(outgoing.parts(), media_type="application/octet-stream", headers=headers)


async def remove(request: Request) -> Response:
    """Delete the chosen files, with a second factor, and show the certificate."""
    form = await caller.checked_form(request)
    chosen = caller.field(form, "files", LONGEST)

    def act(actor: Actor) -> Done:
        removed = perform(
            file_removal.remove_files, actor, file_ids=[row_id(each) for each in chosen.split()]
        )
        kept = {"dialog": "removed", "erasure": str(removed.erasure_id)} if removed.erasure_id else {}
        return Done(Message("Files that were deleted: {n}.", n=removed.files), PAGE, kept)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "remove", "files": chosen})


async def set_rules(request: Request) -> Response:
    """Change the rules for files, with a second factor."""
    form = await caller.checked_form(request)
    typed = {
        name: caller.field(form, name, 120)
        for name in ("orders_as", "submits", "layout", "archives", "days_after_use", "days_unused")
    }

    def act(actor: Actor) -> Done:
        chosen = Rules(
            orders_as=typed["orders_as"],
            submits=typed["submits"] == "yes",
            layout=typed["layout"],
            archives=typed["archives"] == "yes",
            days_after_use=_days(typed["days_after_use"]),
            days_unused=_days(typed["days_unused"]),
        )
        perform(file_rules.set_rules, actor, chosen=chosen)
        return Done(Message("The rules for files are changed."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "rules", **typed})


async def _fill(upload: Upload, request: Request) -> None:
    at = 0
    async for block in _blocks(request):
        await asyncio.to_thread(upload.write, at, block)
        at += len(block)


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in blocks that are worth a thread."""
    stream, waiting = request.stream(), bytearray()
    while True:
        try:
            waiting += await asyncio.wait_for(anext(stream), PATIENCE)
        except StopAsyncIteration:
            break
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _days(typed: str) -> int:
    # What is no number is none that is allowed, and refused as such.
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else -1  # noqa: PLR2004 - digits


routes = [
    Route("/files/send", send, methods=["POST"]),
    Route("/files/remove", remove, methods=["POST"]),
    Route("/files/rules", set_rules, methods=["POST"]),
    Route("/files/{file_id}/content", take),
]
