"""The end of an account: asked for by the bureau, confirmed by the customer, each with a second factor."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import clock, zip_stream
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import certificate_pdf, closing, closing_package
from nexus_portal.services.certificates import number_of
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.customers import of_customer
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out, hand_out

OWN = "/privacy/closing"
TYPES = {"pdf": "application/pdf", "json": "application/json"}
PACKED = Message("The package is on its way to you. Your log keeps who took it, and what for.")


async def take(request: Request) -> Response:
    """All data of the account as one archive, sent while it is made."""
    form = await caller.checked_form(request)
    purpose = caller.field(form, "purpose")

    def file(actor: Actor) -> Response:
        package = perform(closing_package.begin, actor, purpose=purpose)
        name = f"nexus-portal-{actor.account_number}-{clock.today().isoformat()}.zip"
        headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
        pieces = zip_stream.pieces(closing_package.files(actor, package))
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    kept = {"dialog": "package", "purpose": purpose}
    return await hand_out(request, form, file, said=PACKED, back=OWN, kept=kept)


async def confirm(request: Request) -> Response:
    """Choose what becomes of the data, and confirm the end."""
    form = await caller.checked_form(request)
    choice = caller.field(form, "choice", 20)

    def act(actor: Actor) -> Done:
        perform(closing.confirm, actor, choice=choice)
        return Done(Message("The account is closed. You are signed out of it."), "/sign-in")

    return await carry_out(request, form, act, back=OWN, kept={"dialog": "confirm", "choice": choice})


async def ask(request: Request) -> Response:
    """Ask for the end of a customer's account."""

    def act(actor: Actor, number: str, reason: str) -> Message:
        perform(closing.ask, actor, number=number, reason=reason)
        return Message("The customer is asked to choose and to confirm. Ordering has stopped.")

    return await of_customer(request, "close", act)


async def withdraw(request: Request) -> Response:
    """Call a closing off."""

    def act(actor: Actor, number: str, _reason: str) -> Message:
        perform(closing.withdraw, actor, number=number)
        return Message("The account is not closed. It goes on as before.")

    return await of_customer(request, "withdraw", act)


async def after_notice(request: Request) -> Response:
    """Confirm the end of an account whose people do not answer."""

    def act(actor: Actor, number: str, _reason: str) -> Message:
        perform(closing.confirm_after_notice, actor, number=number)
        return Message("The account is closed, and its personal data erased.")

    return await of_customer(request, "after-notice", act)


async def certificate(request: Request) -> Response:
    """The certificate over a closing, as PDF or JSON."""
    number, kind = request.path_params["number"], request.path_params["kind"]
    if kind not in TYPES:
        raise NotFound
    actor = caller.actor_of(request)
    return await _certificate(actor, number, kind)


async def _certificate(actor: Actor, number: str, kind: str) -> Response:
    document = await asyncio.to_thread(perform, closing.certificate, actor, number=number)
    named = number_of(document)
    if kind == "json":
        content = certificate_pdf.json_of(document)
    else:
        content = await asyncio.to_thread(certificate_pdf.pdf, document, named, actor.language)
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="certificate-{named}.{kind}"'}
    return Response(content, media_type=TYPES[kind], headers=headers)


routes = [
    Route("/privacy/closing/package", take, methods=["POST"]),
    Route("/privacy/closing/confirm", confirm, methods=["POST"]),
    Route("/bureau/customers/{number}/close", ask, methods=["POST"]),
    Route("/bureau/customers/{number}/withdraw", withdraw, methods=["POST"]),
    Route("/bureau/customers/{number}/after-notice", after_notice, methods=["POST"]),
    Route("/bureau/customers/{number}/certificate.{kind}", certificate, methods=["GET"]),
]
