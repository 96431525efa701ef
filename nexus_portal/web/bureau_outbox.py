"""Reading a mail of the outbox: a form post, for links in mails are secrets and ask for a second factor."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import outbox_list
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/bureau/outbox"


async def read(request: Request) -> Response:
    """Step up; the page then shows the mail, and the use case behind it keeps who read it."""
    form = await caller.checked_form(request)
    mail = row_id(request.path_params["mail"])

    def act(actor: Actor) -> Done:
        perform(outbox_list.ask, actor, mail_id=mail)
        return Done(Message("The audit log keeps that you read this mail."), f"{PAGE}?mail={mail}")

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "read", "mail": str(mail)})


routes = [Route("/bureau/outbox/{mail}/read", read, methods=["POST"])]
