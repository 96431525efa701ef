"""State of the order history."""

from urllib.parse import urlencode

import reflex as rx

from nexus_portal.services import history
from nexus_portal.services.history import OrderRow, Wanted
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler

FILTERS = ("search", "fulfilment", "billing", "personal_data")


class OrderHistoryState(rx.State):
    """The page of orders on screen. What narrows it lives in the page's address."""

    loaded: bool = False
    rows: list[OrderRow] = []
    glow: dict[str, int] = {}
    """Order number → how often it changed while on screen: each change makes its row glow."""
    total: int = 0
    newer: str = ""
    older: str = ""
    search: str = ""
    fulfilment: str = ""
    billing: str = ""
    personal_data: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        asked = self.router.url.query_parameters
        self.search, self.fulfilment, self.billing, self.personal_data = (asked.get(f, "") for f in FILTERS)
        self.glow = {}
        await self._show(asked.get("page", ""))
        live.watch(self, OrderHistoryState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """Something changed in the account: show it where it stands, and let it glow."""
        before = {row.number: row for row in self.rows}
        await self._show(self.router.url.query_parameters.get("page", ""))
        changed = {row.number for row in self.rows if before.get(row.number) not in {row, None}}
        self.glow = {row.number: self.glow.get(row.number, 0) + (row.number in changed) for row in self.rows}

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Filter by one thing more; the list starts at its top again."""
        chosen = {filter_: getattr(self, filter_) for filter_ in FILTERS}
        if name in chosen:
            chosen[name] = value
            setattr(self, name, value)
        return _address(chosen)

    @handler
    async def turn(self, direction: str) -> object:
        """Go to the newer or older page."""
        cursor = self.newer if direction == "newer" else self.older
        return _address({**{filter_: getattr(self, filter_) for filter_ in FILTERS}, "page": cursor})

    async def _show(self, cursor: str) -> None:
        wanted = Wanted(
            search=self.search,
            fulfilment=self.fulfilment,
            billing=self.billing,
            personal_data=self.personal_data,
        )
        page = await call(self, history.orders, wanted=wanted, cursor=cursor)
        self.rows = list(page.rows)
        self.total, self.newer, self.older = page.total, page.newer, page.older
        self.loaded = True


def _address(parameters: dict[str, str]) -> object:
    query = urlencode({name: value for name, value in parameters.items() if value})
    return rx.redirect(f"/orders?{query}" if query else "/orders", replace=True)
