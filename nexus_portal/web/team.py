"""Changing the team: form posts, for each asks for a second factor."""

from collections.abc import Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import invitations, team_changes
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/team"


async def invite(request: Request) -> Response:
    """Invite a person; the page then shows the link, once."""
    form = await caller.checked_form(request)
    typed = {name: str(form.get(name, ""))[:300] for name in ("email", "name", "role")}

    def act(actor: Actor) -> Done:
        invited = perform(invitations.invite, actor, **typed)
        said = Message("The invitation to {email} is made. It works for 72 hours.", email=invited.email)
        return Done(said, f"{PAGE}?invited={invited.invitation_id}")

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "invite", **typed})


async def change_role(request: Request) -> Response:
    """Give a person another role."""
    form = await caller.checked_form(request)
    member, role = _member(request), str(form.get("role", ""))[:40]

    def act(actor: Actor) -> Done:
        perform(team_changes.change_role, actor, member_id=member, role=role)
        return Done(Message("The role is changed. It counts from now on, on open pages too."), PAGE)

    kept = {"dialog": "role", "member": str(member), "role": role}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


async def deactivate(request: Request) -> Response:
    """Take a person's access."""
    return await _switch(
        request,
        "deactivate",
        lambda actor, member: perform(team_changes.deactivate, actor, member_id=member),
        Message("The person is deactivated and signed out everywhere in this account."),
    )


async def reactivate(request: Request) -> Response:
    """Give a person their access back."""
    return await _switch(
        request,
        "reactivate",
        lambda actor, member: perform(team_changes.reactivate, actor, member_id=member),
        Message("The person can sign in again."),
    )


async def _switch(
    request: Request, dialog: str, change: Callable[[Actor, UUID], None], said: Message
) -> Response:
    form, member = await caller.checked_form(request), _member(request)

    def act(actor: Actor) -> Done:
        change(actor, member)
        return Done(said, PAGE)

    kept = {"dialog": dialog, "member": str(member)}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


def _member(request: Request) -> UUID:
    try:
        return UUID(request.path_params["member"])
    except ValueError:
        raise NotFound from None


routes = [
    Route("/team/invite", invite, methods=["POST"]),
    Route("/team/{member}/role", change_role, methods=["POST"]),
    Route("/team/{member}/deactivate", deactivate, methods=["POST"]),
    Route("/team/{member}/reactivate", reactivate, methods=["POST"]),
]
