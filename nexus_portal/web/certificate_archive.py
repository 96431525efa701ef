"""All certificates of an account in one ZIP file, with the keys that verify them."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import clock, zip_stream
from nexus_portal.services import certificate_list
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE


async def archive(request: Request) -> Response:
    """The archive as it is read; who may not is told before the first byte."""
    actor = caller.actor_of(request)
    await asyncio.to_thread(perform, certificate_list.chain, actor)
    name = f"certificates-{clock.today().isoformat()}.zip"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        zip_stream.pieces(certificate_list.files(actor)), media_type="application/zip", headers=headers
    )


routes = [Route("/certificates/all.zip", archive)]
