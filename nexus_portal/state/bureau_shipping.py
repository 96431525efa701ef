"""State of shipping: what waits to be packed, and the parcels."""

from typing import Any
from uuid import uuid4

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services import shipping, shipping_lists
from nexus_portal.services.pieces import AccessoryCount
from nexus_portal.services.shipping_lists import PackRow, ShipmentRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, by_number, glowing, known
from nexus_portal.state.shell import tell

PACKED = "packed"
LONGEST_COUNT = 9


class ShippingState(rx.State):
    """Orders to pack, and parcels; which parcels is in the address."""

    loaded: bool = False
    waiting: list[PackRow] = []
    waiting_newer: str = ""
    waiting_older: str = ""
    show: str = ""
    parcels: list[ShipmentRow] = []
    newer: str = ""
    older: str = ""
    glow: dict[str, int] = {}
    chosen: str = ""
    """Number of the order that is being packed, or none."""
    chosen_cards: int = 0
    chosen_address: str = ""
    chosen_accessories: list[AccessoryCount] = []
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        self.show = known(self.router.url.query_parameters.get("show", ""), shipping_lists.SHOWN)
        self.glow, self.chosen = {}, ""
        await self._show()
        live.watch(self, ShippingState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """Something was produced or moved: show it where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def narrow(self, show: str) -> object:
        """Show other parcels."""
        return address("/bureau/shipping", {"show": show})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older parcels."""
        cursor = self.newer if direction == "newer" else self.older
        return address("/bureau/shipping", {"show": self.show, "page": cursor})

    @handler
    async def turn_waiting(self, direction: str) -> object:
        """Go to newer or older orders to pack."""
        cursor = self.waiting_newer if direction == "newer" else self.waiting_older
        return address("/bureau/shipping", {"show": self.show, "orders": cursor})

    @handler
    async def choose(self, number: str) -> None:
        """Ask how an order leaves."""
        row = next((row for row in self.waiting if row.number == number), None)
        if row is not None:
            self.chosen, self.chosen_cards, self.chosen_address = number, row.waiting, row.delivery_address
            self.chosen_accessories = list(row.accessories)
            self._key = uuid4().hex

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.chosen = ""

    @handler
    async def pack(self, form: dict[str, str]) -> None:
        """Pack what is produced of the order, with the accessories that go along."""
        number = await call(
            self,
            shipping.pack,
            number=self.chosen,
            carrier=form.get("carrier", ""),
            tracking=form.get("tracking", ""),
            key=self._key,
            pieces={each.line: _pieces(form, each.line) for each in self.chosen_accessories},
        )
        self.chosen = ""
        await self._done(Message("Parcel {number} is packed.", number=number))

    @handler
    async def ship(self, number: str) -> None:
        """A parcel leaves."""
        await call(self, shipping.ship, number=number)
        await self._done(Message("Parcel {number} is on its way.", number=number))

    @handler
    async def deliver(self, number: str) -> None:
        """A parcel has arrived."""
        await call(self, shipping.deliver, number=number)
        await self._done(Message("Parcel {number} is delivered.", number=number))

    async def _done(self, message: Message) -> None:
        await tell(self, "success", message)
        await self._show()

    async def _show(self) -> None:
        asked = self.router.url.query_parameters
        waiting = await call(self, shipping_lists.to_pack, cursor=asked.get("orders", ""))
        show = self.show or PACKED
        page = await call(self, shipping_lists.shipments, show=show, cursor=asked.get("page", ""))
        self.waiting, self.parcels = list(waiting.rows), list(page.rows)
        self.waiting_older, self.waiting_newer = waiting.previous, waiting.following
        self.newer, self.older = page.following, page.previous
        if show == "delivered":
            self.newer, self.older = page.previous, page.following
        self.loaded = True

    def _rows(self) -> dict[str, Any]:
        return by_number(self.waiting) | by_number(self.parcels)


def _pieces(form: dict[str, str], line: str) -> int:
    text = form.get(f"pieces-{line}", "").strip()
    if not text.isdecimal() or len(text) > LONGEST_COUNT:
        raise Invalid(Message("Write how many pieces of each accessory go along, 0 for none."))
    return int(text)
