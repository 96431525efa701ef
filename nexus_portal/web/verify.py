"""The door at which anybody has a certificate of erasure checked: without an account, and nothing is kept."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Invalid, TooMany
from nexus_portal.services import certificate_files
from nexus_portal.web import multipart, verify_page
from nexus_portal.web.steps import browser_of

FORM = 64 * 1024
"""Bytes of the form around the file."""


async def ask(request: Request) -> Response:
    """The page, before anything was chosen."""
    return HTMLResponse(verify_page.page(_language(request)))


async def answer(request: Request) -> Response:
    """What can be said of the file that came, on the same page."""
    language = _language(request)
    try:
        # Before a byte of the body is read: checking costs time, and strangers may send what they like.
        await asyncio.to_thread(certificate_files.let_in, browser_of(request).address)
        async with multipart.receiving(request, most=certificate_files.MOST + FORM, strangers=True) as upload:
            checked = await asyncio.to_thread(certificate_files.check, upload.files.get("file", b""))
    except (Invalid, TooMany) as error:
        said = catalogue.render(error.message, language)
        return HTMLResponse(
            verify_page.page(language, error=said), 429 if isinstance(error, TooMany) else 422
        )
    return HTMLResponse(verify_page.page(language, checked=checked))


def _language(request: Request) -> str:
    wanted = request.query_params.get("language", "")
    if wanted in catalogue.LANGUAGES:
        return wanted
    return catalogue.chosen(request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language", ""))


routes = [Route("/verify", ask, methods=["GET"]), Route("/verify", answer, methods=["POST"])]
"""No session is needed, and none gives more: the file alone is asked."""
