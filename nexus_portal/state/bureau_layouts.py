"""State of the list of layouts."""

import reflex as rx

from nexus_portal.services import layouts_editing
from nexus_portal.services.layouts_editing import TOPIC, LayoutLine
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler


class LayoutsState(rx.State):
    """Every version of every account's layouts."""

    loaded: bool = False
    rows: list[LayoutLine] = []

    @handler
    async def load(self) -> None:
        """Show all."""
        self.rows = list(await call(self, layouts_editing.all_layouts))
        self.loaded = True
        live.watch(self, LayoutsState.refresh, TOPIC)

    @handler
    async def refresh(self) -> None:
        """A layout changed."""
        self.rows = list(await call(self, layouts_editing.all_layouts))
