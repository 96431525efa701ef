"""What the forms of signing in and enrolling share: their answers, and the threads that hash passwords."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nexus_portal.adapters import catalogue
from nexus_portal.domain import recovery_codes
from nexus_portal.domain.errors import PortalError, Unavailable
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services.sessions import hash_of
from nexus_portal.services.steps import Browser, Step
from nexus_portal.web import caller
from nexus_portal.web import language as languages

Result = TypeVar("Result")
LONGEST_PASSWORD = 1024
# Hashing waits for its turn here, so that a flood of passwords can take neither the threads of everything
# else nor all the processors: half of them are as many as are of use.
_threads = ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="passwords")


async def hashing(function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run what hashes passwords in the few threads set aside for it."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *args, **kwargs))


def secret(form: Mapping[str, object], name: str) -> str:
    """A field that is taken exactly as typed, spaces included; nothing when longer than any password."""
    value = str(form.get(name, ""))
    return value if len(value) <= LONGEST_PASSWORD else ""


def browser_of(request: Request) -> Browser:
    """Where the request comes from."""
    return Browser(
        request.client.host if request.client else "",
        request.headers.get("user-agent", ""),
        caller.known_in(request),
    )


async def entered(step: Step, path: str) -> Response:
    """Load the next page with the step's new cookie, in the person's language once they are signed in."""
    response = caller.see(path)
    caller.set_session_cookie(response, step.sid)
    if step.known:
        caller.set_known_cookie(response, step.known)
    if step.level is SessionLevel.FULL:
        languages.remember(response, step.language)
    if step.notice is not None:
        await asyncio.to_thread(caller.flash, hash_of(step.sid), step.notice, kind="info")
    return response


def codes_file(codes: Sequence[str], email: str, language: str) -> Response:
    """Recovery codes as a text file to keep."""
    heading = catalogue.translate(
        "Recovery codes of {email} for Nexus Portal. Each is good once.", language, email=email
    )
    return PlainTextResponse(
        recovery_codes.as_file(list(codes), heading),
        headers={"Content-Disposition": 'attachment; filename="nexus-portal-recovery-codes.txt"'},
    )


async def refused(
    request: Request, error: PortalError, path: str, *, at: str, kept: Mapping[str, str] | None = None
) -> Response:
    """Load the form again: it says at the field `at` what is wrong, and keeps what was typed."""
    if isinstance(error, Unavailable):
        raise error
    session, said = caller.visit_of(request).id_hash, {"at": at, **(kept or {})}
    await asyncio.to_thread(caller.flash, session, error.message, kind="error", kept=said)
    return caller.see(path)
