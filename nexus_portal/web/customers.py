"""What the bureau decides over customers with a second factor: form posts."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.text import Message
from nexus_portal.services import customer_setup, customers
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/bureau/customers"
APPLICATIONS = "/bureau/applications"
LONGEST_REASON = 400


async def approve(request: Request) -> Response:
    """Approve an application; the page of its account then goes on with the setup."""
    form, reference = await caller.checked_form(request), request.path_params["reference"]
    seen = caller.field(form, "seen", 10)

    def act(actor: Actor) -> Done:
        number = perform(
            customer_setup.approve,
            actor,
            reference=reference,
            seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
        )
        return Done(Message("The application is approved. Set the account up now."), f"{PAGE}/{number}")

    return await carry_out(request, form, act, back=f"{APPLICATIONS}/{reference}", kept={"dialog": "approve"})


async def open_account(request: Request) -> Response:
    """Open an account and invite its first people."""

    def act(actor: Actor, number: str, _reason: str) -> Message:
        invited = perform(customer_setup.open_account, actor, number=number)
        return Message("The account is open. People invited: {count}.", count=invited)

    return await of_customer(request, "open", act)


async def pause(request: Request) -> Response:
    """Stop ordering in an account, for a reason."""

    def act(actor: Actor, number: str, reason: str) -> Message:
        perform(customers.pause, actor, number=number, reason=reason)
        return Message("Ordering is paused. The account’s admins are told why by mail.")

    return await of_customer(request, "pause", act)


async def resume(request: Request) -> Response:
    """Let an account order again."""

    def act(actor: Actor, number: str, _reason: str) -> Message:
        perform(customers.resume, actor, number=number)
        return Message("The account can order again.")

    return await of_customer(request, "resume", act)


async def of_customer(
    request: Request, dialog: str, change: Callable[[Actor, str, str], Message]
) -> Response:
    """Carry out a change of one customer, by number and with a reason, and go back to its page."""
    form, number = await caller.checked_form(request), request.path_params["number"]
    reason = str(form.get("reason", ""))[: LONGEST_REASON + 1]
    back = f"{PAGE}/{number}"

    def act(actor: Actor) -> Done:
        return Done(change(actor, number, reason), back)

    return await carry_out(request, form, act, back=back, kept={"dialog": dialog, "reason": reason})


routes = [
    Route("/bureau/applications/{reference}/approve", approve, methods=["POST"]),
    Route("/bureau/customers/{number}/open", open_account, methods=["POST"]),
    Route("/bureau/customers/{number}/pause", pause, methods=["POST"]),
    Route("/bureau/customers/{number}/resume", resume, methods=["POST"]),
]
