"""Making and revoking credentials of the file server: form posts with a code."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import passwords
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import file_credentials
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/files"
LONGEST_KEY = 5000


async def add_key(request: Request) -> Response:
    """Let a machine in by its SSH key."""
    form = await caller.checked_form(request)
    name, key = caller.field(form, "name"), str(form.get("public_key", ""))[:LONGEST_KEY]

    def act(actor: Actor) -> Done:
        perform(file_credentials.add_key, actor, name=name, public_key=key)
        return Done(Message("The credential is made. The machine can connect from now on."), PAGE)

    # What was pasted may be a private key by mistake: it is not kept, not even for the next page.
    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "key", "name": name})


async def add_password(request: Request) -> Response:
    """Let a machine in by a password, which the next page shows."""
    form = await caller.checked_form(request)
    name = caller.field(form, "name")

    def act(actor: Actor) -> Done:
        password = file_credentials.new_password()
        hashed = passwords.hash_password(password)
        made = perform(
            file_credentials.add_password, actor, name=name, password=password, password_hash=hashed
        )
        return Done(Message("The credential is made. Copy its password now."), f"{PAGE}?made={made}")

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "password", "name": name})


async def revoke(request: Request) -> Response:
    """Let a machine in no more."""
    form, credential = await caller.checked_form(request), row_id(request.path_params["credential"])

    def act(actor: Actor) -> Done:
        perform(file_credentials.revoke, actor, credential_id=credential)
        return Done(Message("The credential is revoked: open connections end within seconds."), PAGE)

    kept = {"dialog": "revoke", "credential": str(credential)}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


routes = [
    Route("/files/credentials/key", add_key, methods=["POST"]),
    Route("/files/credentials/password", add_password, methods=["POST"]),
    Route("/files/credentials/{credential}/revoke", revoke, methods=["POST"]),
]
