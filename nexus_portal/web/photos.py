"""Photos before they are ordered: looked at at once, and cut anew from what is kept."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue, photos
from nexus_portal.domain import photo_cut, photo_findings
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import photo_edits
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller, multipart
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.uploads import MOST_PHOTO


async def check(request: Request) -> Response:
    """Say what is wanting in a photo; nothing of it is kept."""
    actor = caller.actor_of(request)
    await asyncio.to_thread(perform, photo_edits.may_check, actor)
    async with multipart.receiving(request, most=MOST_PHOTO) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        if "photo" not in upload.files:
            raise Invalid(Message("No file arrived. Choose the file again."))
        cut = photo_cut.read(upload.fields.get("cut", ""))
        seen = await asyncio.to_thread(photos.process, upload.files["photo"], cut, faces=True)
    words = [catalogue.render(each, actor.language) for each in photo_findings.advice(seen.findings)]
    return JSONResponse({"advice": words})


async def original(request: Request) -> Response:
    """The whole photo of a row of one's own draft; the showing is logged."""
    item_id = row_id(request.path_params["item_id"])
    actor = caller.actor_of(request)
    image = await asyncio.to_thread(perform, photo_edits.original, actor, item_id=item_id)
    return Response(image, media_type="image/jpeg", headers=PRIVATE)


routes = [
    Route("/photos/check", check, methods=["POST"]),
    Route("/orders/items/{item_id}/photo/original", original, methods=["GET"]),
]
