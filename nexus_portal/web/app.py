"""The Starlette application of all routes beside Reflex, and how its refusals look."""

import importlib
import logging
import pkgutil
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from nexus_portal import web
from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotYet,
    PortalError,
    StepUpNeeded,
    TooMany,
    Unavailable,
)
from nexus_portal.web.caller import actor_of, flash, own_path, see, visit_of

log = logging.getLogger(__name__)

STATUS: dict[type[PortalError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    StepUpNeeded: 403,
    NotFound: 404,
    Conflict: 409,
    NotYet: 409,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


def build() -> Starlette:
    """The application of the web doors: the `routes` of every module in this package."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(web.__path__, f"{web.__name__}.")
    ]
    routes: list[BaseRoute] = [route for module in modules for route in getattr(module, "routes", [])]
    handlers: dict[Any, Any] = {PortalError: refused, HTTPException: unknown, Exception: broken}
    return Starlette(routes=routes, exception_handlers=handlers)


async def refused(request: Request, error: PortalError) -> Response:
    """Say no: as JSON to scripts, as a notice on the page they came from to people, else as plain text."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    text = _in_words(error, actor_of(request).language)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": text}, status)
    if (
        request.method == "POST"
        and "text/html" in request.headers.get("accept", "")
        and not isinstance(error, Unavailable)
    ):
        back = own_path(_path_of(request.headers.get("referer", "")))
        if not isinstance(error, NotSignedIn):
            flash(visit_of(request).id_hash, error.message, kind="error")
            return see(back)
        return see("/sign-in")
    return PlainTextResponse(text, status)


async def unknown(_request: Request, error: HTTPException) -> Response:
    """What Starlette itself refuses: an unknown path or method."""
    return PlainTextResponse(error.detail, error.status_code)


async def broken(_request: Request, error: Exception) -> Response:
    """An error of ours: an incident number for the person, the trace for the log."""
    incident = secrets.token_hex(4)
    log.error("incident %s", incident, exc_info=error)
    return PlainTextResponse(f"Something failed on our side. Nothing was changed. Incident {incident}.", 500)


def _in_words(error: PortalError, language: str) -> str:
    text = catalogue.render(error.message, language)
    if isinstance(error, NotYet):
        text = " ".join([text, *(catalogue.render(reason, language) for reason in error.reasons)])
    return text


def _path_of(url: str) -> str:
    _, _, rest = url.partition("://")
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"
