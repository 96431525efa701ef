"""State of the resets that two people of the bureau decide together."""

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.services import factor_resets
from nexus_portal.services.factor_resets import ResetRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState

DIALOGS = ("ask", "confirm", "withdraw")


class BureauResetsState(rx.State):
    """The requests that wait, and the dialog that is open."""

    loaded: bool = False
    rows: list[ResetRow] = []
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    request: str = ""
    about: str = ""
    account_number: str = ""
    email: str = ""
    reason: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show what waits; after a refused form its dialog again."""
        self._shut()
        await self._show()
        await self._reopen()
        live.watch(self, BureauResetsState.refresh, "team")

    @handler
    async def refresh(self) -> None:
        """Somebody asked or decided: show what waits now."""
        await self._show()

    @handler
    async def ask(self, dialog: str, request: str) -> None:
        """Open a dialog, for one request or for a new one."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self.dialog, self.request = dialog, request
        self._name()

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    def _shut(self) -> None:
        self.dialog = self.request = self.about = self.account_number = ""
        self.email = self.reason = self.error = self.code_error = ""

    def _name(self) -> None:
        found = next((row for row in self.rows if row.id == self.request), None)
        self.about = f"{found.name} · {found.email} · {found.account}" if found else ""

    async def _show(self) -> None:
        self.rows, self.loaded = list(await call(self, factor_resets.waiting)), True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") in DIALOGS:
            self.dialog, self.request = kept["dialog"], kept.get("request", "")
            self._name()
            self.account_number, self.email = kept.get("account_number", ""), kept.get("email", "")
            self.reason = kept.get("reason", "")
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it
