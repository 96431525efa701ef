"""State of the form for one card: its layout's fields, filled from a draft that was not right yet."""

from dataclasses import replace
from uuid import uuid4

import reflex as rx

from nexus_portal.services import draft_single, layouts
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.state import draft_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.draft_views import FieldView, TheirsView
from nexus_portal.state.order_import import ChoiceView
from nexus_portal.state.quiet import put
from nexus_portal.state.shell import shows_persons


@shows_persons
class OrderNewState(rx.State):
    """The form on screen. `draft` and `item` name what an earlier sending was kept as.

    `into` is the number of the draft that the card joins, or empty.
    """

    loaded: bool = False
    layouts: list[ChoiceView] = []
    layout: str = ""
    layout_name: str = ""
    fields: list[FieldView] = []
    with_photo: bool = False
    photo_needed: bool = False
    photo: str = ""
    photo_error: str = ""
    double: bool = False
    protected: bool = False
    """The identity of the person is to be protected."""
    draft: str = ""
    item: str = ""
    saw: str = ""
    """The version of the row that the form shows; it goes along with what is typed."""
    theirs: list[TheirsView] = []
    """What was written in another tab meanwhile, beside what was typed here."""
    drawn: int = 0
    """Grows when the form begins anew with other values."""
    into: str = ""
    key: str = ""
    wrong: int = 0
    """How many fields have something wrong."""
    _offered: list[LayoutRow] = []

    @handler
    async def load(self) -> None:
        """Show an empty form, or the draft in the address with what is wrong at each field."""
        self.key = uuid4().hex
        self.draft = self.router.url.query_parameters.get("draft", "")
        self.into = "" if self.draft else self.router.url.query_parameters.get("into", "")
        self._offered = list(await call(self, layouts.layouts_for_ordering))
        self.layouts = [ChoiceView(each.id, each.name) for each in self._offered]
        if self.draft:
            card = await call(self, draft_single.single, number=self.draft)
            self._fill(card.layout, card.row)
        else:
            self._fill(self._offered[0] if self._offered else None, None)
        self.loaded = True

    @handler
    async def choose(self, layout: str) -> None:
        """Order in another layout: other fields."""
        chosen = next((each for each in self._offered if each.id == layout), None)
        if chosen is not None and not self.item:
            self._fill(chosen, None)

    @handler
    async def refused(self) -> None:
        """The form was refused: where its row was changed meanwhile, show what stands there now."""
        if not self.item:
            return
        row = (await call(self, draft_single.single, number=self.draft)).row
        if row.version != self.saw:
            shown = {field.key: field.value for field in self.fields}
            changed = draft_views.theirs(row, shown, caller().language)
            self.saw, self.theirs = row.version, [replace(each, typed="") for each in changed]

    @handler
    async def leave(self) -> None:
        """The page is left: nobody stays behind in this tab."""
        self._clear()

    def _clear(self) -> None:
        put(self, loaded=False, fields=[], layout="", item="", photo="", saw="", theirs=[])

    def _fill(self, layout: LayoutRow | None, row: DraftRow | None) -> None:
        language = caller().language
        photo = layout.photo_field if layout else None
        self.layout, self.layout_name = (layout.id, layout.name) if layout else ("", "")
        self.fields = draft_views.form(layout, row, language) if layout else []
        self.with_photo, self.photo_needed = photo is not None, photo is not None and photo.required
        self.item, self.saw = (row.item_id, row.version) if row else ("", "")
        self.theirs, self.drawn = [], self.drawn + 1
        self.photo = f"/photos/{row.item_id}?form={self.key}" if row and row.has_photo else ""
        self.photo_error = draft_views.error_at(row.problems, photo.key, language) if row and photo else ""
        self.double = row is not None and draft_views.is_double(row)
        self.protected = row is not None and row.protected
        self.wrong = len({each.field for each in row.problems}) if row else 0
