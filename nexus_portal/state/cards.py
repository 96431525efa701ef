"""State of the page of cards: what is being made, and the register of what was issued."""

import re
from typing import Any

import reflex as rx

from nexus_portal.domain.cards import CLOSES_NO_DOOR
from nexus_portal.domain.text import Message
from nexus_portal.services import cards, cards_together, tracking
from nexus_portal.services.cards import CardRow
from nexus_portal.services.tracking import TrackedCard
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, by_number, glowing
from nexus_portal.state.quiet import plain
from nexus_portal.state.shell import tell

REGISTER = "register"
_NUMBER = re.compile(r"(?:[Cc]-)?[0-9]{4}-[0-9]{4,6}(?:-[0-9]{1,6})?")


class CardsState(rx.State):
    """Card items by their last move, or the register; which one, and what narrows it, is in the address."""

    loaded: bool = False
    view: str = ""
    stage: str = ""
    period: str = ""
    status: str = ""
    search: str = ""
    moving: list[TrackedCard] = []
    register: list[CardRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    selected: list[str] = []
    """Numbers of the cards that are ticked; they are all on this page."""
    asking: str = ""
    """What the open dialog would do: `block`, `unblock`, `terminate`, or none."""
    chosen: str = ""
    """Number of the card that the dialog is about; empty for all that are ticked."""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        asked = self.router.url.query_parameters
        self.view = REGISTER if asked.get("view") == REGISTER else ""
        self.stage, self.status = asked.get("stage", ""), asked.get("status", "")
        self.period, self.search = asked.get("period", ""), asked.get("search", "")
        self.glow, self.asking, self.chosen, self.selected = {}, "", "", []
        await self._show()
        live.watch(self, CardsState.refresh, "orders", "cards")

    @handler
    async def refresh(self) -> None:
        """Something moved: show it where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def narrow(self, name: str, value: str) -> Any:
        """Show one stage, period or status, or the other list."""
        return self._address({name: value} if name in {"view", "stage", "status", "period"} else {})

    @handler
    async def seek(self, text: str) -> Any:
        """Find a number, once it is whole: anything else, such as a name, never reaches the address."""
        self.search = text
        whole = _NUMBER.fullmatch(text.strip())
        return self._address({"search": text.strip()}) if whole or not text.strip() else None

    @handler
    async def turn(self, direction: str) -> Any:
        """Go to the newer or older page."""
        return self._address({"page": self.newer if direction == "newer" else self.older})

    @handler
    async def tick(self, number: str) -> None:
        """Choose a card on this page, or no longer."""
        shown = {row.number for row in self.register}
        chosen = set(self.selected) ^ {number}
        self.selected = sorted(chosen & shown)

    @handler
    async def untick(self) -> None:
        """Choose none."""
        self.selected = []

    @handler
    async def ask(self, question: str, number: str) -> None:
        """Open a dialog about one card, or about those that are ticked."""
        self.asking, self.chosen = question, number

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def block(self, reason: str) -> None:
        """Write down a block, and say plainly that it closes no door."""
        if self.chosen:
            await call(self, cards.block, number=self.chosen, reason=reason)
            said = Message("Card {number} is blocked.", number=self.chosen)
        else:
            count = await call(self, cards_together.block_many, numbers=self.selected, reason=reason)
            said = Message("{count} cards are blocked.", count=count)
        await self._done(said, CLOSES_NO_DOOR)

    @handler
    async def unblock(self, _form: dict[str, str]) -> None:
        """Write down that a card is in use again."""
        await call(self, cards.unblock, number=self.chosen)
        await self._done(Message("Card {number} is in use again.", number=self.chosen))

    @handler
    async def terminate(self, _form: dict[str, str]) -> None:
        """End cards for good."""
        if self.chosen:
            await call(self, cards.terminate, number=self.chosen)
            said = Message("Card {number} is terminated.", number=self.chosen)
        else:
            count = await call(self, cards_together.terminate_many, numbers=self.selected)
            said = Message("{count} cards are terminated.", count=count)
        await self._done(said, CLOSES_NO_DOOR)

    async def _done(self, *messages: Message) -> None:
        self.asking, self.selected = "", []
        await tell(self, "success", *messages)
        await self._show()

    async def _show(self) -> None:
        cursor = self.router.url.query_parameters.get("page", "")
        search = self.search if _NUMBER.fullmatch(self.search.strip()) else ""
        if self.view == REGISTER:
            page = await call(self, cards.register, status=self.status, search=search, cursor=cursor)
            self.register, self.moving = list(page.rows), []
        else:
            narrowed = {"stage": self.stage, "period": self.period, "search": search}
            page = await call(self, tracking.moving, **narrowed, cursor=cursor)
            self.moving, self.register = list(page.rows), []
        self.newer, self.older = page.previous, page.following
        self.loaded = True

    def _rows(self) -> dict[str, Any]:
        return {row.id: row for row in plain(self.moving)} | by_number(self.register)

    def _address(self, changed: dict[str, str]) -> Any:
        names = ("view", "stage", "status", "period", "search")
        return address("/cards", {name: getattr(self, name) for name in names} | changed)
