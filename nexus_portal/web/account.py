"""Looking after one's own sign-in, as form posts: a second factor each, and mostly a new session id."""

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound, NotSignedIn, PortalError, Unavailable
from nexus_portal.domain.text import Message
from nexus_portal.services import own_password, renewal
from nexus_portal.services.sessions import hash_of
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out, stepped_up
from nexus_portal.web.steps import browser_of, codes_file, entered, hashing, refused, secret

PAGE = "/account"
AUTHENTICATOR = "/account/authenticator"
CODES = "/account/recovery-codes"


async def password(request: Request) -> Response:
    """Change the password; the session goes on under a new id, all others end."""
    form = await caller.checked_form(request)
    try:
        actor, sid = await stepped_up(request, form)
    except (NotSignedIn, Unavailable):
        raise
    except PortalError as error:
        return await refused(request, error, PAGE, at="password-code")
    said = Message("Your password is changed. You are signed out everywhere else.")
    kind, at, response = "success", "", caller.see(PAGE)
    try:
        sid = await hashing(
            own_password.change,
            actor,
            present=secret(form, "present"),
            new=secret(form, "new"),
            browser=browser_of(request),
        )
    except Unavailable:
        raise
    except PortalError as error:
        wrong = isinstance(error, own_password.WrongPassword)
        said, kind, at = error.message, "error", "present" if wrong else "new"
    if sid:
        caller.set_session_cookie(response, sid)
    session = hash_of(sid) if sid else actor.session_id
    await asyncio.to_thread(caller.flash, session, said, kind=kind, kept={"at": at} if at else None)
    return response


async def begin_authenticator(request: Request) -> Response:
    """Show the key of a new authenticator."""
    form = await caller.checked_form(request)
    after = caller.own_path(caller.field(form, "next", 2000) or "/")
    path = AUTHENTICATOR if after == "/" else f"{AUTHENTICATOR}?next={quote(after, safe='')}"

    def act(actor: Actor) -> Done:
        perform(renewal.begin_authenticator, actor)
        return Done(Message("Scan the new key now. It is shown for a quarter of an hour."), path)

    return await carry_out(request, form, act, back=path)


async def confirm_authenticator(request: Request) -> Response:
    """Put the new authenticator in the place of the old one; on to the recovery codes."""
    form = await caller.checked_form(request)
    try:
        step = await asyncio.to_thread(
            renewal.confirm_authenticator,
            caller.visit_of(request),
            code=str(form.get("code", ""))[:64],
            browser=browser_of(request),
        )
    except PortalError as error:
        return await refused(request, error, AUTHENTICATOR, at="code")
    return await entered(step, CODES)


async def begin_codes(request: Request) -> Response:
    """Show ten new recovery codes."""
    form = await caller.checked_form(request)

    def act(actor: Actor) -> Done:
        perform(renewal.begin_codes, actor)
        return Done(Message("The earlier codes work until you have typed back one of the new ones."), CODES)

    return await carry_out(request, form, act, back=CODES)


async def confirm_codes(request: Request) -> Response:
    """Show that the new recovery codes were kept."""
    form, actor = await caller.checked_form(request), caller.actor_of(request)
    typed = str(form.get("code", ""))[:64]
    try:
        await asyncio.to_thread(perform, renewal.confirm_codes, actor, typed=typed)
    except NotSignedIn:
        raise
    except PortalError as error:
        return await refused(request, error, CODES, at="recovery")
    said = Message("Your new recovery codes count from now on; the earlier ones do not.")
    await asyncio.to_thread(caller.flash, actor.session_id, said)
    return caller.see(PAGE)


async def codes(request: Request) -> Response:
    """The new recovery codes as a file, while they are shown and no longer."""
    actor = caller.actor_of(request)
    shown = await asyncio.to_thread(perform, renewal.recovery_codes, actor)
    if not shown.codes:
        raise NotFound
    return codes_file(shown.codes, shown.email, actor.language)


routes = [
    Route("/account/password", password, methods=["POST"]),
    Route("/account/authenticator/start", begin_authenticator, methods=["POST"]),
    Route("/account/authenticator/confirm", confirm_authenticator, methods=["POST"]),
    Route("/account/recovery-codes/start", begin_codes, methods=["POST"]),
    Route("/account/recovery-codes/confirm", confirm_codes, methods=["POST"]),
    Route("/account/recovery-codes.txt", codes, methods=["GET"]),
]
