"""The door for applicants, who have no account: the application form, its receipt, and one answer by a link.

Plain forms and whole pages: they work without scripts, and nothing that was typed is kept on the way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain.applications import LONGEST_TEXT
from nexus_portal.domain.errors import Invalid, TooMany
from nexus_portal.domain.text import Message
from nexus_portal.services import application_door, application_guard
from nexus_portal.web import apply_page
from nexus_portal.web.apply_fields import TRAP, TYPED, Form
from nexus_portal.web.steps import browser_of

LONGEST = 300
LONGEST_SECRET = 100
MOST_BODY = 32 * 1024
MOST_FIELDS = 100
SPEAK = "speak"
"""The name of the buttons that change the language."""


Door = Callable[[Request, FormData], Awaitable[Response]]


def _reading(door: Door) -> Callable[[Request], Awaitable[Response]]:
    """A door that is given the form; one larger than ours is refused before it is read to its end."""

    async def open_to(request: Request) -> Response:
        try:
            form = await _form(request)
        except Invalid as error:
            language = _language(request)
            said = catalogue.render(error.message, language)
            return HTMLResponse(apply_page.too_large(said, language), 413)
        return await door(request, form)

    return open_to


async def ask(request: Request) -> Response:
    """The form, before anything was typed."""
    offered = await asyncio.to_thread(application_door.offered)
    form = Form(token=application_guard.new_token(), offered=offered)
    return HTMLResponse(apply_page.form(form, _language(request)))


async def send(request: Request, form: FormData) -> Response:
    """The receipt; or the form once more with what was typed, and what is wrong at each field."""
    language, token = _language(request), _field(form, "token")
    typed = {name: _field(form, name) for name in (*TYPED, TRAP)}
    wanted = [str(each)[:LONGEST] for each in form.getlist("articles")]
    if SPEAK in form:
        return await _again(typed, wanted, token, language)
    applied = await asyncio.to_thread(
        application_door.apply,
        typed,
        wanted,
        token=token,
        address=browser_of(request).address,
        language=language,
    )
    if applied.reference:
        return HTMLResponse(apply_page.receipt(applied.reference, language))
    offered = await asyncio.to_thread(application_door.offered)
    again = Form(token=applied.token, offered=offered, typed=typed, wanted=frozenset(wanted), applied=applied)
    return HTMLResponse(apply_page.form(again, language), 429 if applied.too_many else 422)


async def _again(typed: Mapping[str, str], wanted: Sequence[str], token: str, language: str) -> Response:
    """The form in another language, with what was typed so far; nobody has applied."""
    offered = await asyncio.to_thread(application_door.offered)
    form = Form(token=token, offered=offered, typed=typed, wanted=frozenset(wanted))
    return HTMLResponse(apply_page.form(form, language))


async def arrive(request: Request) -> Response:
    """Where a link leads by way of `assets/apply/`: its script posts what stands behind the `#`."""
    return HTMLResponse(apply_page.landing(_language(request)))


async def question(request: Request, form: FormData) -> Response:
    """What the bureau asks."""
    token, language = _field(form, "token", LONGEST_SECRET), _language(request)
    try:
        asked = await asyncio.to_thread(application_door.question, token, address=browser_of(request).address)
    except (Invalid, TooMany) as error:
        return _over(error, language)
    chosen = language if request.query_params.get("language") else asked.language
    typed = _field(form, "answer", LONGEST_TEXT + 1)
    return HTMLResponse(apply_page.question(asked, token, chosen, typed=typed))


async def answer(request: Request, form: FormData) -> Response:
    """Take the answer; or say what is wrong with it, and keep it."""
    token, text = _field(form, "token", LONGEST_SECRET), _field(form, "answer", LONGEST_TEXT + 1)
    language, address = _language(request), browser_of(request).address
    try:
        asked = await asyncio.to_thread(application_door.question, token, address=address)
    except (Invalid, TooMany) as error:
        return _over(error, language)
    try:
        await asyncio.to_thread(application_door.answer, token, text, address=address)
    except (Invalid, TooMany) as error:
        said = catalogue.render(error.message, language)
        return HTMLResponse(apply_page.question(asked, token, language, typed=text, error=said), 422)
    return HTMLResponse(apply_page.answered(language))


def _over(error: Invalid | TooMany, language: str) -> Response:
    status = 429 if isinstance(error, TooMany) else 404
    return HTMLResponse(apply_page.over(catalogue.render(error.message, language), language), status)


async def _form(request: Request) -> FormData:
    """The fields of a form, of which no more is read than a form of ours can hold.

    Raises:
        Invalid: it is longer, or no such form.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise Invalid(Message("This form is larger than any that the portal sends."))
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Invalid(Message("This form is larger than any that the portal sends.")) from None
    return FormData([*fields])


def _field(form: FormData, name: str, limit: int = 0) -> str:
    return str(form.get(name, ""))[: limit or (LONGEST_TEXT + 1 if name == "message" else LONGEST)].strip()


def _language(request: Request) -> str:
    wanted = request.query_params.get("language", "")
    if wanted in catalogue.LANGUAGES:
        return wanted
    return catalogue.chosen(request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language", ""))


routes = [
    Route("/apply", ask, methods=["GET"]),
    Route("/apply", _reading(send), methods=["POST"]),
    Route("/apply/answer", arrive, methods=["GET"]),
    Route("/apply/answer", _reading(question), methods=["POST"]),
    Route("/apply/answer/send", _reading(answer), methods=["POST"]),
]
"""No session is needed, and none gives more."""
