"""State of the page of holds."""

from datetime import timedelta

import reflex as rx

from nexus_portal.adapters import clock
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import holds, holds_list
from nexus_portal.services.holds_list import Colleague, HoldRow
from nexus_portal.state import lists, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import ShellState, tell

DIALOGS = ("place", "ask", "confirm")
OPEN, LIFTED = "", "lifted"


class HoldsState(rx.State):
    """The account's holds, and the dialog that is open."""

    loaded: bool = False
    rows: list[HoldRow] = []
    showing: str = ""
    """`lifted`, or nothing for the open ones."""
    owners: list[Colleague] = []
    second: str = ""
    """Who can be the second person, by name; empty while there is nobody."""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    hold: str = ""
    about: str = ""
    asked_why: str = ""
    on: str = ""
    reason: str = ""
    owner: str = ""
    review_on: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the holds; with `?place=` the dialog for what it names, after a refusal its dialog again."""
        self._shut()
        given = self.router.url.query_parameters
        self.showing = lists.known(given.get("show", ""), (LIFTED,))
        await self._show()
        self.owners = list(await call(self, holds_list.owners))
        second = await call(self, holds_list.second_people)
        self.second = ", ".join(person.label for person in second)
        if "place" in given and caller().may(Permission.PRIVACY_MANAGE):
            self._begin(given["place"][:40])
        await self._reopen()
        live.watch(self, HoldsState.refresh, "holds")

    @handler
    async def refresh(self) -> None:
        """Somebody placed, asked or lifted: show how it stands."""
        await self._show()

    @handler
    async def show(self, which: str) -> object:
        """Show the open holds, or the lifted ones."""
        return lists.address("/privacy/holds", {"show": lists.known(which, (LIFTED,))})

    @handler
    async def ask(self, dialog: str, hold: str) -> None:
        """Open a dialog, for one hold or for a new one."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self._begin("") if dialog == "place" else self._name(dialog, hold)

    @handler
    async def keep(self, hold: str) -> None:
        """Keep a hold for another 90 days: nobody asks to lift it any longer."""
        await call(self, holds.keep, hold_id=row_id(hold))
        await tell(self, "success", Message("The hold is kept, and is to be reviewed in 90 days."))
        await self._show()

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self._shut()

    def _begin(self, on: str) -> None:
        self.dialog, self.on, self.owner = "place", on, str(caller().user_id)
        self.review_on = (clock.today() + timedelta(days=90)).isoformat()

    def _name(self, dialog: str, hold: str) -> None:
        found = next((row for row in self.rows if row.id == hold), None)
        if found is not None:
            self.dialog, self.hold = dialog, hold
            self.about, self.asked_why = found.reason, found.asked_why

    def _shut(self) -> None:
        self.dialog = self.hold = self.about = self.asked_why = self.on = ""
        self.reason = self.owner = self.review_on = self.error = self.code_error = ""

    async def _show(self) -> None:
        self.rows = list(await call(self, holds_list.holds, lifted=self.showing == LIFTED))
        self.loaded = True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") not in DIALOGS:
            return
        self._begin(kept.get("on", "")) if kept["dialog"] == "place" else self._name(
            kept["dialog"], kept.get("hold", "")
        )
        self.reason = kept.get("reason", "")
        self.owner, self.review_on = kept.get("owner", self.owner), kept.get("review_on", self.review_on)
        said = " ".join(notice.text for notice in shell.notices)
        self.error, self.code_error = ("", said) if kept.get("at") == "code" else (said, "")
        shell.notices = []  # the dialog says it
