"""Signing in and out, as native form posts: a full page load brings each step's new cookie."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain import email
from nexus_portal.domain.errors import NotFound, PortalError
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import account, own_accounts, passkey_sign_in, sign_in
from nexus_portal.services.passkey_proofs import LONGEST_ANSWER
from nexus_portal.services.steps import Step
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.steps import browser_of, entered, hashing, refused, secret

LONGEST_TARGET = 2000
LOST_PHONE = "/account/authenticator?next="
"""Whoever needed a recovery code is offered a new authenticator first, and may go on from there."""
NOT_FOR_PAGES = ("/auth/", "/sign-in", "/sign-out", "/activate", "/forgot", "/reset")


async def with_password(request: Request) -> Response:
    """The first step: on to the second one, or back into an enrolment that broke off."""
    form = await caller.checked_form(request)
    typed, target = str(form.get("email", ""))[: email.LONGEST], _target(form)
    try:
        step = await hashing(
            sign_in.with_password,
            caller.visit_of(request),
            email=typed,
            password=secret(form, "password"),
            browser=browser_of(request),
        )
    except PortalError as error:
        return await refused(request, error, _form(target), at="password", kept={"email": typed})
    return await entered(step, _onward(step, _form(target)))


async def with_second_factor(request: Request) -> Response:
    """The second step: on to the page that one wanted to see."""
    form = await caller.checked_form(request)
    target, code = _target(form), str(form.get("code", ""))[:64]
    visit = caller.visit_of(request)
    try:
        step = await asyncio.to_thread(
            sign_in.with_second_factor, visit, code=code, browser=browser_of(request)
        )
    except PortalError as error:
        at = "recovery" if form.get("kind") == "recovery" else "code"
        return await refused(request, error, _form(target), at=at)
    if step.recovered:
        return await entered(step, LOST_PHONE + quote(target, safe=""))
    return await entered(step, _onward(step, target))


async def with_passkey(request: Request) -> Response:
    """In place of the second step, or of both."""
    form = await caller.checked_form(request)
    target, answer = _target(form), str(form.get("passkey", ""))[: LONGEST_ANSWER + 1]
    visit = caller.visit_of(request)
    try:
        step = await asyncio.to_thread(
            passkey_sign_in.enter, visit, answer=answer, browser=browser_of(request)
        )
    except PortalError as error:
        return await refused(request, error, _form(target), at="passkey")
    return await entered(step, _onward(step, target))


async def sign_out(request: Request) -> Response:
    """End this session, in all its tabs at once."""
    await caller.checked_form(request)
    await asyncio.to_thread(sign_in.sign_out, caller.visit_of(request))
    return _left()


async def sign_out_everywhere(request: Request) -> Response:
    """End every session of the person, on all their devices."""
    await caller.checked_form(request)
    await asyncio.to_thread(perform, account.end_sessions, caller.actor_of(request), keep_this=False)
    return _left()


async def change_account(request: Request) -> Response:
    """Go on in another of the person's accounts."""
    form = await caller.checked_form(request)
    try:
        place = UUID(caller.field(form, "place", 36))
    except ValueError:
        raise NotFound from None
    step = await asyncio.to_thread(own_accounts.change, caller.visit_of(request), membership_id=place)
    return await entered(step, "/")


def _target(form: Mapping[str, object]) -> str:
    """The page to land on: one of ours, and not one of signing in again."""
    wanted = caller.own_path(str(form.get("next", ""))[:LONGEST_TARGET])
    return "/" if wanted.startswith(NOT_FOR_PAGES) else wanted


def _form(target: str) -> str:
    return "/sign-in" if target == "/" else f"/sign-in?next={quote(target, safe='')}"


def _onward(step: Step, path: str) -> str:
    return "/activate" if step.level is SessionLevel.ENROLLING else path


def _left() -> Response:
    response = caller.see("/sign-in")
    caller.drop_session_cookie(response)
    # The browser forgets the pages it could go back to. Not "storage": the choice of colours lies there.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


routes = [
    Route("/auth/sign-in", with_password, methods=["POST"]),
    Route("/auth/second-factor", with_second_factor, methods=["POST"]),
    Route("/auth/passkey", with_passkey, methods=["POST"]),
    Route("/auth/account", change_account, methods=["POST"]),
    Route("/auth/sign-out-everywhere", sign_out_everywhere, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
