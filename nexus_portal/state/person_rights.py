"""State of the dialogs by which the privacy officer does right by a person: the package, the protection."""

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import person_package, protection
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.erasing import ErasingState
from nexus_portal.state.people import PeopleState
from nexus_portal.state.shell import ShellState, tell

PACKAGE, PROTECT = "package", "protect"


class PersonRightsState(rx.State):
    """Which dialog is open, for whose cards."""

    asking: str = ""
    """`package`, `protect`, or none."""
    items: list[str] = []
    """Ids of the card items that were picked."""
    codes: list[str] = []
    """Codes of all card items of that person."""
    by_number: bool = False
    purpose: str = ""
    language: str = ""
    error: str = ""
    said: str = ""
    """Why no package can be made of what was picked."""

    @handler
    async def load(self) -> None:
        """A page was opened: with the dialog as it was, where the second factor was refused."""
        self.reset()
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") == PACKAGE:
            self.items = kept.get("items", "").split()
            self.purpose, self.language = kept.get("purpose", ""), kept.get("language", "")
            self.error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
            await self._survey()
            self.asking = PACKAGE

    @handler
    async def ask(self, what: str) -> None:
        """Open a dialog for the cards that are chosen."""
        chosen = (await self.get_state(ErasingState)).items
        if what not in {PACKAGE, PROTECT} or not chosen:
            raise Invalid(Message("Choose a card first."))
        self.reset()
        self.items = list(chosen)
        if what == PACKAGE:
            await self._survey()
        self.asking = what

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self.reset()

    @handler
    async def protect(self, _form: dict[str, str]) -> None:
        """Protect the identity of the persons on the chosen cards, on every card of theirs."""
        count = await call(self, protection.mark, item_ids=[row_id(item) for item in self.items])
        self.reset()
        erasing = await self.get_state(ErasingState)
        erasing.reset()
        await (await self.get_state(PeopleState)).refresh()
        await tell(self, "success", Message("Cards whose person is protected as of now: {n}.", n=count))

    async def _survey(self) -> None:
        found = await call(self, person_package.survey, item_ids=[row_id(item) for item in self.items])
        self.codes, self.by_number = list(found.codes), found.by_number
