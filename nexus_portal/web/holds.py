"""Placing and lifting holds: form posts, for each asks for a second factor."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import holds
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/privacy/holds"


async def place(request: Request) -> Response:
    """Place a hold on a person, an order or the account."""
    form = await caller.checked_form(request)
    typed = {name: caller.field(form, name) for name in ("on", "reason", "owner", "review_on")}

    def act(actor: Actor) -> Done:
        day = _day(typed["review_on"])
        placed = perform(
            holds.place, actor, on=typed["on"], reason=typed["reason"], owner=typed["owner"], review_on=day
        )
        return Done(_said(placed), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "place", **typed})


async def ask_lift(request: Request) -> Response:
    """Ask that a hold be lifted."""
    form, hold = await caller.checked_form(request), row_id(request.path_params["hold"])
    reason = caller.field(form, "reason")

    def act(actor: Actor) -> Done:
        perform(holds.ask_lift, actor, hold_id=hold, reason=reason)
        return Done(Message("It is asked for. Another person has to confirm it."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept=_kept("ask", hold, reason=reason))


async def confirm_lift(request: Request) -> Response:
    """Lift a hold for which somebody else asked."""
    form, hold = await caller.checked_form(request), row_id(request.path_params["hold"])

    def act(actor: Actor) -> Done:
        perform(holds.confirm_lift, actor, hold_id=hold)
        return Done(Message("The hold is lifted."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept=_kept("confirm", hold))


def _said(placed: holds.Placed) -> Message:
    if placed.too_late:
        return Message(
            "The hold stands. It comes too late for removals that were decided before: {n} of them go on.",
            n=placed.too_late,
        )
    return Message("The hold stands. Nothing that it is on is erased until two people lift it.")


def _kept(dialog: str, hold: UUID, **more: str) -> Mapping[str, str]:
    return {"dialog": dialog, "hold": str(hold), **more}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(Message("Choose a day for the review within the next two years.")) from None


routes = [
    Route(f"{PAGE}/place", place, methods=["POST"]),
    Route(f"{PAGE}/{{hold}}/ask", ask_lift, methods=["POST"]),
    Route(f"{PAGE}/{{hold}}/confirm", confirm_lift, methods=["POST"]),
]
