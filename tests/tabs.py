"""Pages driven by their events, without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from reflex.istate.data import RouterData

from nexus_portal.domain.actor import Actor
from nexus_portal.state.bridge import acting_as
from nexus_portal.state.shell import ShellState


class Tab:
    """One browser tab of somebody, at a page."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.root = rx.State()

    @contextmanager
    def at(self, path: str, **query: str) -> Iterator[None]:
        url = f"http://localhost:8000{path}" + (f"?{urlencode(query)}" if query else "")
        self.root.router = RouterData.from_router_data(
            {
                "pathname": path,
                "asPath": url.removeprefix("http://localhost:8000"),
                "query": query,
                "headers": {"origin": "http://localhost:8000"},
            }
        )
        with acting_as(self.actor):
            yield

    async def state(self, kind: type[rx.State]) -> Any:
        return await self.root.get_state(kind)

    async def said(self) -> list[tuple[str, str]]:
        shell = await self.state(ShellState)
        return [(notice.kind, notice.text) for notice in shell.notices]
