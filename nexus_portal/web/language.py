"""Changing the language: a cookie that the pages read, kept with the person too."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal import settings
from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import NotFound
from nexus_portal.services import preferences
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller

YEAR = 365 * 24 * 3600


async def choose(request: Request) -> Response:
    """Remember the language and load the page one came from."""
    form = await caller.checked_form(request)
    code = request.path_params["code"]
    if code not in catalogue.LANGUAGES:
        raise NotFound
    await asyncio.to_thread(perform, preferences.speak, caller.actor_of(request), language=code)
    response = caller.see(caller.own_path(caller.field(form, "next")))
    remember(response, code)
    return response


def remember(response: Response, language: str) -> None:
    """Set the language cookie; scripts read it before the first element is drawn, so it is not HttpOnly."""
    response.set_cookie(
        catalogue.COOKIE,
        language,
        max_age=YEAR,
        path="/",
        samesite="lax",
        secure=settings.current().secure,
    )


routes = [Route("/language/{code}", choose, methods=["POST"])]
