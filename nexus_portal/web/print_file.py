"""The print file of a batch, and the second factor that more than fifty persons ask for."""

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import catalogue, zip_stream
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed, NotSignedIn, PortalError, Unavailable
from nexus_portal.domain.numbers import is_batch_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import print_file
from nexus_portal.services.print_file import PrintPlan
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out

LONGEST = 60


async def archive(request: Request) -> Response:
    """Send the cards as they are drawn, or lead back to the batch and say there why not."""
    number, actor = request.path_params["number"], caller.actor_of(request)
    printer = request.query_params.get("printer", "")[:LONGEST]
    try:
        plan = await asyncio.to_thread(perform, print_file.plan, actor, number=number, printer=printer)
    except (NotSignedIn, Unavailable):
        raise
    except PortalError as error:
        await asyncio.to_thread(caller.flash, actor.session_id, error.message, kind="error")
        return caller.see(_page(number))
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{number}.zip"'}
    pieces = zip_stream.pieces(_files(actor, number, plan))
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


async def confirm(request: Request) -> Response:
    """Check the code; for five minutes print files of more than fifty persons are sent."""
    form = await caller.checked_form(request)
    page = _page(request.path_params["number"])

    def confirmed(actor: Actor) -> Done:
        if not (actor.may(Permission.PRODUCTION_WORK) and actor.may(Permission.PERSONS_READ)):
            raise NotAllowed
        return Done(Message("Confirmed. For five minutes you can take print files."), page)

    return await carry_out(request, form, confirmed, back=page)


def _page(number: str) -> str:
    return f"/bureau/production/{number}" if is_batch_number(number) else "/bureau/production"


def _files(actor: Actor, number: str, plan: PrintPlan) -> Iterator[tuple[str, bytes]]:
    """Each part is opened, and the permission looked at, anew."""
    left_out: list[str] = []
    for place, made in enumerate(print_file.parts(actor, number=number, plan=plan), 1):
        left_out += made.left_out
        if made.cards:
            yield f"{number}-{place:02d}.pdf", made.pdf
    if left_out:
        why = Message("These cards are not in the file: the printing font lacks letters of theirs.")
        lines = [catalogue.render(why, actor.language), *left_out]
        yield "left-out.txt", ("\n".join(lines) + "\n").encode()


routes = [
    Route("/production/{number}/print.zip", archive),
    Route("/production/{number}/print", confirm, methods=["POST"]),
]
