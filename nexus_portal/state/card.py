"""State of the page of one issued card."""

import reflex as rx

from nexus_portal.domain.text import Message
from nexus_portal.services import card_page, cards, holds_list
from nexus_portal.services.cards import CardRow
from nexus_portal.services.holds_list import HoldRow
from nexus_portal.state import live, order_views
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.order_views import StepView
from nexus_portal.state.shell import tell


class CardState(rx.State):
    """One card: its status, its way, and what it replaces."""

    loaded: bool = False
    chosen: str = ""
    """The number in the address."""
    card: CardRow | None = None
    way: list[StepView] = []
    replaces: str = ""
    replaced_by: str = ""
    replaced_in: str = ""
    """The order in which its successor is still being made; empty once that is a card of its own."""
    holds: list[HoldRow] = []
    """What stops the erasing of its person."""
    asking: str = ""
    """What the open dialog would do: `block`, `unblock`, `terminate`, or none."""

    @handler
    async def load(self) -> None:
        """Show the card in the address."""
        self.chosen = last_part(self.router.url.path)
        self.loaded, self.card, self.way, self.asking = False, None, [], ""
        self.holds = []
        try:
            await self._show()
        finally:
            self.loaded = True
        if self.card is not None:
            live.watch(self, CardState.refresh, "cards", "orders", subjects=(self.chosen, self._order()))

    @handler
    async def refresh(self) -> None:
        """Something changed about this card or its order."""
        await self._show()

    @handler
    async def ask(self, question: str, _number: str) -> None:
        """Open a dialog."""
        self.asking = question

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def block(self, reason: str) -> None:
        """Write down a block, and say plainly that it closes no door."""
        blocked = await call(self, cards.block, number=self.chosen, reason=reason)
        await self._done(Message("Card {number} is blocked.", number=self.chosen), blocked.notice)

    @handler
    async def unblock(self, _form: dict[str, str]) -> None:
        """Write down that the card is in use again."""
        await call(self, cards.unblock, number=self.chosen)
        await self._done(Message("Card {number} is in use again.", number=self.chosen))

    @handler
    async def terminate(self, _form: dict[str, str]) -> None:
        """End the card for good."""
        ended = await call(self, cards.terminate, number=self.chosen)
        await self._done(Message("Card {number} is terminated.", number=self.chosen), ended.notice)

    async def _done(self, *messages: Message) -> None:
        self.asking = ""
        await tell(self, "success", *messages)
        await self._show()

    async def _show(self) -> None:
        found = await call(self, card_page.card_details, number=self.chosen)
        self.holds = list(await call(self, holds_list.on_item, code=found.card.code))
        self.card, self.way = found.card, order_views.way(found.way)
        self.replaces, self.replaced_by = found.replaces, found.replaced_by
        self.replaced_in = "" if found.replaced_by.startswith("C-") else found.replaced_in

    def _order(self) -> str:
        return self.card.order_number if self.card is not None else ""
