"""Acts that ask for a second factor: form posts, not events, for proving it gives the session a new id."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotSignedIn, PortalError, StepUpNeeded, Unavailable
from nexus_portal.domain.text import Message
from nexus_portal.services import passkey_sign_in, sessions, sign_in
from nexus_portal.services.passkey_proofs import LONGEST_ANSWER
from nexus_portal.web import caller
from nexus_portal.web.steps import browser_of

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Done:
    """What an act led to: what the next page says, and which page that is."""

    said: Message
    path: str
    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the page should have besides, such as the lines of a list that were not taken."""


async def stepped_up(request: Request, form: Mapping[str, object]) -> tuple[Actor, str | None]:
    """The caller after the form's `code`, `recovery` or `passkey`, and the session's new id for the cookie.

    Within five minutes of the last second factor the code may be left out, and the id stays. One that is
    given must fit all the same: nobody should see a wrong code accepted.

    Raises:
        NotSignedIn: there is no full session.
        StepUpNeeded: no code and no passkey's answer was given.
        Invalid: the code does not fit, or was used already; the passkey's answer does not count.
        TooMany: too many of them did not fit lately.
    """
    visit = caller.visit_of(request)
    if not visit.actor.signed_in:
        raise NotSignedIn
    answer = str(form.get("passkey", ""))[: LONGEST_ANSWER + 1]
    code = _typed(form, "code") or _typed(form, "recovery")
    if answer:
        sid = await asyncio.to_thread(passkey_sign_in.step_up, visit, answer=answer)
    elif code:
        sid = await asyncio.to_thread(sign_in.step_up, visit, code=code, browser=browser_of(request))
    elif visit.actor.stepped_up(clock.now()):
        return visit.actor, None
    else:
        raise StepUpNeeded
    renewed = await asyncio.to_thread(sessions.resolve, sid)
    if renewed is None:
        raise NotSignedIn
    return renewed.actor, sid


async def carry_out(
    request: Request,
    form: Mapping[str, object],
    act: Callable[[Actor], Done],
    *,
    back: str,
    kept: Mapping[str, str] = NOTHING,
) -> Response:
    """Step up, act in a thread, and load the page that says what came of it.

    A refusal leads `back`, with the typed fields in `kept`. After the step-up the answer carries the new id,
    whatever becomes of the act.
    """

    async def answer(actor: Actor, session: str) -> Response:
        done = await asyncio.to_thread(act, actor)
        return await _say(session, done.path, done.said, "success", done.kept)

    return await _answered(request, form, answer, back=back, kept=kept)


async def hand_out(
    request: Request,
    form: Mapping[str, object],
    file: Callable[[Actor], Response],
    *,
    said: Message,
    back: str,
    kept: Mapping[str, str] = NOTHING,
) -> Response:
    """Step up, and answer with the file that is made in a thread; the page has `said` to say when it is back.

    A refusal leads `back`, as in `carry_out`, and the file carries the new id as well.
    """

    async def answer(actor: Actor, session: str) -> Response:
        made = await asyncio.to_thread(file, actor)
        await _leave(session, said, "success", NOTHING)
        return made

    return await _answered(request, form, answer, back=back, kept=kept)


async def _answered(
    request: Request,
    form: Mapping[str, object],
    answer: Callable[[Actor, str], Awaitable[Response]],
    *,
    back: str,
    kept: Mapping[str, str],
) -> Response:
    try:
        actor, sid = await stepped_up(request, form)
    except (NotSignedIn, Unavailable):
        raise
    except PortalError as error:
        return await _say(
            caller.visit_of(request).id_hash, back, error.message, "error", {**kept, "at": "code"}
        )
    session = sessions.hash_of(sid) if sid else actor.session_id
    try:
        response = await answer(actor, session)
    except PortalError as error:
        response = await _say(session, back, error.message, "error", kept)
    if sid:
        caller.set_session_cookie(response, sid)
    return response


def _typed(form: Mapping[str, object], name: str) -> str:
    return str(form.get(name, ""))[:64].strip()


async def _say(session: str, path: str, message: Message, kind: str, kept: Mapping[str, str]) -> Response:
    await _leave(session, message, kind, kept)
    return caller.see(path)


async def _leave(session: str, message: Message, kind: str, kept: Mapping[str, str]) -> None:
    # While the database is gone nothing can be said; the page shows how things stand once it is back.
    with suppress(Unavailable):
        await asyncio.to_thread(caller.flash, session, message, kind=kind, kept=kept)
