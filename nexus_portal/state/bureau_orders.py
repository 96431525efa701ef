"""State of the order desk."""

import reflex as rx

from nexus_portal.services import desk
from nexus_portal.services.desk import InboxRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, by_number, glowing, known

TO_DECIDE = "to_decide"


class DeskState(rx.State):
    """Orders that have come in, the oldest first; which of them is in the address."""

    loaded: bool = False
    show: str = ""
    rows: list[InboxRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        self.show = known(self.router.url.query_parameters.get("show", ""), desk.FILTERS)
        self.rows, self.glow = [], {}
        await self._show()
        live.watch(self, DeskState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """An order came or moved: show it where it stands, and let it glow."""
        before = by_number(self.rows)
        await self._show()
        self.glow = glowing(self.glow, before, by_number(self.rows))

    @handler
    async def narrow(self, show: str) -> object:
        """Show other orders, from the oldest on."""
        return address("/bureau/orders", {"show": show})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to the newer or older orders."""
        cursor = self.newer if direction == "newer" else self.older
        return address("/bureau/orders", {"show": self.show, "page": cursor})

    async def _show(self) -> None:
        cursor = self.router.url.query_parameters.get("page", "")
        page = await call(self, desk.inbox, show=self.show or TO_DECIDE, cursor=cursor)
        self.rows = list(page.rows)
        self.older, self.newer = page.previous, page.following
        self.loaded = True
