"""Changing an account's own roles, and resets that two of the bureau decide: form posts with a code."""

from collections.abc import Callable, Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.permissions import GRANTABLE
from nexus_portal.domain.text import Message
from nexus_portal.services import factor_resets, team_roles
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

ROLES = "/team/roles"
RESETS = "/bureau/resets"


async def create(request: Request) -> Response:
    """Put a role together."""
    form = await caller.checked_form(request)
    name, chosen = _typed(form)

    def act(actor: Actor) -> Done:
        perform(team_roles.create, actor, name=name, permissions=chosen)
        return Done(Message("The role {name} is made.", name=name), ROLES)

    kept = {"dialog": "create", "name": name, "permissions": " ".join(chosen)}
    return await carry_out(request, form, act, back=ROLES, kept=kept)


async def change(request: Request) -> Response:
    """Change a role's name or permissions."""
    form, role_id = await caller.checked_form(request), row_id(request.path_params["id"])
    name, chosen = _typed(form)

    def act(actor: Actor) -> Done:
        perform(team_roles.change, actor, role_id=role_id, name=name, permissions=chosen)
        return Done(Message("The role {name} is changed. It counts from now on.", name=name), ROLES)

    kept = {
        "dialog": "change",
        "role": f"own:{role_id}",
        "name": name,
        "permissions": " ".join(chosen),
    }
    return await carry_out(request, form, act, back=ROLES, kept=kept)


async def remove(request: Request) -> Response:
    """Remove a role that nobody has."""
    form, role_id = await caller.checked_form(request), row_id(request.path_params["id"])

    def act(actor: Actor) -> Done:
        perform(team_roles.remove, actor, role_id=role_id)
        return Done(Message("The role is removed."), ROLES)

    kept = {"dialog": "remove", "role": f"own:{role_id}"}
    return await carry_out(request, form, act, back=ROLES, kept=kept)


async def ask_reset(request: Request) -> Response:
    """Ask for a reset that nobody in the account can do."""
    form = await caller.checked_form(request)
    typed = {name: str(form.get(name, ""))[:400] for name in ("account_number", "email", "reason")}

    def act(actor: Actor) -> Done:
        perform(factor_resets.ask, actor, **typed)
        return Done(Message("It is asked for. Somebody else of the bureau confirms within 24 hours."), RESETS)

    return await carry_out(request, form, act, back=RESETS, kept={"dialog": "ask", **typed})


async def confirm_reset(request: Request) -> Response:
    """Confirm what a colleague asked for."""
    said = Message("The second factor is reset. The next sign-in asks for a new one.")
    return await _decide(
        request, "confirm", said, lambda actor, asked: perform(factor_resets.confirm, actor, reset_id=asked)
    )


async def withdraw_reset(request: Request) -> Response:
    """Take a request back."""
    said = Message("The request is withdrawn.")
    return await _decide(
        request, "withdraw", said, lambda actor, asked: perform(factor_resets.withdraw, actor, reset_id=asked)
    )


async def _decide(
    request: Request, dialog: str, said: Message, decide: Callable[[Actor, UUID], None]
) -> Response:
    form, asked = await caller.checked_form(request), row_id(request.path_params["id"])

    def act(actor: Actor) -> Done:
        decide(actor, asked)
        return Done(said, RESETS)

    return await carry_out(request, form, act, back=RESETS, kept={"dialog": dialog, "request": str(asked)})


def _typed(form: Mapping[str, object]) -> tuple[str, list[str]]:
    chosen = [permission.value for permission in GRANTABLE if form.get(permission.value)]
    return str(form.get("name", ""))[:200], chosen


routes = [
    Route("/team/roles/new", create, methods=["POST"]),
    Route("/team/roles/{id}", change, methods=["POST"]),
    Route("/team/roles/{id}/remove", remove, methods=["POST"]),
    Route("/bureau/resets/ask", ask_reset, methods=["POST"]),
    Route("/bureau/resets/{id}/confirm", confirm_reset, methods=["POST"]),
    Route("/bureau/resets/{id}/withdraw", withdraw_reset, methods=["POST"]),
]
