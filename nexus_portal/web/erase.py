"""Removing the personal data of an order: a form post, for the second factor gives the session a new id."""

import asyncio
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.text import Message
from nexus_portal.services import erasure, order_details
from nexus_portal.services.sessions import hash_of
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import stepped_up


async def erase(request: Request) -> Response:
    """Check the code, remove the data, and show the order again with its certificate."""
    form = await caller.checked_form(request)
    number = request.path_params["number"]
    details = await asyncio.to_thread(perform, order_details.details, caller.actor_of(request), number=number)
    actor, sid = await stepped_up(request, form)
    session = hash_of(sid) if sid else actor.session_id
    response = caller.see(f"/orders/{details.number}")
    if sid:
        caller.set_session_cookie(response, sid)
    try:
        row = await asyncio.to_thread(
            perform,
            erasure.erase_personal_data,
            actor,
            order_id=UUID(details.id),
            appoint=caller.field(form, "appoint") == "yes",
        )
    except PortalError as error:
        # The session has its new id already: the answer must carry it, whatever became of the erasure.
        caller.flash(session, error.message, kind="error")
        return response
    after = await asyncio.to_thread(perform, order_details.details, actor, number=number)
    caller.flash(session, _outcome(after, row))
    return response


def _outcome(order: order_details.OrderDetails, row: erasure.ErasureRow) -> Message:
    if row.left:
        named = {"number": order.number, "n": row.persons, "left": row.left}
        if row.appointed:
            return Message("Order {number}: {n} persons go now, {left} as soon as they can.", **named)
        return Message("Order {number}: {n} persons go now, {left} stay.", **named)
    if order.personal_data == PersonalData.ERASED:
        return Message("The personal data of order {number} is removed.", number=order.number)
    return Message(
        "The removal of order {number} is decided; the rest follows by itself.", number=order.number
    )


routes = [Route("/orders/{number}/erase", erase, methods=["POST"])]
