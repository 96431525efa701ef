"""Files for a draft that is there already: its rows to mend, out and back in, and photos that it lacks."""

import asyncio
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nexus_portal.adapters.sealed_files import SealedFile
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import import_results, import_run, layouts
from nexus_portal.services.import_results import Kind
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller, multipart
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import hand_out
from nexus_portal.web.uploads import MOST, MOST_SHEET, TYPES

Accept = Callable[..., str]
SAID = Message("The rows are downloaded. Mend them, and send the file back here.")


async def rows_to_mend(request: Request) -> Response:
    """The rows of a draft that have something wrong, as a table to mend."""
    return await _table(request, everything=False)


async def all_rows(request: Request) -> Response:
    """All rows of a draft as such a table."""
    return await _table(request, everything=True)


async def _table(request: Request, *, everything: bool) -> Response:
    number, kind = request.path_params["number"], request.path_params["kind"]
    if kind not in TYPES:
        raise NotFound

    def file(actor: Actor) -> Response:
        table = perform(
            import_results.rows_to_mend,
            actor,
            number=number,
            kind=cast("Kind", kind),
            language=actor.language,
            everything=everything,
        )
        name = f'attachment; filename="{number}.{kind}"'
        return Response(table, media_type=TYPES[kind], headers={**PRIVATE, "Content-Disposition": name})

    if request.method != "POST":
        return await asyncio.to_thread(file, caller.actor_of(request))
    # Of many persons, after a second factor: the dialog of the page names the file by the end of its address.
    dialog = request.url.path.rpartition("/")[2]
    form, back = await caller.checked_form(request), f"/orders/{number}"
    return await hand_out(request, form, file, said=SAID, back=back, kept={"dialog": dialog})


async def mended(request: Request) -> Response:
    """Take the rows that were mended in a spreadsheet program back into their draft."""
    return await _into_draft(request, "spreadsheet", MOST_SHEET, import_run.accept_mended)


async def more_photos(request: Request) -> Response:
    """Take a ZIP file of photos for the rows of a draft that lack one."""
    return await _into_draft(request, "photos", MOST, import_run.accept_photos)


async def _into_draft(request: Request, name: str, most: int, accept: Accept) -> Response:
    actor = caller.actor_of(request)
    await asyncio.to_thread(perform, layouts.layouts_for_ordering, actor)
    async with multipart.receiving(request, most=most, seal=True) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        file: SealedFile | None = upload.sealed.get(name)
        if file is None:
            raise Invalid(Message("No file arrived. Choose the file again."))
        # Who sends the same file twice is known by the file itself.
        draft, key = upload.fields.get("draft", ""), uuid4().hex
        number = await asyncio.to_thread(accept, actor, draft=draft, file=file, key=key)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"next": f"/orders/{number}"})
    return caller.see(f"/orders/{number}")


routes = [
    Route("/orders/{number}/rows-to-mend.{kind}", rows_to_mend, methods=["GET", "POST"]),
    Route("/orders/{number}/all-rows.{kind}", all_rows, methods=["GET", "POST"]),
    Route("/imports/mended", mended, methods=["POST"]),
    Route("/imports/photos", more_photos, methods=["POST"]),
]
