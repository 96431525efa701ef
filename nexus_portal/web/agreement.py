"""Accepting the data processing agreement by a form with a code, and the PDF of what was accepted."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import agreements
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/agreement"


async def accept(request: Request) -> Response:
    """Accept the version that the form showed."""
    form = await caller.checked_form(request)
    read = {name: caller.field(form, name, 64) for name in ("version", "language", "digest")}
    bound = bool(caller.field(form, "binding"))

    def act(actor: Actor) -> Done:
        if not bound:
            raise Invalid(Message("Confirm that you have read it and may bind your organisation."))
        perform(agreements.accept, actor, **read)
        said = Message("Version {version} is accepted. Its PDF is kept below.", version=read["version"])
        return Done(said, PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "accept"})


async def paper(request: Request) -> Response:
    """The PDF exactly as it was accepted, for the customer and for the bureau."""
    actor = caller.actor_of(request)
    find = agreements.paper_of_customer if actor.may(Permission.CUSTOMERS_MANAGE) else agreements.paper
    kept = await asyncio.to_thread(perform, find, actor, acceptance_id=row_id(request.path_params["id"]))
    name = f"agreement-{kept.version}-{kept.customer_number}.pdf"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(kept.data, media_type="application/pdf", headers=headers)


routes = [
    Route(f"{PAGE}/accept", accept, methods=["POST"]),
    Route(f"{PAGE}/papers/{{id}}.pdf", paper),
]
"""Both below a page that is for signed-in people: the guard asks for a session first."""
