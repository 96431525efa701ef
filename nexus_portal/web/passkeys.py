"""Passkeys: what the browser is to sign, as JSON to the script; adding and removing, as form posts."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, StepUpNeeded
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import passkey_sign_in, passkeys
from nexus_portal.services.passkey_proofs import LONGEST_ANSWER
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/account"


async def options(request: Request) -> Response:
    """The challenge for signing in or stepping up, whichever comes next in this session."""
    await caller.checked_form(request)
    made = await asyncio.to_thread(passkey_sign_in.options, caller.visit_of(request))
    return Response(made, media_type="application/json")


async def options_to_add(request: Request) -> Response:
    """The challenge for a new passkey."""
    await caller.checked_form(request)
    made = await asyncio.to_thread(perform, passkeys.options, caller.actor_of(request))
    return Response(made, media_type="application/json")


async def confirm(request: Request) -> Response:
    """The second factor before a new passkey; the page then goes on with the dialog that makes it."""
    form = await caller.checked_form(request)

    def act(_actor: Actor) -> Done:
        return Done(Message("Confirmed. Now make the passkey."), f"{PAGE}?passkey=new")

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "passkey-confirm"})


async def add(request: Request) -> Response:
    """Keep what the authenticator made."""
    form = await caller.checked_form(request)
    name, answer = caller.field(form, "name"), str(form.get("passkey", ""))[: LONGEST_ANSWER + 1]

    said, kind, kept = Message("The passkey is added. You can sign in with it from now on."), "success", {}
    try:
        await asyncio.to_thread(perform, passkeys.add, caller.actor_of(request), name=name, answer=answer)
    except StepUpNeeded as error:
        said, kind, kept = error.message, "error", {"dialog": "passkey-confirm", "at": "code"}
    except (Invalid, Conflict) as error:
        said, kind, kept = error.message, "error", {"dialog": "passkey-new", "name": name}
    await asyncio.to_thread(caller.flash, caller.visit_of(request).id_hash, said, kind=kind, kept=kept)
    return caller.see(PAGE)


async def remove(request: Request) -> Response:
    """Take a passkey away."""
    form = await caller.checked_form(request)
    passkey = row_id(request.path_params["passkey"])

    def act(actor: Actor) -> Done:
        perform(passkeys.remove, actor, passkey_id=passkey)
        return Done(Message("The passkey is removed: it opens nothing any more."), PAGE)

    kept = {"dialog": "passkey-remove", "passkey": str(passkey)}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


routes = [
    Route("/auth/passkey/options", options, methods=["POST"]),
    Route("/account/passkeys/options", options_to_add, methods=["POST"]),
    Route("/account/passkeys/confirm", confirm, methods=["POST"]),
    Route("/account/passkeys", add, methods=["POST"]),
    Route("/account/passkeys/{passkey}/remove", remove, methods=["POST"]),
]
