"""State of what a draft is for: kept while it is typed, and never written over what a colleague wrote."""

import hashlib
from typing import Any

import reflex as rx

from nexus_portal.adapters import clock
from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.services import addresses, draft_visits, drafts, order_details
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.order_import import ChoiceView

TEXTS = ("reference", "cost_centre", "delivery_address")
OTHER = "other"


class DraftPurposeState(rx.State):
    """The texts of the draft on screen, what is known of colleagues' changes, and who else has it open."""

    texts: dict[str, str] = {}
    """As they stand in the order, as far as this page knows; a field begins with its text."""
    drawn: dict[str, int] = {}
    """Grows when a field has to be drawn anew, with a text that was not typed into it."""
    theirs: dict[str, str] = {}
    """What somebody else wrote while a field was being typed into: the person decides which stays."""
    saved_at: str = ""
    book: list[ChoiceView] = []
    another: bool = False
    """An address that is not in the book is being written."""
    names: list[str] = []
    own_tab: bool = False
    _number: str = ""
    _editing: str = ""
    _typed: dict[str, str] = {}

    @handler
    async def begin(self) -> None:
        """The form appears: show the addresses to choose from."""
        rows = await call(self, addresses.addresses)
        self.book = [
            ChoiceView(row.address, f"{row.name}: {row.address}" if row.name else row.address) for row in rows
        ]
        self.another = self._beside_the_book()

    @handler
    async def focus(self, name: str) -> None:
        """A field is being typed into: what others write does not replace it now."""
        self._editing = name

    @handler
    async def note(self, name: str, text: str) -> Any:
        """Keep a text as it is typed."""
        if name in TEXTS and self._number and text != self._typed.get(name):
            self._typed = self._typed | {name: text}
            if name not in self.theirs and text.strip() != self.texts.get(name):
                await self._save(name, text)

    @handler
    async def left(self, name: str, text: str) -> Any:
        """A field is left: keep its text at once."""
        if name in TEXTS and self._number:
            self._editing, self._typed = "", self._typed | {name: text}
            if name not in self.theirs and text.strip() != self.texts.get(name):
                await self._save(name, text)

    @handler
    async def pick(self, address: str) -> None:
        """Choose an address of the book, or to write another one."""
        self.another = address == OTHER
        if not self.another and self._number and address != self.texts.get("delivery_address"):
            await self._save("delivery_address", address)

    @handler
    async def settle(self, name: str, mine: bool) -> None:  # noqa: FBT001 - an event's argument
        """Decide between what was typed here and what somebody else wrote meanwhile."""
        if name not in self.theirs:
            return
        self.texts = self.texts | {name: self.theirs[name]}
        self.theirs = {key: text for key, text in self.theirs.items() if key != name}
        if mine:
            await self._save(name, self._typed.get(name, ""))
        else:
            self._draw(name)

    @handler
    async def here(self) -> None:
        """The tab says that it has the draft open, and learns who else has."""
        if not self._number:
            return
        try:
            found = await call(self, draft_visits.visit, number=self._number, tab=self._tab())
        except NotFound:
            return  # thrown away meanwhile
        self.names, self.own_tab = list(found.names), found.own_tab

    @handler
    async def away(self) -> None:
        """The draft is left."""
        number, self._number = self._number, ""
        self.names, self.own_tab, self.texts, self.theirs = [], False, {}, {}
        if number:
            try:
                await call(self, draft_visits.leave, number=number, tab=self._tab())
            except NotFound:
                return  # thrown away, or the session is another's now

    def _follow(self, number: str, texts: dict[str, str]) -> None:
        """The draft was read: show what others changed, but not in the field that is being typed into."""
        if number != self._number:
            self._number, self.texts, self.theirs, self._typed = number, texts, {}, {}
            self.saved_at, self._editing = "", ""
            self.another = self._beside_the_book()
            return
        for name, text in texts.items():
            if text == self.texts.get(name):
                self.theirs = {key: each for key, each in self.theirs.items() if key != name}
            elif name in self.theirs or (name == self._editing and name in self._typed):
                self.theirs = self.theirs | {name: text}
            else:
                self.texts = self.texts | {name: text}
                self._draw(name)

    def _draw(self, name: str) -> None:
        self.drawn = self.drawn | {name: self.drawn.get(name, 0) + 1}
        self._typed = {key: text for key, text in self._typed.items() if key != name}
        if name == "delivery_address":
            self.another = self._beside_the_book()

    def _beside_the_book(self) -> bool:
        address = self.texts.get("delivery_address", "")
        return all(choice.value != address for choice in self.book)

    async def _save(self, name: str, text: str) -> None:
        texts, seen = {name: text}, {name: self.texts.get(name, "")}
        try:
            await call(self, drafts.describe, number=self._number, **texts, seen=seen)
        except Conflict:
            order = await call(self, order_details.details, number=self._number)
            if not order.editable:
                raise
            self.theirs = self.theirs | {name: str(getattr(order, name))}
            self._typed = self._typed | {name: text}
            return
        self.texts = self.texts | {name: text.strip()}
        self.saved_at = clock.now().isoformat()

    def _tab(self) -> str:
        # The token is a secret of the tab's; its hash names the tab.
        return hashlib.sha256(self.router.session.client_token.encode()).hexdigest()
