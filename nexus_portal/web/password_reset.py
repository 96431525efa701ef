"""A forgotten password, as native form posts. The link's secret stands in no address that a server sees."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain import email
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.text import Message
from nexus_portal.services import password_resets
from nexus_portal.web import caller, link_page
from nexus_portal.web.steps import browser_of, entered, hashing, refused, secret

ASK, CHOOSE = "/forgot", "/reset"


async def ask(request: Request) -> Response:
    """Ask for a link: the same answer for every address, whether or not anybody has it."""
    form = await caller.checked_form(request)
    typed = str(form.get("email", ""))[: email.LONGEST + 1]
    try:
        await asyncio.to_thread(password_resets.ask, email=typed, browser=browser_of(request))
    except PortalError as error:
        return await refused(request, error, ASK, at="email", kept={"email": typed})
    said = Message(
        "If somebody signs in with this address, a mail with a link is on its way. It works for 30 minutes."
    )
    await asyncio.to_thread(caller.flash, caller.visit_of(request).id_hash, said, kind="info")
    return caller.see(ASK)


async def link(request: Request) -> Response:
    """Where the mail's link leads by way of `assets/reset/`."""
    return link_page.answer(request, action="/auth/reset/start", begin=Message("Choose a new password"))


async def start(request: Request) -> Response:
    """Open the link: on to the new password, or back to asking for a link that works."""
    form = await caller.checked_form(request)
    token, visit = str(form.get("token", ""))[:100], caller.visit_of(request)
    browser = browser_of(request)
    try:
        step = await asyncio.to_thread(password_resets.open_link, visit, token=token, browser=browser)
    except PortalError as error:
        return await refused(request, error, ASK, at="link")
    return await entered(step, CHOOSE)


async def choose(request: Request) -> Response:
    """Set the new password; then one signs in as always, with both factors."""
    form = await caller.checked_form(request)
    visit = caller.visit_of(request)
    try:
        step = await hashing(password_resets.choose_password, visit, password=secret(form, "password"))
    except PortalError as error:
        return await refused(request, error, CHOOSE, at="password")
    return await entered(step, "/sign-in")


routes = [
    Route("/auth/forgot", ask, methods=["POST"]),
    Route("/auth/reset/link", link, methods=["GET"]),
    Route("/auth/reset/start", start, methods=["POST"]),
    Route("/auth/reset/password", choose, methods=["POST"]),
]
