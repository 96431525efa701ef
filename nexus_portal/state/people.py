"""State of the page that finds persons. What is searched for is kept nowhere, least in an address."""

import reflex as rx

from nexus_portal.domain.errors import Invalid, StepUpNeeded
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message
from nexus_portal.services import people, vault_people
from nexus_portal.services.people import FoundRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.order_views import PersonView
from nexus_portal.state.shell import shows_persons


@shows_persons
class PeopleState(rx.State):
    """What was found, masked, and the persons that were revealed of it."""

    loaded: bool = False
    searched: bool = False
    rows: list[FoundRow] = []
    more: bool = False
    persons: dict[str, PersonView] = {}
    asking: str = ""
    """The dialog that is open: `reveal` asks what for, `code` for a second factor."""
    error: str = ""
    chosen: str = ""
    chosen_code: str = ""
    purpose: str = ""
    """What the reader last said that persons are shown for."""

    @handler
    async def load(self) -> None:
        """Begin with nothing."""
        self.reset()
        self.loaded = True
        live.watch(self, PeopleState.refresh, "orders", "cards")

    @handler
    async def refresh(self) -> None:
        """Something moved: show what was found as it stands, without those whose data is gone."""
        if not self.rows:
            return
        ids = [row_id(row.item_id) for row in self.rows]
        self.rows = list(await call(self, people.still, item_ids=ids))
        kept = {row.item_id for row in self.rows}
        self.persons = {item: person for item, person in self.persons.items() if item in kept}

    @handler
    async def search(self, form: dict[str, str]) -> None:
        """Find persons; that somebody searched is logged, never for whom."""
        self.rows, self.persons, self.more, self.searched = [], {}, False, False
        found = await call(self, people.search, text=form.get("who", ""))
        self.rows, self.more, self.searched = list(found.rows), found.more, True

    @handler
    async def ask(self, item: str, code: str) -> None:
        """Ask what a person is to be shown for."""
        self.asking, self.chosen, self.chosen_code = "reveal", item, code

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def reveal(self, form: dict[str, str]) -> None:
        """Show the person that was chosen; the showing is logged with its purpose."""
        purpose = form.get("purpose", "")
        if purpose not in PURPOSES:
            raise Invalid(Message("Say in a few plain words what the persons are shown for."))
        item = self.chosen
        try:
            shown = await call(self, vault_people.reveal_found, item_ids=[row_id(item)], purpose=purpose)
        except StepUpNeeded:
            self.asking = "code"
            return
        self.asking, self.purpose = "", purpose
        for person in shown:
            self.persons[item] = PersonView(person.name, person.details, "")

    @handler
    async def hide(self, item: str) -> None:
        """Mask the person again."""
        self.persons.pop(item, None)
