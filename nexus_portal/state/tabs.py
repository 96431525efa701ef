"""What Reflex keeps for a tab: persons go when the tab closes, all the rest soon after."""

import asyncio
import logging
import time

import reflex as rx
from redis.exceptions import RedisError
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex_base.utils.exceptions import LockExpiredError

from nexus_portal.state.shell import forget_persons

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
KEPT = 60.0
"""Seconds in which a tab that lost its socket, or is loaded anew, finds again what it had but for persons."""


class Tabs:
    """The tabs that sent events to this worker.

    Nothing is asked of Reflex when a socket closes: what an event that was still under way has put into a
    closed tab is found at the next look just as well.
    """

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._closed: dict[str, float] = {}
        """Those without a socket, and since when."""

    def seen(self, token: str) -> None:
        """An event of this tab is about to be handled."""
        self._open.add(token)

    async def run(self, app: rx.App) -> None:
        """Look after the tabs until the worker stops: a lifespan task of the app."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look(app)
            except (RedisError, LockExpiredError, OSError):
                log.warning("the states of closed tabs could not be emptied: redis does not answer")

    async def look(self, app: rx.App, now: float | None = None) -> None:
        """Take the persons out of tabs that closed, and forget those altogether that closed a while ago."""
        now = time.monotonic() if now is None else now
        namespace = app.event_namespace
        connected = set(namespace.token_to_sid) if namespace is not None else set[str]()
        for token in self._open - connected:
            self._open.discard(token)
            self._closed[token] = now
            try:
                await _forget(app, token)
            except BaseException:
                self._open.add(token)
                raise
        for token, since in list(self._closed.items()):
            if token in self._open or token in connected:
                del self._closed[token]
            elif now - since >= KEPT:
                await _forget(app, token, wholly=True)
                del self._closed[token]


tabs = Tabs()


async def _forget(app: rx.App, token: str, *, wholly: bool = False) -> None:
    """Under the lock of the tab's state: a tab that is back by now, here or at another worker, keeps it."""
    async with app.state_manager.modify_state(BaseStateToken(ident=token, cls=rx.State)) as state:
        if await _is_connected(app, token):
            return
        if wholly:
            await wipe(app, token)
        elif isinstance(state, rx.State):
            await forget_persons(state)


async def _is_connected(app: rx.App, token: str) -> bool:
    namespace = app.event_namespace
    if namespace is None:
        return False
    return await namespace._token_manager.is_token_connected(token)  # noqa: SLF001 - asks other workers as well


async def wipe(app: rx.App, token: str) -> None:
    """Forget everything kept under a client token: the next event under it starts from nothing.

    Used when a token passes from a session that has ended to a living one, so that nothing passes with it,
    and when its tab has been closed for a while.
    """
    manager = app.state_manager
    if isinstance(manager, StateManagerMemory):
        for key in [key for key in manager.states if key.startswith(f"{token}/") or key == token]:
            manager.states.pop(key)
    elif isinstance(manager, StateManagerRedis):
        async for key in manager.redis.scan_iter(match=f"{token}*", count=1000):
            # Who empties a tab under its lock holds that until the end.
            if not bytes(key).endswith((b"_lock", b"_lock_waiters")):
                await manager.redis.delete(key)
    else:
        message = "states are kept in memory or Redis only"
        raise TypeError(message)
