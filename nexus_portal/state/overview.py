"""State of the first page."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.services import overview
from nexus_portal.services.overview import Move
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler


@dataclass(frozen=True, slots=True)
class Tile:
    """One count; `kind` chooses its words and where it leads."""

    kind: str
    count: int


class OverviewState(rx.State):
    """What waits for the reader, and what moved last."""

    loaded: bool = False
    tiles: list[Tile] = []
    moves: list[Move] = []

    @handler
    async def load(self) -> None:
        """Show the counts and moves of now; called again whenever an order changes."""
        found = await call(self, overview.overview)
        self.tiles = [Tile(waiting.kind, waiting.count) for waiting in found.waiting]
        self.moves = list(found.moves)
        self.loaded = True
        live.watch(self, OverviewState.load, "orders")
