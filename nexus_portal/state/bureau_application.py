"""State of one application as the bureau vets it."""

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.text import Message
from nexus_portal.services import applications
from nexus_portal.services.applications import ApplicationSheet
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import ShellState, shows_persons, tell

DIALOGS = ("ask", "refuse", "approve")


@shows_persons
class BureauApplicationState(rx.State):
    """What an applicant wrote, and the dialog that is open."""

    loaded: bool = False
    reference: str = ""
    sheet: ApplicationSheet | None = None
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the application of the address; after a refused code its dialog again."""
        self.reference = last_part(self.router.url.path)
        self.loaded, self.sheet, self.dialog, self.code_error = False, None, "", ""
        try:
            await self._show()
        finally:
            self.loaded = True
        await self._reopen()
        live.watch(self, BureauApplicationState.refresh, "applications", subject=self.reference)

    @handler
    async def refresh(self) -> None:
        """The applicant answered, or a colleague decided: show how it stands."""
        await self._show()

    @handler
    async def ask(self, dialog: str) -> None:
        """Open a dialog."""
        if dialog not in DIALOGS:
            raise NotFound
        self.dialog, self.code_error = dialog, ""

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self.dialog = self.code_error = ""

    @handler
    async def ask_back(self, form: dict[str, str]) -> None:
        """Ask the applicant something."""
        await call(
            self,
            applications.ask_back,
            reference=self.reference,
            text=form.get("text", ""),
            seen=self._seen(),
        )
        await self._done(Message("The question is on its way. The applicant answers by a link, once."))

    @handler
    async def refuse(self, form: dict[str, str]) -> None:
        """Refuse the application."""
        await call(
            self,
            applications.refuse,
            reference=self.reference,
            reason=form.get("text", ""),
            seen=self._seen(),
        )
        await self._done(Message("The application is refused. What was written is erased in 30 days."))

    def _seen(self) -> int:
        return self.sheet.seen if self.sheet is not None else 0

    async def _done(self, message: Message) -> None:
        self.dialog = ""
        await tell(self, "success", message)
        await self._show()

    async def _show(self) -> None:
        self.sheet = await call(self, applications.application, reference=self.reference)

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") in DIALOGS and shell.kept.get("at") == "code":
            self.dialog = shell.kept["dialog"]
            self.code_error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
