"""A person's package to take away: a form post with a second factor, answered by the ZIP file itself."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import clock, zip_stream
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import person_package
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import hand_out

PAGE, DIALOG = "/people", "package"
LONGEST = 8000
"""Two hundred ids."""
SAID = Message("The package is made. Of which cards and what for stands in your account’s log.")


async def package(request: Request) -> Response:
    """Write down whose package it is and what for, then send it as it is read. Its name tells nobody."""
    form = await caller.checked_form(request)
    items, purpose = caller.field(form, "items", LONGEST), caller.field(form, "purpose")
    language = caller.field(form, "language")
    try:
        ids = [UUID(item) for item in items.split()]
    except ValueError:
        raise NotFound from None

    def file(actor: Actor) -> Response:
        made = perform(person_package.begin, actor, item_ids=ids, purpose=purpose, language=language)
        name = f"person-package-{clock.today().isoformat()}.zip"
        headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
        pieces = zip_stream.pieces(person_package.files(actor, made))
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    kept = {"dialog": DIALOG, "items": items, "purpose": purpose, "language": language}
    return await hand_out(request, form, file, said=SAID, back=PAGE, kept=kept)


routes = [Route("/people/package", package, methods=["POST"])]
