"""Enrolling from an invitation, as native form posts: each step brings a new cookie."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.errors import NotFound, PortalError
from nexus_portal.domain.text import Message
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import enrolment, enrolment_stage
from nexus_portal.services.steps import Step
from nexus_portal.web import caller, link_page
from nexus_portal.web.steps import browser_of, codes_file, entered, hashing, refused, secret

PAGE = "/activate"


async def link(request: Request) -> Response:
    """Where an invitation's link leads by way of `assets/invitation/`."""
    return link_page.answer(request, action="/activate/start", begin=Message("Open the invitation"))


async def start(request: Request) -> Response:
    """Open the invitation: on to the password, or to signing in for somebody who does already."""
    form = await caller.checked_form(request)
    token, visit = str(form.get("token", ""))[:100], caller.visit_of(request)
    try:
        step = await asyncio.to_thread(enrolment.begin, visit, token=token, browser=browser_of(request))
    except PortalError as error:
        return await refused(request, error, "/sign-in", at="invitation")
    return await entered(step, PAGE if step.level is SessionLevel.ENROLLING else "/sign-in")


async def password(request: Request) -> Response:
    """Set the password."""
    form = await caller.checked_form(request)
    return await _take(
        request, "password", enrolment.choose_password, password=secret(form, "password"), run=hashing
    )


async def authenticator(request: Request) -> Response:
    """Confirm a first code of the authenticator."""
    form = await caller.checked_form(request)
    return await _take(request, "code", enrolment.confirm_authenticator, code=str(form.get("code", ""))[:64])


async def done(request: Request) -> Response:
    """Show that the recovery codes were kept; the person is in."""
    form = await caller.checked_form(request)
    return await _take(request, "recovery", enrolment.finish, code=str(form.get("code", ""))[:64], then="/")


async def codes(request: Request) -> Response:
    """The recovery codes as a file, while they are shown and no longer."""
    visit = caller.visit_of(request)
    shown = await asyncio.to_thread(enrolment_stage.where, visit)
    if not shown.codes:
        raise NotFound
    return codes_file(shown.codes, shown.email, visit.actor.language)


async def _take(
    request: Request,
    at: str,
    function: Callable[..., Step],
    *,
    then: str = PAGE,
    run: Callable[..., Any] = asyncio.to_thread,
    **typed: str,
) -> Response:
    try:
        step = await run(function, caller.visit_of(request), **typed)
    except PortalError as error:
        return await refused(request, error, PAGE, at=at)
    return await entered(step, then)


routes = [
    Route("/activate/link", link, methods=["GET"]),
    Route("/activate/start", start, methods=["POST"]),
    Route("/activate/password", password, methods=["POST"]),
    Route("/activate/totp", authenticator, methods=["POST"]),
    Route("/activate/done", done, methods=["POST"]),
    Route("/activate/recovery-codes.txt", codes, methods=["GET"]),
]
