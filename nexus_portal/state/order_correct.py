"""State of correcting a person before their card is made."""

import asyncio
from typing import Any
from uuid import UUID

import reflex as rx

from nexus_portal.domain.fields import ProblemCode
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import corrections, notices
from nexus_portal.services.drafts import DraftRow
from nexus_portal.services.notices import Flash
from nexus_portal.state import draft_views
from nexus_portal.state.bridge import call, caller, handler, visit
from nexus_portal.state.draft_mend import VALUE
from nexus_portal.state.draft_views import FieldView
from nexus_portal.state.shell import shows_persons


@shows_persons
class OrderCorrectState(rx.State):
    """The card in the address with its person; empty once the page is left."""

    loaded: bool = False
    item: str = ""
    number: str = ""
    """The order's, to lead back to."""
    position: int = 0
    fields: list[FieldView] = []
    double: bool = False

    @handler
    async def load(self) -> None:
        """Show the person on the card in the address; the showing is logged."""
        self._clear()
        try:
            found = await call(self, corrections.correction, item_id=self._in_address())
            self.item, self.number, self.position = found.row.item_id, found.number, found.row.position
            self.fields = draft_views.form(found.row.layout, found.row, caller().language)
        finally:
            self.loaded = True

    @handler
    async def save(self, form: dict[str, str]) -> Any:
        """Correct the person; while something is wrong it is said at its field, and nothing is changed."""
        values = {name.removeprefix(VALUE): text for name, text in form.items() if name.startswith(VALUE)}
        item = row_id(self.item)
        problems = await call(
            self,
            corrections.correct_holder,
            item_id=item,
            values=values,
            second_card="second-card" in form,
        )
        if problems:
            found = await call(self, corrections.correction, item_id=item)
            typed = {**found.row.values, **values}
            row = DraftRow(
                item_id=found.row.item_id,
                position=found.row.position,
                source_row=found.row.position,
                place=found.row.place,
                ready=False,
                has_photo=found.row.has_photo,
                layout=found.row.layout,
                problems=problems,
                values=typed,
            )
            self.fields = draft_views.form(row.layout, row, caller().language)
            self.double = any(each.code is ProblemCode.DUPLICATE for each in problems)
            return None
        number = self.number
        self._clear()
        said = Message("The card is corrected. What stood there before is destroyed.")
        await asyncio.to_thread(notices.leave, visit().id_hash, Flash("success", said))
        return rx.redirect(f"/orders/{number}")

    @handler
    async def leave(self) -> None:
        """The page is left: nobody stays behind in this tab."""
        self._clear()

    def _in_address(self) -> UUID:
        return row_id(self.router.url.query_parameters.get("item", ""))

    def _clear(self) -> None:
        self.loaded, self.item, self.number, self.position = False, "", "", 0
        self.fields, self.double = [], False
