"""State of the page of one parcel."""

from typing import Any

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.text import Message
from nexus_portal.services import shipping, shipping_lists
from nexus_portal.services.pieces import AccessoryCount
from nexus_portal.services.production_lists import ItemRow
from nexus_portal.services.shipping_lists import ShipmentRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import glowing, last_part
from nexus_portal.state.quiet import plain
from nexus_portal.state.shell import tell


class ParcelState(rx.State):
    """One parcel: where it goes, and what became of each card in it."""

    loaded: bool = False
    number: str = ""
    parcel: ShipmentRow | None = None
    delivery_address: str = ""
    accessories: list[AccessoryCount] = []
    items: list[ItemRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show the parcel in the address."""
        self.number = last_part(self.router.url.path)
        self.loaded, self.parcel, self.items, self.glow, self._cursor = False, None, [], {}, ""
        try:
            await self._show()
        finally:
            self.loaded = True
        live.watch(self, ParcelState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """A card moved: show where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def turn(self, direction: str) -> None:
        """Show the cards before or after those on screen."""
        self._cursor = self.newer if direction == "newer" else self.older
        await self._show()
        self.glow = {}

    @handler
    async def ship(self) -> None:
        """The parcel leaves."""
        await call(self, shipping.ship, number=self.number)
        await self._done(Message("Parcel {number} is on its way.", number=self.number))

    @handler
    async def deliver(self) -> None:
        """The parcel has arrived."""
        await call(self, shipping.deliver, number=self.number)
        await self._done(Message("Parcel {number} is delivered.", number=self.number))

    @handler
    async def mark(self, code: str, to: str) -> None:
        """Say what became of one card."""
        if to not in shipping.MARKS:
            raise Invalid(Message("There is no such step."))
        await call(self, shipping.mark, codes=[code], to=Stage(to))
        await self._done(Message("Card {code} is now “{stage}”.", code=code, stage=Stage(to)))

    async def _done(self, message: Message) -> None:
        await tell(self, "success", message)
        await self._show()

    async def _show(self) -> None:
        sheet = await call(self, shipping_lists.parcel, number=self.number, cursor=self._cursor)
        self.parcel, self.delivery_address = sheet.shipment, sheet.delivery_address
        self.items, self.accessories = list(sheet.items.rows), list(sheet.accessories)
        self.newer, self.older = sheet.items.previous, sheet.items.following

    def _rows(self) -> dict[str, Any]:
        return {item.code: item for item in plain(self.items)}
