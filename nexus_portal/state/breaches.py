"""State of the breach console: what is asked of the logs, what was found, and the breaches that are handled.

What is asked stays here and never comes into the address: it may be about somebody.
"""

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import audit_list, breach_scope, breaches
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.breach_scope import AccountTouched, OrderTouched
from nexus_portal.services.breaches import BreachRow
from nexus_portal.services.history_choices import Choice
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import ShellState, tell

PATH, BUREAU_PATH = "/privacy/breaches", "/bureau/breaches"
ASKED = ("session", "who", "address", "since", "until")
DIALOGS = ("open", "describe", "report", "close", "export")
LONGEST = 80


class BreachesState(rx.State):
    """The question and its answer, the breaches, and the dialog that is open."""

    loaded: bool = False
    rows: list[BreachRow] = []
    people: list[Choice] = []
    asked: dict[str, str] = {}
    found: bool = False
    """True once something was asked."""
    unknown: bool = False
    """True when nothing is known any more of the session or address that was asked for."""
    since: str = ""
    until: str = ""
    accounts: list[AccountTouched] = []
    orders: list[OrderTouched] = []
    more: bool = False
    problem: str = ""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    chosen: str = ""
    title: str = ""
    notes: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the breaches; after a refused export its dialog and its question again."""
        self._forget()
        await self._show()
        self.people = list(await call(self, audit_list.people)) if not self.people else self.people
        await self._reopen()
        live.watch(self, BreachesState.refresh, "breaches")

    @handler
    async def refresh(self) -> None:
        """Somebody opened or changed a breach."""
        await self._show()

    @handler
    async def look(self, form: dict[str, str]) -> None:
        """Ask the logs."""
        self.asked = {name: form.get(name, "").strip()[:LONGEST] for name in ASKED}
        await self._look()

    @handler
    async def look_again(self, breach: str) -> None:
        """Ask what was asked when a breach was opened."""
        row = self._row(breach)
        self.asked = {name: row.wanted.get(name, "") for name in ASKED}
        await self._look()

    @handler
    async def clear(self) -> None:
        """Forget what was asked and found."""
        self._forget()

    @handler
    async def ask(self, dialog: str, breach: str) -> None:
        """Open a dialog, of one breach or of a new one."""
        if dialog not in DIALOGS:
            raise NotFound
        self.dialog, self.chosen, self.error, self.code_error = dialog, breach, "", ""
        self.title = self.notes = ""
        if breach:
            row = self._row(breach)
            self.title, self.notes = row.title, row.notes

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self.dialog = self.error = self.code_error = ""

    @handler
    async def send(self, form: dict[str, str]) -> None:
        """Carry out what the open dialog is about."""
        try:
            said = await self._carry_out(form)
        except (Invalid, Conflict) as refusal:
            self.error = catalogue.render(refusal.message, caller().language)
            self.title, self.notes = form.get("title", self.title), form.get("notes", self.notes)
            return
        self.dialog = self.error = ""
        await self._show()
        await tell(self, "success", said)

    async def _carry_out(self, form: dict[str, str]) -> Message:
        if self.dialog == "open":
            wanted = Wanted(**{name: self.asked.get(name, "") for name in ASKED})
            number = await call(
                self,
                breaches.open_breach,
                title=form.get("title", ""),
                discovered_at=form.get("discovered", ""),
                wanted=wanted,
            )
            return Message("Breach {number} is open. The 72 hours count.", number=number)
        chosen = row_id(self.chosen)
        if self.dialog == "describe":
            typed = {name: form.get(name, "") for name in ("title", "notes")}
            await call(self, breaches.describe, breach_id=chosen, **typed)
            return Message("It is written down.")
        if self.dialog == "report":
            to, at = form.get("to", ""), form.get("at", "")
            await call(self, breaches.report, breach_id=chosen, to=to, at=at)
            return Message("It is written down when the authority was told.")
        if self.dialog == "close":
            await call(self, breaches.close, breach_id=chosen)
            return Message("The breach is closed.")
        raise NotFound

    def _row(self, breach: str) -> BreachRow:
        found = next((row for row in self.rows if row.id == breach), None)
        if found is None:
            raise NotFound
        return found

    def _forget(self) -> None:
        self.asked, self.found, self.unknown, self.more = {}, False, False, False
        self.accounts, self.orders = [], []
        self.since = self.until = self.problem = self.dialog = self.error = self.code_error = ""

    async def _look(self) -> None:
        try:
            scope = await call(self, breach_scope.touched, wanted=Wanted(**self.asked))
        except Invalid as refusal:
            self.found, self.problem = False, catalogue.render(refusal.message, caller().language)
            return
        self.problem, self.found, self.unknown, self.more = "", True, not scope.known, scope.more
        self.accounts, self.orders = list(scope.accounts), list(scope.orders)
        self.since, self.until = scope.since, scope.until

    async def _show(self) -> None:
        self.rows = list(await call(self, breaches.breaches))
        self.loaded = True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") == "export":
            self.asked = {name: shell.kept.get(name, "") for name in ASKED}
            await self._look()
            self.dialog = "export"
            self.code_error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
