"""State of the dialogs before persons are taken away as a file: what is asked, and what was chosen before."""

import reflex as rx

from nexus_portal.services.vault_people import MANY
from nexus_portal.state.bridge import handler
from nexus_portal.state.quiet import empty
from nexus_portal.state.shell import ShellState

PERSONS = "persons"
TABLES = ("rows-to-mend.xlsx", "rows-to-mend.csv", "all-rows.xlsx")
"""Rows of a draft, by the end of their address."""
__all__ = ["MANY", "PERSONS", "TABLES", "TakingState"]


class TakingState(rx.State):
    """The dialog that is open; the file itself answers its form, so that no person is in here."""

    asking: str = ""
    """`persons`, or a table of a draft, or none."""
    kind: str = ""
    purpose: str = ""
    error: str = ""

    @handler
    async def load(self) -> None:
        """A page was opened: with its dialog as it was, where the second factor was refused."""
        empty(self)
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") in {PERSONS, *TABLES}:
            self.asking = shell.kept["dialog"]
            self.kind, self.purpose = shell.kept.get("kind", ""), shell.kept.get("purpose", "")
            self.error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it

    @handler
    async def ask(self, what: str) -> None:
        """Open the dialog before this is taken away."""
        empty(self)
        if what in {PERSONS, *TABLES}:
            self.asking = what

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        if not opens:
            empty(self)
