"""State of one version of a layout: looked at, edited, published."""

import asyncio
from uuid import UUID

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.card_design import CARD_NUMBER
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import layout_drafts, layouts_editing
from nexus_portal.services.card_marks import Shown
from nexus_portal.services.layouts_editing import TOPIC, LayoutLine, LayoutSheet
from nexus_portal.state import layout_edits, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.card_preview import both_sides
from nexus_portal.state.layout_edits import ELEMENT, FIELD, ElementEdit, FieldEdit, HandleView
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import tell

PATH = "/bureau/layouts"
DRAFT = "draft"


class LayoutState(rx.State):
    """The version in the address. Inputs are named `field-<n>-<part>` and `element-<n>-<part>`."""

    loaded: bool = False
    line: LayoutLine | None = None
    fields: list[FieldEdit] = []
    elements: list[ElementEdit] = []
    keys: list[str] = []
    """What an element may show."""
    reasons: list[str] = []
    """What keeps the version from being published, as it was saved."""
    wrong: str = ""
    """Why what is typed cannot be drawn."""
    front: str = ""
    back: str = ""
    handles: list[HandleView] = []
    """Where each element lies on its side, to be moved there."""
    shown: int = 0
    """Grows when everything is shown anew, so that no input keeps what was typed before."""
    theirs: bool = False
    """Somebody else saved the draft while this one was edited: the person decides which stays."""
    asking: bool = False
    """The dialog before throwing the draft away is open."""
    _next: int = 1000
    _seen: str = ""
    _touched: bool = False

    @handler
    async def load(self) -> None:
        """Show the version in the address."""
        self.loaded, self.line, self.asking = False, None, False
        try:
            await self._again()
        finally:
            self.loaded = True
        live.watch(self, LayoutState.refresh, TOPIC, subject=str(self._id()))

    @handler
    async def refresh(self) -> None:
        """Somebody changed this version: show it, unless something is being edited here."""
        try:
            found = await call(self, layouts_editing.sheet, layout_id=self._id())
        except NotFound:
            self.line = None
            raise
        if self.line is not None and (found.stamp, found.line.state) == (self._seen, self.line.state):
            return
        if self._touched and found.line.state == DRAFT:
            self.theirs = True
        else:
            await self._fill(found)

    @handler
    async def changed(self, name: str, value: str) -> None:
        """Something was typed: draw it."""
        self._take({name: value})
        await self._draw()

    @handler
    async def moved(self, place: str) -> None:
        """An element was moved on the card: its number, and the millimetres from the left and the top."""
        n, _, at = place.partition(" ")
        x, _, y = at.partition(" ")
        self._take({f"{ELEMENT}-{n}-x": x, f"{ELEMENT}-{n}-y": y})
        await self._draw()

    @handler
    async def more_fields(self) -> None:
        """One field more, at the end."""
        self.fields, self._touched = [*self.fields, FieldEdit(n=self._number())], True

    @handler
    async def more_elements(self, side: str) -> None:
        """One element more, over all others."""
        self.elements, self._touched = [*self.elements, ElementEdit(n=self._number(), side=side)], True

    @handler
    async def remove(self, what: str, n: str) -> None:
        """A field or an element less."""
        if what == FIELD:
            self.fields = [each for each in self.fields if each.n != n]
        else:
            self.elements = [each for each in self.elements if each.n != n]
        self._touched = True
        await self._draw()

    @handler
    async def save(self, form: dict[str, str]) -> None:
        """Keep what was typed."""
        self._take(form)
        if await self._keep():
            await tell(self, "success", Message("The layout is saved."))

    @handler
    async def settle(self, mine: bool) -> None:  # noqa: FBT001 - an event's argument
        """Decide between what was edited here and what somebody else saved meanwhile."""
        if not mine:
            await self._again()
            return
        found = await call(self, layouts_editing.sheet, layout_id=self._id())
        self._seen, self.theirs = found.stamp, False
        if await self._keep():
            await tell(self, "success", Message("The layout is saved."))

    @handler
    async def publish(self) -> None:
        """Keep what was typed, and offer the version."""
        if not await self._keep():
            return
        await call(self, layouts_editing.publish, layout_id=self._id(), seen=self._seen)
        await self._again()
        await tell(self, "success", Message("The layout is published: cards are ordered in it from now on."))

    @handler
    async def withdraw(self) -> None:
        """Offer it no longer."""
        await call(self, layouts_editing.withdraw, layout_id=self._id())
        await self._again()
        await tell(self, "success", Message("The layout is no longer offered."))

    @handler
    async def begin(self) -> object:
        """Begin a new version, and go to it."""
        begun = await call(self, layouts_editing.begin_version, layout_id=self._id())
        return rx.redirect(f"{PATH}/{begun}")

    @handler
    async def ask(self) -> None:
        """Ask before throwing the draft away."""
        self.asking = True

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        self.asking = opens

    @handler
    async def discard(self, _form: dict[str, str]) -> object:
        """Throw the draft away, and go back to the list."""
        self.asking = False
        try:
            await call(self, layout_drafts.discard, layout_id=self._id(), seen=self._seen)
        except Conflict:
            await self._compare()
            raise
        return rx.redirect(PATH)

    async def _keep(self) -> bool:
        """Save, or say that somebody else did meanwhile; whether it was saved."""
        fields = layout_edits.to_fields(self.fields)
        design = layout_edits.to_design(self.elements)
        try:
            found = await call(
                self,
                layouts_editing.save,
                layout_id=self._id(),
                fields=fields,
                design=design,
                seen=self._seen,
            )
        except Conflict:
            if not await self._compare():
                raise
            return False
        await self._fill(found)
        return True

    async def _compare(self) -> bool:
        """Whether it is a draft still, which somebody else changed."""
        found = await call(self, layouts_editing.sheet, layout_id=self._id())
        self.theirs = found.line.state == DRAFT and found.stamp != self._seen
        return self.theirs

    def _id(self) -> UUID:
        return row_id(last_part(self.router.url.path))

    def _number(self) -> str:
        self._next += 1
        return str(self._next)

    def _take(self, typed: dict[str, str]) -> None:
        fields = layout_edits.typed_into(FIELD, self.fields, typed)
        elements = layout_edits.typed_into(ELEMENT, self.elements, typed)
        self._touched = self._touched or (fields, elements) != (list(self.fields), list(self.elements))
        self.fields, self.elements = fields, elements

    async def _again(self) -> None:
        await self._fill(await call(self, layouts_editing.sheet, layout_id=self._id()))

    async def _fill(self, found: LayoutSheet) -> None:
        language = caller().language
        self.line = found.line
        self.shown += 1
        self._seen, self._touched, self.theirs = found.stamp, False, False
        self.fields = layout_edits.of_fields(found.fields)
        self.elements = layout_edits.of_design(found.design)
        self.reasons = [catalogue.render(each, language) for each in found.reasons]
        await self._draw()

    async def _draw(self) -> None:
        language = caller().language
        self.keys = [each.key for each in self.fields if each.key and each.type != "photo"] + [CARD_NUMBER]
        self.wrong = ""
        try:
            design = layout_edits.to_design(self.elements)
            shown = Shown(layout_edits.samples(layout_edits.to_fields(self.fields), language))
            self.front, self.back = await asyncio.to_thread(both_sides, design, shown)
            self.handles = layout_edits.handles(self.elements, design)
        except Invalid as refusal:
            self.wrong = catalogue.render(refusal.message, language)
