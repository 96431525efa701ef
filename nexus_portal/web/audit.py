"""A chain of the audit log to take away, so that it can be verified elsewhere: JSON lines."""

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.hashchain import canonical
from nexus_portal.services import audit_list
from nexus_portal.services.audit_list import Wanted
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE

LONGEST = 40


async def chain(request: Request) -> Response:
    """Write down that the chain is taken away, then send it as it is read."""
    actor = caller.actor_of(request)
    wanted = Wanted(chain=request.query_params.get("chain", "")[:LONGEST])
    await asyncio.to_thread(perform, audit_list.begin, actor, wanted=wanted)
    name = f"audit-log-{clock.today().isoformat()}.jsonl"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(actor, wanted), media_type="application/jsonl", headers=headers)


def _lines(actor: Actor, wanted: Wanted) -> Iterator[bytes]:
    for document in audit_list.documents(actor, wanted=wanted):
        yield canonical(document) + b"\n"


routes = [Route("/audit/export.jsonl", chain)]
