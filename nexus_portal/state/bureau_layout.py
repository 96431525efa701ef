"""State of one version of a layout: looked at, edited, published."""

import asyncio
from dataclasses import replace
from uuid import UUID

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.card_design import CARD_NUMBER
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import layouts_editing
from nexus_portal.services.card_drawing import Shown
from nexus_portal.services.layouts_editing import LayoutLine, LayoutSheet
from nexus_portal.state import layout_edits
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.card_preview import both_sides
from nexus_portal.state.layout_edits import ElementEdit, FieldEdit
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import tell

PATH = "/bureau/layouts"
FIELD, ELEMENT = "field", "element"


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
    shown: int = 0
    """Grows when everything is shown anew, so that no input keeps what was typed before."""
    _next: int = 1000

    @handler
    async def load(self) -> None:
        """Show the version in the address."""
        self.loaded, self.line = False, None
        try:
            found = await call(self, layouts_editing.sheet, layout_id=self._id())
            await self._fill(found)
        finally:
            self.loaded = True

    @handler
    async def changed(self, name: str, value: str) -> None:
        """Something was typed: draw it."""
        self._take({name: value})
        await self._draw()

    @handler
    async def more_fields(self) -> None:
        """One field more, at the end."""
        self.fields = [*self.fields, FieldEdit(n=self._number())]

    @handler
    async def more_elements(self, side: str) -> None:
        """One element more, over all others."""
        self.elements = [*self.elements, ElementEdit(n=self._number(), side=side)]

    @handler
    async def remove(self, what: str, n: str) -> None:
        """A field or an element less."""
        if what == FIELD:
            self.fields = [each for each in self.fields if each.n != n]
        else:
            self.elements = [each for each in self.elements if each.n != n]
        await self._draw()

    @handler
    async def save(self, form: dict[str, str]) -> None:
        """Keep what was typed."""
        self._take(form)
        await self._keep()
        await tell(self, "success", Message("The layout is saved."))

    @handler
    async def publish(self) -> None:
        """Keep what was typed, and offer the version."""
        await self._keep()
        await call(self, layouts_editing.publish, layout_id=self._id())
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

    async def _keep(self) -> None:
        fields = layout_edits.to_fields(self.fields)
        design = layout_edits.to_design(self.elements)
        found = await call(self, layouts_editing.save, layout_id=self._id(), fields=fields, design=design)
        await self._fill(found)

    def _id(self) -> UUID:
        try:
            return UUID(last_part(self.router.url.path))
        except ValueError:
            raise NotFound from None

    def _number(self) -> str:
        self._next += 1
        return str(self._next)

    def _take(self, typed: dict[str, str]) -> None:
        fields = {each.n: each for each in self.fields}
        elements = {each.n: each for each in self.elements}
        for name, value in typed.items():
            kind, _, rest = name.partition("-")
            n, _, part = rest.partition("-")
            if part == "n":
                continue
            if kind == FIELD and n in fields and part in FieldEdit.__slots__:
                fields[n] = replace(fields[n], **{part: value})
            if kind == ELEMENT and n in elements and part in ElementEdit.__slots__:
                elements[n] = replace(elements[n], **{part: value})
        self.fields, self.elements = list(fields.values()), list(elements.values())

    async def _again(self) -> None:
        await self._fill(await call(self, layouts_editing.sheet, layout_id=self._id()))

    async def _fill(self, found: LayoutSheet) -> None:
        language = caller().language
        self.line = found.line
        self.shown += 1
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
        except Invalid as refusal:
            self.wrong = catalogue.render(refusal.message, language)
