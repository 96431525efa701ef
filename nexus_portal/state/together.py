"""Tabs that show the same, refreshed together: read once, put into words once, and sent to all.

By an event each, the last of five hundred tabs of one list would wait until all the others have asked for the
same rows and put them into the same words. What is not plain is left to that event, and so to the gate.
"""

import asyncio
from collections.abc import Hashable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

import reflex as rx
from reflex.istate.manager.token import BaseStateToken
from reflex.state import StateUpdate
from reflex_base.constants import SocketEvent

from nexus_portal.domain.errors import PortalError
from nexus_portal.services import sessions
from nexus_portal.services.sessions import Visit
from nexus_portal.state.bridge import visited_by
from nexus_portal.state.gate import sid_of

AT_ONCE = 25
"""Tabs whose states are held at a time, until what became of them is sent."""
PATIENCE = 0.05
"""Seconds to wait for a state that an event holds; the others would wait as well."""
Delta = Mapping[str, Mapping[str, Any]]
Reading = MutableMapping[Hashable, Any]
"""What other tabs have just been answered, under all that an answer depends on: who asked, by account and
permissions, and what."""


async def refresh(app: rx.App, kind: type[rx.State], tabs: Mapping[str, str]) -> set[str]:
    """Refresh tabs (client token → hash of the session) together; gives those that it left as they were.

    Their state has a method `_refresh_with`: by what was read already, or it reads and leaves it there; False
    where the tab needs its own event.
    """
    visits = await asyncio.to_thread(sessions.visits_of, set(tabs.values()))
    known = {token: visits[session] for token, session in tabs.items() if session in visits}
    # Always in the same order: another refresh that holds several states may run beside this one.
    tokens, read, done = sorted(known), dict[Hashable, Any](), set[str]()
    with app.set_contexts():
        for start in range(0, len(tokens), AT_ONCE):
            some = {token: known[token] for token in tokens[start : start + AT_ONCE]}
            done |= await _refresh(app, kind, some, read)
    return set(tabs) - done


async def _refresh(app: rx.App, kind: type[rx.State], tabs: Mapping[str, Visit], read: Reading) -> set[str]:
    done, said, sockets = set[str](), list[tuple[Delta, list[str]]](), _sockets(app)
    async with AsyncExitStack() as held:
        for token, visit in tabs.items():
            states = app.state_manager.modify_state(BaseStateToken(ident=token, cls=kind))
            try:
                async with asyncio.timeout(PATIENCE):
                    root = await held.enter_async_context(states)
            except TimeoutError:
                continue
            sid = sockets.get(token, "")
            if sid and visit.actor.signed_in and await _refreshed(root, kind, visit, read):
                done.add(token)
                _say(said, await root._get_resolved_delta(), sid)  # noqa: SLF001 - what Reflex does after an event
                root._clean()  # noqa: SLF001 - what Reflex does after an event
        for delta, sids in said:
            if app.event_namespace is not None:
                update = StateUpdate(delta=dict(delta))
                await app.event_namespace.emit(str(SocketEvent.EVENT), update, to=sids)
    return done


async def _refreshed(root: Any, kind: type[rx.State], visit: Visit, read: Reading) -> bool:
    if sessions.hash_of(sid_of(root.router_data)) != visit.id_hash:
        return False  # the tab has nothing yet, or passed to another session meanwhile
    state = await root.get_state(kind)
    try:
        with visited_by(visit):
            return await state._refresh_with(read)  # noqa: SLF001 - not for the browser
    except PortalError:
        return False


def _say(said: list[tuple[Delta, list[str]]], delta: Delta, sid: str) -> None:
    """Note who is to hear it: with others, where they are told the very same."""
    if delta:
        for other, sids in said:
            if other == delta:
                sids.append(sid)
                return
        said.append((delta, [sid]))


def _sockets(app: rx.App) -> Mapping[str, str]:
    return app.event_namespace.token_to_sid if app.event_namespace is not None else {}
