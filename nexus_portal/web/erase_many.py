"""Removing the data of several orders, or of persons from every order: one form post, one second factor."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import erasure, erasure_many
from nexus_portal.services.erasure_many import Decided
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

ASKING, TOLD = "erase-many", "erased-many"
LONGEST = 8000
"""Two hundred ids."""


async def of_orders(request: Request) -> Response:
    """Decide over the chosen orders; carrying it out goes on after the answer."""
    form = await caller.checked_form(request)
    numbers = caller.field(form, "numbers", LONGEST)
    appoint = caller.field(form, "appoint") == "yes"

    def act(actor: Actor) -> Sequence[Decided]:
        return perform(erasure_many.erase_orders, actor, numbers=numbers.split(), appoint=appoint)

    chosen = {"numbers": numbers, "appoint": "yes" if appoint else ""}
    return await _decided(request, form, act, "/orders", **chosen)


async def of_persons(request: Request) -> Response:
    """Decide over the persons on the chosen cards, in every order."""
    form = await caller.checked_form(request)
    items = caller.field(form, "items", LONGEST)
    appoint = caller.field(form, "appoint") == "yes"
    try:
        ids = [UUID(item) for item in items.split()]
    except ValueError:
        raise NotFound from None

    def act(actor: Actor) -> Sequence[Decided]:
        return perform(erasure_many.erase_persons, actor, item_ids=ids, appoint=appoint)

    chosen = {"items": items, "appoint": "yes" if appoint else ""}
    return await _decided(request, form, act, "/people", **chosen)


async def _decided(
    request: Request,
    form: Mapping[str, object],
    act: Callable[[Actor], Sequence[Decided]],
    page: str,
    **chosen: str,
) -> Response:
    def done(actor: Actor) -> Done:
        decided = act(actor)
        told = " ".join(row.number for row in decided)
        return Done(_said(decided), page, {"dialog": TOLD, "numbers": told})

    kept = {"dialog": ASKING, **chosen}
    response = await carry_out(request, form, done, back=page, kept=kept)
    response.background = BackgroundTask(asyncio.to_thread, erasure.resume_all)
    return response


def _said(decided: Sequence[Decided]) -> Message:
    return Message(
        "Persons whose data goes now: {now}. By appointment: {later}. That stay: {stay}. "
        "Orders that were left alone: {alone}.",
        now=sum(row.persons for row in decided),
        later=sum(row.left for row in decided if row.appointed),
        stay=sum(row.left for row in decided if not row.appointed),
        alone=sum(row.refusal is not None for row in decided),
    )


routes = [
    Route("/orders/erase", of_orders, methods=["POST"]),
    Route("/people/erase", of_persons, methods=["POST"]),
]
