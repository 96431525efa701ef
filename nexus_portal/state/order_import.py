"""State of the page that imports a spreadsheet: which layout, what each column holds, how far reading is."""

from dataclasses import dataclass
from uuid import uuid4

import reflex as rx

from nexus_portal.domain import column_mapping
from nexus_portal.services import import_inspections, import_progress, layouts
from nexus_portal.services.import_inspections import InspectionRow
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.state import draft_views, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.draft_views import ReadingView


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutView:
    """A layout on offer."""

    value: str
    label: str
    fields: str
    with_photo: bool


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One line of a choice."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the chosen file and the field that it fills; empty means that it is dropped."""

    name: str
    header: str
    field: str


class OrderImportState(rx.State):
    """Layouts on offer, the columns of the chosen file, and the import that is being read."""

    loaded: bool = False
    draft: str = ""
    """The number of the draft that the rows join; empty where they begin one."""
    layouts: list[LayoutView] = []
    layout: str = ""
    fields: list[ChoiceView] = []
    with_photo: bool = False
    columns: list[ColumnView] = []
    counted: int = 0
    notes: list[str] = []
    missing: str = ""
    """Needed fields that no column fills, by their labels."""
    remembered: bool = False
    """The account assigned such columns before, and this is how."""
    looked: int = 0
    """Grows when columns are assigned anew, so that their choices are drawn anew."""
    key: str = ""
    reading: ReadingView | None = None
    _offered: list[LayoutRow] = []

    @handler
    async def load(self) -> None:
        """Show what can be ordered; the columns of a file chosen before are asked for anew."""
        self._offered = list(await call(self, layouts.layouts_for_ordering))
        language = caller().language
        self.layouts = [_layout(each, language) for each in self._offered]
        self.key = uuid4().hex
        self.draft = self.router.url.query_parameters.get("draft", "")
        self._choose(self._offered[0].id if self._offered else "")
        await self._follow()
        self.loaded = True
        live.watch(self, OrderImportState.refresh, "imports")

    @handler
    async def refresh(self) -> None:
        """An import of the account went on."""
        await self._follow()

    @handler
    async def choose(self, layout: str) -> None:
        """Order in this layout; the file is looked at again with its fields in mind."""
        self._choose(layout)

    @handler
    async def forget(self) -> None:
        """Another file was chosen: what was known of the one before does not count."""
        self._choose(self.layout)

    @handler
    async def inspected(self) -> None:
        """The server has read the headers of the chosen file: ask what each column holds."""
        found = await call(self, import_inspections.inspection)
        layout = self._chosen()
        if found is None or layout is None or found.layout_id != layout.id:
            return
        self.columns, self.remembered = _columns(found), found.remembered
        self.looked += 1
        self.counted = found.rows
        self.notes = [draft_views.catalogue.render(note, caller().language) for note in found.notes]
        self._look_for_missing()

    @handler
    async def assign(self, column: str, field: str) -> None:
        """Say what a column holds."""
        known = {choice.value for choice in self.fields}
        self.columns = [
            ColumnView(each.name, each.header, field if field in known else "")
            if each.name == column
            else each
            for each in self.columns
        ]
        self._look_for_missing()

    @handler
    async def choose_anew(self) -> None:
        """Leave aside how such columns were assigned before, and go by their headers."""
        layout = self._chosen()
        found = column_mapping.suggest(
            [each.header for each in self.columns], layout.fields if layout else ()
        )
        self.columns = [
            ColumnView(each.name, each.header, found.get(place, ""))
            for place, each in enumerate(self.columns)
        ]
        self.remembered = False
        self.looked += 1
        self._look_for_missing()

    def _choose(self, layout_id: str) -> None:
        self.layout = layout_id
        self.columns, self.counted, self.notes, self.missing = [], 0, [], ""
        self.remembered = False
        layout, language = self._chosen(), caller().language
        self.fields = [ChoiceView(each.key, each.label(language)) for each in layout.fields] if layout else []
        self.with_photo = layout is not None and layout.photo_field is not None

    def _chosen(self) -> LayoutRow | None:
        return next((each for each in self._offered if each.id == self.layout), None)

    def _look_for_missing(self) -> None:
        layout = self._chosen()
        mapping = {place: each.field for place, each in enumerate(self.columns) if each.field}
        unfilled = column_mapping.unfilled(mapping, layout.fields) if layout else ()
        self.missing = ", ".join(each.label(caller().language) for each in unfilled)

    async def _follow(self) -> None:
        now = await call(self, import_progress.reading_now)
        self.reading = draft_views.reading(now, caller().language)


def _layout(layout: LayoutRow, language: str) -> LayoutView:
    return LayoutView(
        value=layout.id,
        label=layout.name,
        fields=", ".join(each.label(language) for each in layout.fields),
        with_photo=layout.photo_field is not None,
    )


def _columns(found: InspectionRow) -> list[ColumnView]:
    return [
        ColumnView(f"column-{place}", header, found.suggestion.get(place, ""))
        for place, header in enumerate(found.headers)
    ]
