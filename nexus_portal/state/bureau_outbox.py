"""State of the outbox: what became of each mail, and the one that is read."""

import reflex as rx

from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import outbox_list
from nexus_portal.services.outbox_list import MailRow
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address
from nexus_portal.state.shell import ShellState, tell

PATH = "/bureau/outbox"


class OutboxState(rx.State):
    """One page of mails; which page is in the address."""

    loaded: bool = False
    rows: list[MailRow] = []
    newer: str = ""
    older: str = ""
    asked: str = ""
    """Id of the mail that somebody is about to read, or none."""
    recipient: str = ""
    subject: str = ""
    text: str = ""
    """The words of the mail that is read: here until its dialog is closed."""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the page of the address; after the second factor the mail that was asked for."""
        self._shut()
        await self._show()
        await self._reopen()
        wanted = self.router.url.query_parameters.get("mail", "")
        if wanted:
            found = await call(self, outbox_list.read, mail_id=row_id(wanted))
            self.recipient, self.subject, self.text = found.recipient, found.subject, found.text

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older mails."""
        return address(PATH, {"page": self.newer if direction == "newer" else self.older})

    @handler
    async def ask(self, mail: str) -> None:
        """Ask for the code that reading a mail needs."""
        self._shut()
        self._choose(mail)

    @handler
    async def close(self) -> None:
        """Close the dialog; the words that it showed are gone."""
        self._shut()

    @handler
    async def try_again(self, mail: str) -> None:
        """Send a mail once more."""
        await call(self, outbox_list.try_again, mail_id=row_id(mail))
        await self._show()
        await tell(self, "success", Message("The mail is tried again now."))

    def _shut(self) -> None:
        self.asked, self.recipient, self.subject, self.text, self.code_error = "", "", "", "", ""

    def _choose(self, mail: str) -> None:
        found = next((row for row in self.rows if row.id == mail and row.readable), None)
        if found is not None:
            self.asked, self.recipient, self.subject = found.id, found.recipient, found.subject

    async def _show(self) -> None:
        cursor = self.router.url.query_parameters.get("page", "")
        page = await call(self, outbox_list.mails, cursor=cursor)
        self.rows, self.newer, self.older = list(page.rows), page.previous, page.following
        self.loaded = True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") == "read" and shell.kept.get("at") == "code":
            self._choose(shell.kept.get("mail", ""))
            self.code_error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
