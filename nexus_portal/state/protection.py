"""State of the pages of protected identity: the customer's, and the bureau's of who may see whom."""

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import protection, protection_handlers
from nexus_portal.services.protection import ProposedRow, ProtectedRow
from nexus_portal.services.protection_handlers import HandlerRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState, tell

DIALOGS = ("mark", "propose", "revoke", "unmark", "confirm", "name")


class ProtectionState(rx.State):
    """Who is protected, by alias; who sees them; what waits for a second person; and the open dialog."""

    loaded: bool = False
    rows: list[ProtectedRow] = []
    named: list[HandlerRow] = []
    others: list[HandlerRow] = []
    """People who are not named."""
    proposed: list[ProposedRow] = []
    second: int = 0
    """How many other people may confirm."""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    subject: str = ""
    about: str = ""
    error: str = ""

    @handler
    async def load(self) -> None:
        """Show an account's protected persons and who sees them."""
        await self._show()
        await self._reopen()
        live.watch(self, ProtectionState.refresh, "protection")

    @handler
    async def refresh(self) -> None:
        """Somebody marked, proposed or decided: show how it stands."""
        await self._show()

    @handler
    async def load_bureau(self) -> None:
        """Show who at the bureau sees protected persons."""
        await self._show_bureau()
        await self._reopen()
        live.watch(self, ProtectionState.refresh_bureau, "protection")

    @handler
    async def refresh_bureau(self) -> None:
        """Somebody was named, or is no more: show how it stands."""
        await self._show_bureau()

    @handler
    async def ask(self, dialog: str, subject: str, about: str) -> None:
        """Open a dialog, for somebody or for a card."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self.dialog, self.subject, self.about = dialog, subject, about

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self._shut()

    @handler
    async def mark(self, form: dict[str, str]) -> None:
        """Protect the person on the card with the code that was typed."""
        count = await call(self, protection.mark_card, code=form.get("code", ""))
        self._shut()
        await self._show()
        await tell(self, "success", Message("Cards whose person is protected as of now: {n}.", n=count))

    @handler
    async def refuse(self, proposal: str) -> None:
        """Say no to what was proposed, or take it back."""
        await call(self, protection.refuse, proposal_id=row_id(proposal))
        await self._show()
        await tell(self, "success", Message("Nothing changes."))

    def _shut(self) -> None:
        self.dialog = self.subject = self.about = self.error = ""

    async def _show(self) -> None:
        view = await call(self, protection.overview)
        self.rows, self.proposed, self.second = list(view.rows), list(view.proposed), view.others
        self._people(await call(self, protection_handlers.handlers))

    async def _show_bureau(self) -> None:
        self._people(await call(self, protection_handlers.bureau_handlers))

    def _people(self, people: tuple[HandlerRow, ...]) -> None:
        self.named = [person for person in people if person.named]
        self.others = [person for person in people if not person.named]
        self.loaded = True

    async def _reopen(self) -> None:
        self._shut()
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") in DIALOGS:
            self.dialog, self.subject = shell.kept["dialog"], shell.kept.get("subject", "")
            self.error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
