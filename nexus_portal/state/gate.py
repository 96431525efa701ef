"""Runs before every event, hydration included: it must be in the manifest, and its session must live."""

import asyncio
import logging
from http.cookies import CookieError, SimpleCookie
from typing import Any

import reflex as rx
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from reflex.state import BaseState, StateUpdate
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import Event

from nexus_portal import settings
from nexus_portal.domain.errors import PortalError
from nexus_portal.services import sessions
from nexus_portal.state import manifest
from nexus_portal.state.bridge import calling
from nexus_portal.state.manifest import Access
from nexus_portal.state.shell import ShellState
from nexus_portal.state.tabs import tabs

log = logging.getLogger(__name__)
RATE = parse("300/10 seconds")


class Gate(rx.Middleware):
    """Denies by default. What it lets through finds its caller in `bridge.calling`."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def preprocess(
        self,
        app: rx.App,  # noqa: ARG002 - Reflex passes it by name
        state: BaseState,
        event: Event,
    ) -> StateUpdate | None:
        """Stop the event by an update of its own, or let it pass with `None`."""
        tabs.seen(state.router.session.client_token)
        access = manifest.committed().get(event.name, Access.REFUSED)
        if access is Access.REFUSED:
            log.warning("an event outside the manifest was refused")
            return StateUpdate()
        try:
            # What the browser sends says where it comes from. News does not: it must not keep a session alive
            # at whose page nobody sits.
            by_hand = bool(event.router_data)
            visit = await asyncio.to_thread(sessions.resolve, sid_of(state.router_data), active=by_hand)
        except PortalError:
            # Fails closed; the page keeps what it shows and the next event tries again.
            return StateUpdate()
        if visit is None:
            return _load_anew(_path(state))
        if not await self._limiter.hit(RATE, visit.id_hash):
            log.warning("a session sends events faster than a person can")
            return StateUpdate()
        if access is Access.SIGNED_IN and not visit.actor.signed_in:
            return _load_anew("/sign-in")
        calling.set(visit)
        return None


def sid_of(router_data: dict[str, Any]) -> str:
    """The session id of the websocket's handshake, whose cookie header stays with all its events."""
    header = router_data.get("headers", {}).get("cookie", "")
    try:
        morsel = SimpleCookie(header).get(settings.current().cookie_name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _path(state: BaseState) -> str:
    path = str(state.router_data.get("asPath", "/"))
    return path if path.startswith("/") and not path.startswith("//") else "/"


def _load_anew(path: str) -> StateUpdate:
    """A full page load: the browser then sends the cookie that it has now, and the guard decides.

    Reflex's own redirects stay within the loaded page, or open another tab; `portal.js` watches for this var.
    """
    return StateUpdate(delta={ShellState.get_full_name(): {f"load_anew{FIELD_MARKER}": path}})
