"""The card holder's own door: a link's page, and its form. Nobody signs in, and nothing is shown afterwards.

The link's secret stands behind the `#`, so it comes in a form or a header, never in an address or a log.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue, photos
from nexus_portal.domain.errors import Invalid, PortalError, TooMany, Unavailable
from nexus_portal.services import csrf, holder_door
from nexus_portal.services.holder_door import Answer
from nexus_portal.web import caller, holder_page, multipart
from nexus_portal.web.holder_page import VALUE
from nexus_portal.web.multipart import MEGABYTE, Upload
from nexus_portal.web.steps import browser_of

MOST = 6 * MEGABYTE
"""A photo of 5 MB and the form around it."""
SECRET = "x-card-link"  # noqa: S105 - the name of a header
LONGEST_SECRET = 100


async def arrive(request: Request) -> Response:
    """Where a link leads by way of `assets/my-card/`: its script posts what stands behind the `#`."""
    return HTMLResponse(holder_page.landing(_language(request), csrf=_form_token(request)))


async def show(request: Request) -> Response:
    """The form behind a link, in the language that was chosen, with what was typed before choosing it."""
    form = await request.form(max_files=0, max_fields=60, max_part_size=64 * 1024)
    _check_form(request, str(form.get("csrf", "")))
    token = str(form.get("token", ""))[:LONGEST_SECRET]
    chosen = str(form.get("language", ""))
    try:
        asked = await asyncio.to_thread(holder_door.look, token, address=browser_of(request).address)
    except (Invalid, TooMany) as error:
        return _over(error, chosen if chosen in catalogue.LANGUAGES else _language(request))
    typed = {name: str(text)[:400] for name, text in form.items() if name.startswith(VALUE)}
    page = holder_page.form(
        asked,
        chosen if chosen in catalogue.LANGUAGES else asked.language,
        token=token,
        csrf=_form_token(request),
        typed=typed,
    )
    return HTMLResponse(page)


async def send(request: Request) -> Response:
    """Take what was filled in, or say at each field what is wrong; the page is still there and keeps it."""
    chosen = request.query_params.get("language", "")
    language = chosen if chosen in catalogue.LANGUAGES else _language(request)
    token, address = request.headers.get(SECRET, "")[:LONGEST_SECRET], browser_of(request).address
    try:
        # Before a byte of the body is read: places for uploads are few.
        await asyncio.to_thread(holder_door.look, token, address=address)
        async with multipart.receiving(request, most=MOST) as upload:
            _check_form(request, upload.fields.get("csrf", ""))
            answer = await asyncio.to_thread(_answer, upload)
        refusals = await asyncio.to_thread(holder_door.send, token, answer, address=address)
    except Unavailable:
        raise
    except PortalError as error:
        status = 429 if isinstance(error, TooMany) else 422
        return JSONResponse({"error": catalogue.render(error.message, language)}, status)
    if refusals:
        said = {key: catalogue.render(message, language) for key, message in refusals.items()}
        return JSONResponse({"errors": said}, 422)
    return JSONResponse({"sent": True})


def _form_token(request: Request) -> str:
    visit = request.scope.get(caller.VISIT)
    return csrf.token(visit.id_hash) if visit is not None else ""


def _check_form(request: Request, given: str) -> None:
    # Filling in may take longer than a stranger’s session lives. It gives no rights here, so no form is lost
    # with it: the secret of the link, which no other site knows, came with the form.
    if request.scope.get(caller.VISIT) is not None:
        caller.check_csrf(request, given)


def _answer(upload: Upload) -> Answer:
    values = {
        name.removeprefix(VALUE): text for name, text in upload.fields.items() if name.startswith(VALUE)
    }
    protected = "protected" in upload.fields
    if "photo" not in upload.files:
        return Answer(values=values, protected=protected)
    try:
        photo = photos.process(upload.files["photo"])
    except Invalid as error:
        return Answer(values=values, photo_refusal=error.message, protected=protected)
    return Answer(values=values, photo=photo, protected=protected)


def _over(error: PortalError, language: str) -> Response:
    status = 429 if isinstance(error, TooMany) else 404
    return HTMLResponse(holder_page.over(catalogue.render(error.message, language), language), status)


def _language(request: Request) -> str:
    return catalogue.chosen(request.cookies.get(catalogue.COOKIE), request.headers.get("accept-language", ""))


routes = [
    Route("/my-card", arrive, methods=["GET"]),
    Route("/my-card/open", show, methods=["POST"]),
    Route("/my-card/send", send, methods=["POST"]),
]
"""Nothing else is open to somebody without an account."""
