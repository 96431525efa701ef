"""State of the page of cards: what is being made, and the register of what was issued."""

from urllib.parse import urlencode

import reflex as rx

from nexus_portal.domain.text import Message
from nexus_portal.services import cards, tracking
from nexus_portal.services.cards import CardRow
from nexus_portal.services.tracking import TrackedCard
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import tell

REGISTER = "register"


class CardsState(rx.State):
    """Card items by their last move, or the register; which one, and what narrows it, is in the address."""

    loaded: bool = False
    view: str = ""
    stage: str = ""
    status: str = ""
    moving: list[TrackedCard] = []
    register: list[CardRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    asking: str = ""
    """What the open dialog would do: `block`, `unblock`, `terminate`, or none."""
    chosen: str = ""
    """Number of the card that the dialog is about."""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        asked = self.router.url.query_parameters
        self.view = REGISTER if asked.get("view") == REGISTER else ""
        self.stage, self.status = asked.get("stage", ""), asked.get("status", "")
        self.glow, self.asking, self.chosen = {}, "", ""
        await self._show()
        live.watch(self, CardsState.refresh, "orders", "cards")

    @handler
    async def refresh(self) -> None:
        """Something moved: show it where it stands, and let it glow."""
        before = {row.id: row for row in self.moving}
        await self._show()
        self.glow = {
            row.id: self.glow.get(row.id, 0) + (before.get(row.id) not in {row, None}) for row in self.moving
        }

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Show one stage or status, or the other list."""
        chosen = {"view": self.view, "stage": self.stage, "status": self.status}
        return _address(chosen | {name: value} if name in chosen else chosen)

    @handler
    async def turn(self, direction: str) -> object:
        """Go to the newer or older page."""
        cursor = self.newer if direction == "newer" else self.older
        return _address({"view": self.view, "stage": self.stage, "status": self.status, "page": cursor})

    @handler
    async def ask(self, question: str, number: str) -> None:
        """Open a dialog about one card."""
        self.asking, self.chosen = question, number

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def block(self, form: dict[str, str]) -> None:
        """Write down a block, and say plainly that it closes no door."""
        blocked = await call(self, cards.block, number=self.chosen, reason=form.get("reason", ""))
        await self._done(Message("Card {number} is blocked.", number=self.chosen), blocked.notice)

    @handler
    async def unblock(self, _form: dict[str, str]) -> None:
        """Write down that a card is in use again."""
        await call(self, cards.unblock, number=self.chosen)
        await self._done(Message("Card {number} is in use again.", number=self.chosen))

    @handler
    async def terminate(self, _form: dict[str, str]) -> None:
        """End a card for good."""
        ended = await call(self, cards.terminate, number=self.chosen)
        await self._done(Message("Card {number} is terminated.", number=self.chosen), ended.notice)

    async def _done(self, *messages: Message) -> None:
        self.asking = ""
        await tell(self, "success", *messages)
        await self._show()

    async def _show(self) -> None:
        cursor = self.router.url.query_parameters.get("page", "")
        if self.view == REGISTER:
            listed = await call(self, cards.register, status=self.status, cursor=cursor)
            self.register, self.moving = list(listed.rows), []
            self.newer, self.older = listed.previous, listed.following
        else:
            page = await call(self, tracking.moving, stage=self.stage, cursor=cursor)
            self.moving, self.register = list(page.rows), []
            self.newer, self.older = page.previous, page.following
        self.loaded = True


def _address(parameters: dict[str, str]) -> object:
    query = urlencode({name: value for name, value in parameters.items() if value})
    return rx.redirect(f"/cards?{query}" if query else "/cards", replace=True)
