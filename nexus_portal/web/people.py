"""Confirming with a second factor that one may see many persons: a form post, for it renews the session."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/people"


async def confirm(request: Request) -> Response:
    """Check the code; for five minutes persons beyond the fiftieth in an hour are shown."""
    form = await caller.checked_form(request)
    return await carry_out(request, form, _confirmed, back=PAGE)


def _confirmed(actor: Actor) -> Done:
    if not actor.may(Permission.PERSONS_SEARCH):
        raise NotAllowed
    return Done(Message("Confirmed. Search again: for five minutes you can show more persons."), PAGE)


routes = [Route("/people/confirm", confirm, methods=["POST"])]
