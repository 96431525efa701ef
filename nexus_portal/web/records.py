"""Records of processing to take away. There are no persons in them."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import NotFound
from nexus_portal.services import processing, processing_files
from nexus_portal.services.processing import RecordView
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE

NOW = "now"
TYPES = {"pdf": "application/pdf", "json": "application/json"}


async def account_record(request: Request) -> Response:
    """The record of the reader's account, or a version that was kept."""
    return await _file(request, processing.account_record)


async def bureau_record(request: Request) -> Response:
    """The bureau's own."""
    return await _file(request, processing.bureau_record)


async def _file(request: Request, read: Any) -> Response:
    form, version = request.path_params["form"], _version(request.path_params["version"])
    if form not in TYPES:
        raise NotFound
    actor = caller.actor_of(request)
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))

    def make() -> bytes:
        view: RecordView = perform(read, actor, version=version)
        return (
            processing_files.json_of(view)
            if form == "json"
            else processing_files.pdf(view, version, language)
        )

    data = await asyncio.to_thread(make)
    name = f"record-of-processing-{version or NOW}.{form}"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=TYPES[form], headers=headers)


def _version(text: str) -> int:
    if text == NOW:
        return 0
    if text.isascii() and text.isdecimal() and 0 < int(text) < 2**31:
        return int(text)
    raise NotFound


routes = [
    Route("/privacy/records/{version}.{form}", account_record),
    Route("/bureau/processing/{version}.{form}", bureau_record),
]
