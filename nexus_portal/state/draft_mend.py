"""State of the dialogs for one row of a draft. The page shows the draft anew after each of their events."""

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain import photo_findings
from nexus_portal.domain.errors import Changed
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import draft_mending, drafts, photo_edits
from nexus_portal.services.drafts import DraftRow
from nexus_portal.state import draft_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.draft_views import FieldView, TheirsView
from nexus_portal.state.quiet import put
from nexus_portal.state.shell import shows_persons, tell

VALUE = "value-"


@shows_persons
class DraftMendState(rx.State):
    """The row in the dialog; empty while it is closed, so that no person stays on the page unseen."""

    item: str = ""
    row: str = ""
    """Its number, with its file where there are several."""
    layout: str = ""
    fields: list[FieldView] = []
    saw: str = ""
    """The version of the row that the form shows; it goes along with what is typed."""
    theirs: list[TheirsView] = []
    """What was written in another tab meanwhile, beside what was typed here."""
    drawn: int = 0
    """Grows when the form begins anew with other values."""
    with_photo: bool = False
    photo: str = ""
    """Address of the row's photo, or empty."""
    photo_error: str = ""
    advice: list[str] = []
    """What a look at the photo found wanting."""
    double: bool = False
    """The person has a card already: a second one may be wanted."""
    protected: bool = False
    """The identity of the person is to be protected."""
    removing: str = ""
    """The row that is asked about before it is thrown away."""
    removing_row: str = ""
    _shown: int = 0

    @handler
    async def open(self, item: str) -> None:
        """Show a row's values and what is wrong with each."""
        row = await call(self, drafts.draft_row, item_id=row_id(item))
        self.saw, self.theirs, self.drawn = row.version, [], self.drawn + 1
        await self._show(row)

    @handler
    async def again(self) -> None:
        """The row has its new photo: show what is still wrong."""
        if self.item:
            await self._show(await call(self, drafts.draft_row, item_id=row_id(self.item)))

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        if not opens:
            self._clear()

    @handler
    async def save(self, form: dict[str, str]) -> None:
        """Keep what was typed; the dialog stays while something is wrong with it."""
        values = {name.removeprefix(VALUE): text for name, text in form.items() if name.startswith(VALUE)}
        try:
            row = await call(
                self,
                draft_mending.mend_row,
                item_id=row_id(self.item),
                values=values,
                second_card="second-card" in form,
                protected="protected" in form,
                saw=form.get("saw", ""),
            )
        except Changed:
            await self._compare(values)
            return
        self.saw, self.theirs = row.version, []
        if row.ready:
            self._clear()
            place = draft_views.place(row, caller().language)
            await tell(self, "success", Message("Row {row} is ready.", row=place))
        else:
            await self._show(row)

    @handler
    async def ask(self, item: str, row: str) -> None:
        """Open the dialog before a row is thrown away, or close it with nothing."""
        self.removing, self.removing_row = item, row

    @handler
    async def kept(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The row is not thrown away after all."""
        if not opens:
            self.removing = ""

    @handler
    async def remove(self, _form: dict[str, str]) -> None:
        """Throw the row away."""
        await call(self, draft_mending.remove_row, item_id=row_id(self.removing))
        self.removing = ""
        await tell(self, "success", Message("Row {row} is removed.", row=self.removing_row))

    async def _compare(self, typed: dict[str, str]) -> None:
        """Show what stands there now beside what was typed; saving again writes over it, knowingly."""
        row = await call(self, drafts.draft_row, item_id=row_id(self.item))
        self.saw, self.theirs = row.version, draft_views.theirs(row, typed, caller().language)

    async def _show(self, row: DraftRow) -> None:
        language = caller().language
        photo = row.layout.photo_field
        self._shown += 1
        self.item, self.row, self.layout = row.item_id, draft_views.place(row, language), row.layout.id
        self.fields = draft_views.form(row.layout, row, language)
        self.with_photo = photo is not None
        # The number makes the browser ask again after the photo was replaced.
        self.photo = f"/photos/{row.item_id}?shown={self._shown}" if row.has_photo else ""
        self.photo_error = draft_views.error_at(row.problems, photo.key, language) if photo else ""
        self.double, self.protected = draft_views.is_double(row), row.protected
        found = await call(self, photo_edits.findings, item_id=row_id(row.item_id))
        self.advice = [catalogue.render(each, language) for each in photo_findings.advice(found)]

    def _clear(self) -> None:
        put(self, item="", row="", layout="", photo="", photo_error="", saw="", theirs=[])
        put(self, fields=[], advice=[], with_photo=False, double=False, protected=False)
