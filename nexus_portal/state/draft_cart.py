"""State of what is in a draft besides persons: its accessories, how many of each, and the cards' layouts."""

from typing import Any
from uuid import uuid4

import reflex as rx

from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import cart
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.draft import DraftState
from nexus_portal.state.order_import import ChoiceView
from nexus_portal.state.shell import tell


class DraftCartState(rx.State):
    """What can be added to the draft on screen, and the line that is asked about."""

    offered: list[ChoiceView] = []
    removing: str = ""
    """The line that is asked about before it is taken out with its cards."""
    removing_name: str = ""
    removing_cards: int = 0
    beginning: bool = False
    """The dialog for a draft of accessories alone is open."""
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Find what the bureau has on its shelf."""
        self.removing, self.beginning = "", False
        self.offered = [ChoiceView(row.id, row.name) for row in await call(self, cart.accessories)]

    @handler
    async def ask_first(self) -> None:
        """Open the dialog that begins a draft of accessories alone."""
        self.beginning, self._key = True, uuid4().hex

    @handler
    async def not_begun(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        self.beginning = opens

    @handler
    async def begin(self, form: dict[str, str]) -> Any:
        """Begin a draft with pieces of an accessory, and show it."""
        number = await call(
            self,
            cart.begin_with,
            article_id=row_id(form.get("article", "")),
            quantity=_pieces(form.get("quantity", "")),
            key=self._key,
        )
        self.beginning = False
        return rx.redirect(f"/orders/{number}")

    @handler
    async def add(self, form: dict[str, str]) -> Any:
        """Put pieces of an accessory into the draft."""
        await call(
            self,
            cart.add_accessory,
            number=await self._number(),
            article_id=row_id(form.get("article", "")),
            quantity=_pieces(form.get("quantity", "")),
        )
        return DraftState.refresh

    @handler
    async def count(self, line: str, text: str) -> Any:
        """Say how many pieces are wanted."""
        pieces = _pieces(text)
        await call(
            self, cart.set_quantity, number=await self._number(), line_id=row_id(line), quantity=pieces
        )
        return DraftState.refresh

    @handler
    async def ask(self, line: str, name: str, cards: int) -> None:
        """Open the dialog before a line of cards is taken out."""
        self.removing, self.removing_name, self.removing_cards = line, name, cards

    @handler
    async def kept(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The line stays after all."""
        if not opens:
            self.removing = ""

    @handler
    async def remove(self, _form: dict[str, str]) -> Any:
        """Take the line out with its cards."""
        return await self._remove(self.removing)

    @handler
    async def take_out(self, line: str) -> Any:
        """Take an accessory out: nothing of anybody goes with it."""
        return await self._remove(line)

    async def _remove(self, line: str) -> Any:
        await call(self, cart.remove_line, number=await self._number(), line_id=row_id(line))
        self.removing = ""
        await tell(self, "success", Message("The line is taken out."))
        return DraftState.refresh

    async def _number(self) -> str:
        page = await self.get_state(DraftState)
        if page.draft is None:
            raise NotFound
        return page.draft.number


def _pieces(text: str) -> int:
    if not text.strip().isdecimal() or len(text.strip()) > len(str(cart.MOST)):
        raise Invalid(Message("Write a number of pieces between 1 and {most}.", most=cart.MOST))
    return int(text)
