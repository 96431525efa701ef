"""Changing the team: form posts, for each asks for a second factor."""

from collections.abc import Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain import pasted_addresses
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.pasted_addresses import Pasted
from nexus_portal.domain.text import Message
from nexus_portal.services import factor_resets, invitations, team_changes
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/team"
LONGEST_LIST = 20_000


async def invite(request: Request) -> Response:
    """Invite a person; the page then shows the link, once."""
    form = await caller.checked_form(request)
    typed = {name: str(form.get(name, ""))[:300] for name in ("email", "name", "role")}

    def act(actor: Actor) -> Done:
        invited = perform(invitations.invite, actor, **typed)
        said = Message("The invitation to {email} is made. It works for 72 hours.", email=invited.email)
        return Done(said, f"{PAGE}?invited={invited.invitation_id}")

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "invite", **typed})


async def invite_many(request: Request) -> Response:
    """Invite everybody on a pasted list; what will not do stays in the box, with what is wrong."""
    form = await caller.checked_form(request)
    pasted, role = str(form.get("people", ""))[:LONGEST_LIST], str(form.get("role", ""))[:60]

    def act(actor: Actor) -> Done:
        good, bad = _invite_each(actor, pasted_addresses.read(pasted), role)
        said = Message("People invited: {good}. Not invited: {bad}.", good=len(good), bad=len(bad))
        if not bad:
            return Done(said, PAGE)
        left = {"people": "\n".join(text for text, _ in bad), "problems": "\n".join(why for _, why in bad)}
        return Done(said, PAGE, {"dialog": "many", "role": role, "good": "\n".join(good), **left})

    kept = {"dialog": "many", "people": pasted, "role": role}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


def _invite_each(actor: Actor, people: list[Pasted], role: str) -> tuple[list[str], list[tuple[str, str]]]:
    good: list[str] = []
    bad: list[tuple[str, str]] = []
    for one in people:
        # A transaction each: what is wrong with one does not keep the others out.
        try:
            perform(invitations.invite, actor, email=one.email, name=one.name, role=role)
        except (Invalid, Conflict) as error:
            bad.append((one.text, f"{one.text}: {catalogue.render(error.message, actor.language)}"))
        else:
            good.append(one.email)
    return good, bad


async def resend(request: Request) -> Response:
    """Invite once more with a new link, which the page then shows."""
    form, invitation = await caller.checked_form(request), row_id(request.path_params["member"])

    def act(actor: Actor) -> Done:
        invited = perform(invitations.resend, actor, invitation_id=invitation)
        said = Message("The invitation to {email} is made. It works for 72 hours.", email=invited.email)
        return Done(said, f"{PAGE}?invited={invited.invitation_id}")

    kept = {"dialog": "resend", "member": str(invitation)}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


async def reset_factor(request: Request) -> Response:
    """Take a person's second factor away, for a reason."""
    form, member = await caller.checked_form(request), row_id(request.path_params["member"])
    reason = str(form.get("reason", ""))[:400]

    def act(actor: Actor) -> Done:
        perform(factor_resets.reset, actor, member_id=member, reason=reason)
        return Done(Message("The second factor is reset. The next sign-in asks for a new one."), PAGE)

    kept = {"dialog": "reset", "member": str(member), "reason": reason}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


async def change_role(request: Request) -> Response:
    """Give a person another role."""
    form = await caller.checked_form(request)
    member, role = row_id(request.path_params["member"]), str(form.get("role", ""))[:60]

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
    form, member = await caller.checked_form(request), row_id(request.path_params["member"])

    def act(actor: Actor) -> Done:
        change(actor, member)
        return Done(said, PAGE)

    kept = {"dialog": dialog, "member": str(member)}
    return await carry_out(request, form, act, back=PAGE, kept=kept)


routes = [
    Route("/team/invite", invite, methods=["POST"]),
    Route("/team/invite-many", invite_many, methods=["POST"]),
    Route("/team/{member}/resend", resend, methods=["POST"]),
    Route("/team/{member}/reset-factor", reset_factor, methods=["POST"]),
    Route("/team/{member}/role", change_role, methods=["POST"]),
    Route("/team/{member}/deactivate", deactivate, methods=["POST"]),
    Route("/team/{member}/reactivate", reactivate, methods=["POST"]),
]
