"""Deciding who sees protected persons, and who is protected no more: form posts with a second factor."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import protection, protection_handlers
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE, BUREAU = "/privacy/protected", "/bureau/protected"
Use = Callable[..., Any]
_ACTS: Mapping[str, tuple[Use, str, Message]] = {
    "propose": (
        protection_handlers.propose,
        "membership_id",
        Message("It is proposed. It counts once a second person has confirmed it."),
    ),
    "revoke": (
        protection_handlers.revoke,
        "membership_id",
        Message("They see protected persons no more, as of now."),
    ),
    "unmark": (
        protection.ask_unmark,
        "item_id",
        Message("It is asked for. Another person has to confirm it."),
    ),
    "confirm": (protection.confirm, "proposal_id", Message("It is confirmed and counts as of now.")),
}
_BUREAU_ACTS: Mapping[str, tuple[Use, str, Message]] = {
    "name": (
        protection_handlers.name_at_bureau,
        "membership_id",
        Message("They see protected persons as of now. Each look is logged."),
    ),
    "revoke": (
        protection_handlers.revoke_at_bureau,
        "membership_id",
        Message("They see protected persons no more, as of now."),
    ),
}


async def of_account(request: Request) -> Response:
    """One of the customer's acts, by its name in the address."""
    return await _act(request, _ACTS, PAGE)


async def of_bureau(request: Request) -> Response:
    """One of the bureau's acts, by its name in the address."""
    return await _act(request, _BUREAU_ACTS, BUREAU)


async def _act(request: Request, acts: Mapping[str, tuple[Use, str, Message]], page: str) -> Response:
    form, name = await caller.checked_form(request), request.path_params["act"]
    if name not in acts:
        raise NotFound
    use, argument, said = acts[name]
    subject = caller.field(form, "subject")
    try:
        given = {argument: UUID(subject)}
    except ValueError:
        raise NotFound from None

    def act(actor: Actor) -> Done:
        perform(use, actor, **given)
        return Done(said, page)

    return await carry_out(request, form, act, back=page, kept={"dialog": name, "subject": subject})


routes = [
    Route("/privacy/protected/{act}", of_account, methods=["POST"]),
    Route("/bureau/protected/{act}", of_bureau, methods=["POST"]),
]
