"""Emptying the state that Reflex keeps for a tab."""

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis


async def wipe(app: rx.App, token: str) -> None:
    """Forget everything kept under a client token: the next event under it starts from nothing.

    Used when a token passes from a session that has ended to a living one, so that nothing passes with it.
    """
    manager = app.state_manager
    if isinstance(manager, StateManagerMemory):
        for key in [key for key in manager.states if key.startswith(f"{token}/") or key == token]:
            manager.states.pop(key)
    elif isinstance(manager, StateManagerRedis):
        async for key in manager.redis.scan_iter(match=f"{token}*"):
            await manager.redis.delete(key)
    else:
        message = "states are kept in memory or Redis only"
        raise TypeError(message)
