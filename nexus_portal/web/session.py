"""How long the session lives on, for the warning before its end: asked by `assets/session.js`."""

import asyncio
import hashlib
import hmac
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import sealing
from nexus_portal.services import sessions
from nexus_portal.services.sessions import Visit
from nexus_portal.web.caller import VISIT


async def ends(request: Request) -> Response:
    """Seconds until the session ends. Asking keeps it no longer: the guard knows this path as passive."""
    return await _told(request)


async def stay(request: Request) -> Response:
    """Somebody is there: the guard has counted this request as activity.

    It needs no token of a form, for it moves nothing but the end of the session that sends it.
    """
    return await _told(request)


async def _told(request: Request) -> Response:
    visit: Visit | None = request.scope.get(VISIT)
    if visit is None or visit.user_id is None or not visit.actor.signed_in:
        return JSONResponse({"signed_in": False})
    left = await asyncio.to_thread(sessions.remaining, visit.id_hash)
    if left is None:
        return JSONResponse({"signed_in": False})
    answer: dict[str, Any] = {
        "signed_in": True,
        "idle": left.idle.total_seconds(),
        "absolute": left.absolute.total_seconds(),
        "place": _place(visit.user_id, visit.actor.account_id),
    }
    return JSONResponse(answer)


def _place(user_id: UUID, account_id: UUID | None) -> str:
    """By this a page that stayed open sees whether the same person came back to the same account."""
    said = f"{user_id} {account_id}".encode()
    return hmac.new(sealing.hmac_key("place"), said, hashlib.sha256).hexdigest()[:32]


routes = [
    Route("/session/ends", ends, methods=["GET"]),
    Route("/session/stay", stay, methods=["POST"]),
]
