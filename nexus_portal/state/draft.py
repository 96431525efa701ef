"""State of a draft order: its rows to look over, what it is for, and ordering it."""

import asyncio
from typing import Any
from uuid import uuid4

import reflex as rx

from nexus_portal.domain.errors import Conflict, NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import draft_visits, drafts, notices, ordering
from nexus_portal.services.notices import Flash
from nexus_portal.services.ordering import OrderedRow
from nexus_portal.state import draft_views, live
from nexus_portal.state.bridge import call, caller, handler, visit
from nexus_portal.state.draft_mend import DraftMendState
from nexus_portal.state.draft_purpose import TEXTS, DraftPurposeState
from nexus_portal.state.draft_views import LineView, ReadingView, RowView, SummaryView
from nexus_portal.state.holder_review import HolderReviewState
from nexus_portal.state.lists import last_part
from nexus_portal.state.order import OrderState
from nexus_portal.state.order_new import OrderNewState
from nexus_portal.state.quiet import put
from nexus_portal.state.shell import shows_persons, tell


@shows_persons
class DraftState(rx.State):
    """The draft in the address, a page of its rows, and the dialog that is open."""

    draft: SummaryView | None = None
    reading: ReadingView | None = None
    lines: list[LineView] = []
    labels: list[str] = []
    rows: list[RowView] = []
    show: str = ""
    """`problems` while the ready rows are left out."""
    newer: str = ""
    older: str = ""
    asking: bool = False
    """The dialog before throwing the draft away is open."""
    _cursor: str = ""
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show the draft in the address; nothing if the order there is none."""
        await self._forget()
        put(self, show="", _cursor="", _key=uuid4().hex)
        number = last_part(self.router.url.path)
        try:
            await self._show(number)
        except (Conflict, NotFound):
            return  # the order's own page says what it is
        live.watch(self, DraftState.refresh, "orders", draft_visits.TOPIC, subject=number)

    @handler
    async def appear(self) -> None:
        """The order became a draft again while its page was open."""
        if self.draft is None:
            await self.load()

    @handler
    async def leave(self) -> None:
        """The page is left: nobody of the draft stays behind in this tab."""
        await self._forget()

    @handler
    async def refresh(self) -> Any:
        """Something changed: show it where it stands, or the order's page once it is ordered."""
        if self.draft is None:
            return None
        try:
            await self._show(self.draft.number)
        except (Conflict, NotFound):
            await self._forget()
            return OrderState.load
        return DraftPurposeState.here

    @handler
    async def narrow(self, show: str) -> None:
        """Show all rows, or only those to mend."""
        self.show, self._cursor = (drafts.TO_MEND if show == drafts.TO_MEND else ""), ""
        if self.draft is not None:
            await self._show(self.draft.number)

    @handler
    async def turn(self, direction: str) -> None:
        """Show the rows before or after those on screen."""
        self._cursor = self.newer if direction == "newer" else self.older
        if self.draft is not None:
            await self._show(self.draft.number)

    @handler
    async def order(self, form: dict[str, str]) -> Any:
        """Order all cards, or the ready ones while others are not. Pressing twice orders once."""
        if self.draft is None:
            return None
        await self._describe(form)
        send = ordering.submit_ready if self.draft.rest else ordering.submit
        ordered: OrderedRow = await call(self, send, number=self.draft.number, key=self._key)
        await self._forget()
        await tell(self, "success", _ordered(ordered))
        return OrderState.load

    @handler
    async def ask(self) -> None:
        """Open the dialog before throwing the draft away."""
        self.asking = True

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        self.asking = opens

    @handler
    async def discard(self, _form: dict[str, str]) -> Any:
        """Throw the draft away."""
        if self.draft is None:
            return None
        number = self.draft.number
        await call(self, drafts.discard_draft, number=number)
        await self._forget()
        gone = Flash("success", Message("Draft {number} is thrown away.", number=number))
        await asyncio.to_thread(notices.leave, visit().id_hash, gone)
        return rx.redirect("/orders")

    async def _forget(self) -> None:
        put(self, draft=None, reading=None, rows=[], labels=[], asking=False, lines=[])
        for form in (DraftMendState, OrderNewState, HolderReviewState):
            (await self.get_state(form))._clear()  # noqa: SLF001 - a public method could be called by the browser

    async def _describe(self, form: dict[str, str]) -> None:
        if self.draft is not None:
            seen = dict((await self.get_state(DraftPurposeState)).texts)
            texts = {name: form[name] for name in TEXTS if name in form}
            await call(self, drafts.describe, number=self.draft.number, **texts, seen=seen)

    async def _show(self, number: str) -> None:
        draft = await call(self, drafts.draft, number=number, show=self.show, cursor=self._cursor)
        language = caller().language
        self.draft = draft_views.summary(draft)
        self.reading = draft_views.reading(draft.reading, language)
        self.labels = draft_views.labels(draft, language)
        self.lines = draft_views.lines(draft)
        self.rows = draft_views.rows(draft, language)
        self.newer, self.older = draft.rows.previous, draft.rows.following
        texts = {name: str(getattr(draft, name)) for name in TEXTS}
        (await self.get_state(DraftPurposeState))._follow(number, texts)  # noqa: SLF001 - see `_forget`
        await (await self.get_state(HolderReviewState))._follow(number)  # noqa: SLF001 - not for the browser


def _ordered(ordered: OrderedRow) -> Message:
    if ordered.rest:
        return Message(
            "Order {number} is sent. Cards: {cards}. The other rows wait in draft {rest}.",
            number=ordered.number,
            cards=ordered.cards,
            rest=ordered.rest,
        )
    if not ordered.cards:
        return Message("Order {number} is sent.", number=ordered.number)
    return Message("Order {number} is sent. Cards: {cards}.", number=ordered.number, cards=ordered.cards)
