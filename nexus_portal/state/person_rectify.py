"""State of the dialog that puts right what is kept of a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.fields import Problem
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import rectification
from nexus_portal.services.rectification import Rectifiable
from nexus_portal.state import draft_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.draft_mend import VALUE
from nexus_portal.state.draft_views import FieldView
from nexus_portal.state.erasing import ErasingState
from nexus_portal.state.people import PeopleState
from nexus_portal.state.shell import shows_persons, tell


@shows_persons
class PersonRectifyState(rx.State):
    """The person in the dialog; empty while it is closed, so that nobody stays on the page unseen."""

    item: str = ""
    code: str = ""
    fields: list[FieldView] = []
    card: str = ""
    """Number of a printed card that stays as it is, once what is kept was put right."""

    @handler
    async def ask(self) -> None:
        """Show what is kept of the person on the one card that is chosen; the showing is logged."""
        chosen = (await self.get_state(ErasingState)).items
        if len(chosen) != 1:
            raise Invalid(Message("Choose one card: each is put right by itself."))
        self.reset()
        found = await call(self, rectification.rectifiable, item_id=row_id(chosen[0]))
        self.item, self.code = found.item_id, found.code
        self.fields = _fields(found, found.values, (), caller().language)

    @handler
    async def save(self, form: dict[str, str]) -> None:
        """Put it right; while something is wrong it is said at its field, and nothing is changed."""
        values = {name.removeprefix(VALUE): text for name, text in form.items() if name.startswith(VALUE)}
        item = row_id(self.item)
        done = await call(self, rectification.rectify, item_id=item, values=values)
        if done.problems:
            found = await call(self, rectification.rectifiable, item_id=item)
            self.fields = _fields(found, {**found.values, **values}, done.problems, caller().language)
            return
        self.reset()
        self.card = done.card if done.printed else ""
        people = await self.get_state(PeopleState)
        people.persons.pop(str(item), None)
        await people.refresh()
        await tell(self, "success", Message("It is put right. What stood there before is destroyed."))

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed: nobody stays behind in this tab."""
        if not opens:
            self.reset()


def _fields(
    found: Rectifiable, values: Mapping[str, str], problems: Sequence[Problem], language: str
) -> list[FieldView]:
    kept = {each.key for each in found.fields}
    views = [each for each in draft_views.form(found.layout, None, language) if each.key in kept]
    written = {each.key: each.written(values.get(each.key, "")) for each in found.fields}
    return [
        replace(each, value=written[each.key], error=draft_views.error_at(problems, each.key, language))
        for each in views
    ]
