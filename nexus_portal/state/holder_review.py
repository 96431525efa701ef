"""State of the panel of asked card holders on a draft's page, and of its dialogs."""

from dataclasses import dataclass
from uuid import uuid4

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import drafts, holder_asking, holder_links, holder_review, layouts
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.holder_review import AskedRow
from nexus_portal.state import draft_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.order_import import ChoiceView
from nexus_portal.state.quiet import put
from nexus_portal.state.shell import shows_persons, tell


@dataclass(frozen=True, slots=True)
class ValueView:
    """One field of an answer under its label."""

    label: str
    text: str


@shows_persons
class HolderReviewState(rx.State):
    """Who was asked in the draft on screen; one dialog at a time: ask, link, withdraw or review."""

    number: str = ""
    rows: list[AskedRow] = []
    waiting: int = 0
    answered: int = 0
    complete: int = 0
    """Answers that can be taken unseen."""
    ended: int = 0
    newer: str = ""
    older: str = ""
    own: bool = False
    dialog: str = ""
    item: str = ""
    row: int = 0
    link: str = ""
    """The link in its dialog: here until that is closed."""
    values: list[ValueView] = []
    photo: str = ""
    twice: bool = False
    error: str = ""
    layouts: list[ChoiceView] = []
    """The layouts to choose from where no draft is on screen."""
    _key: str = ""
    _cursor: str = ""

    @handler
    async def begin(self) -> None:
        """Open the dialog that asks holders, for the draft on screen or for a new one."""
        self._shut()
        self._key = uuid4().hex
        if not self.number:
            offered = await call(self, layouts.layouts_for_ordering)
            self.layouts = [ChoiceView(each.id, each.name) for each in offered]
        self.dialog = "ask"

    @handler
    async def ask(self, form: dict[str, str]) -> object:
        """Ask the holders; what was typed stays while something is wrong with it."""
        days = form.get("days", "")
        try:
            asked = await call(
                self,
                holder_asking.ask,
                key=self._key,
                number=self.number,
                layout_id=row_id(form["layout"]) if form.get("layout") else None,
                people=form.get("people", ""),
                days=int(days) if days.isascii() and days.isdecimal() else 0,
                language=form.get("language", ""),
            )
        except Invalid as error:
            self.error = catalogue.render(error.message, caller().language)
            return None
        self._shut()
        if not self.number:
            return rx.redirect(f"/orders/{asked.number}")
        await self._follow(self.number)
        await tell(self, "success", Message("Card holders asked: {count}.", count=asked.holders))
        return None

    @handler
    async def copy_link(self, item: str) -> None:
        """Show the link of a row, to copy."""
        shown = await call(self, holder_asking.copy_link, item_id=row_id(item))
        self._shut()
        self.dialog, self.link, self.row = "link", shown.link, shown.row

    @handler
    async def remind(self, item: str) -> None:
        """Mail the link again."""
        await call(self, holder_asking.remind, item_id=row_id(item))
        await self._follow(self.number)
        await tell(self, "success", Message("The reminder is on its way."))

    @handler
    async def ask_withdraw(self, item: str, row: int) -> None:
        """Open the dialog before a link is ended."""
        self._shut()
        self.dialog, self.item, self.row = "withdraw", item, row

    @handler
    async def withdraw(self, _form: dict[str, str]) -> None:
        """End the link of a row."""
        await call(self, holder_asking.withdraw, item_id=row_id(self.item))
        self._shut()
        await self._follow(self.number)

    @handler
    async def review(self, item: str) -> None:
        """Show what a holder has sent."""
        row = await call(self, drafts.draft_row, item_id=row_id(item))
        self._shut()
        language = caller().language
        self.dialog, self.item, self.row = "review", row.item_id, row.source_row
        self.values = _values(row, language)
        self.photo = f"/photos/{row.item_id}?review={uuid4().hex[:8]}" if row.has_photo else ""
        self.twice = draft_views.is_double(row)

    @handler
    async def approve(self) -> None:
        """Take what is shown."""
        await call(self, holder_review.approve, item_id=row_id(self.item))
        row = self.row
        self._shut()
        await self._follow(self.number)
        await tell(self, "success", Message("Row {row} is ready.", row=row))

    @handler
    async def approve_all(self) -> None:
        """Take every answer with which nothing is wrong."""
        taken = await call(self, holder_review.approve_all, number=self.number)
        await self._follow(self.number)
        await tell(self, "success", Message("Answers taken: {count}.", count=taken))

    @handler
    async def send_back(self, form: dict[str, str]) -> None:
        """Ask the holder again, and say why."""
        item = row_id(self.item)
        try:
            mailed = await call(self, holder_review.send_back, item_id=item, reason=form.get("reason", ""))
        except Invalid as error:
            self.error = catalogue.render(error.message, caller().language)
            return
        self._shut()
        await self._follow(self.number)
        if mailed:
            await tell(self, "success", Message("A new link is on its way to the card holder."))
        else:
            shown = await call(self, holder_asking.copy_link, item_id=item)
            self.dialog, self.link, self.row = "link", shown.link, shown.row

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        if not opens:
            self._shut()

    @handler
    async def turn(self, direction: str) -> None:
        """Show the asked holders before or after those on screen."""
        self._cursor = self.newer if direction == "newer" else self.older
        if self.number:
            await self._follow(self.number)

    @handler
    async def leave(self) -> None:
        """The page is left: nobody stays behind in this tab."""
        self._clear()

    async def _follow(self, number: str) -> None:
        """Show who was asked in a draft; its page calls this each time it shows the draft."""
        self._cursor = self._cursor if number == self.number else ""
        seen = await call(self, holder_review.asked, number=number, cursor=self._cursor)
        self.number, self.rows, self.own = number, list(seen.rows.rows), seen.own
        self.newer, self.older = seen.rows.previous, seen.rows.following
        self.waiting, self.answered = seen.waiting, seen.answered
        self.complete, self.ended = seen.complete, seen.ended

    def _shut(self) -> None:
        put(self, dialog="", item="", row=0, link="", error="", values=[], photo="", twice=False, layouts=[])

    def _clear(self) -> None:
        self._shut()
        put(self, number="", rows=[], waiting=0, answered=0, own=False, complete=0, ended=0)
        put(self, newer="", older="", _cursor="")


def _values(row: DraftRow, language: str) -> list[ValueView]:
    return [
        ValueView(each.label(language), each.written(row.values.get(each.key, "")))
        for each in drafts.text_fields(row.layout)
    ]


DAYS = holder_links.DAYS
MOST_DAYS = holder_links.MOST_DAYS
