"""State of the passkeys on one's account page. Adding and removing go by form posts; naming by an event."""

import reflex as rx

from nexus_portal.adapters import catalogue, clock
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import passkeys
from nexus_portal.services.passkeys import PasskeyRow
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import ShellState, tell

CONFIRM, NEW, RENAME, REMOVE = DIALOGS = (
    "passkey-confirm",
    "passkey-new",
    "passkey-rename",
    "passkey-remove",
)


class PasskeysState(rx.State):
    """The passkeys, and the dialog that is open."""

    loaded: bool = False
    rows: list[PasskeyRow] = []
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    passkey: str = ""
    name: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the passkeys; after a refused form its dialog again, after the second factor the next one."""
        self._shut()
        await self._show()
        shell = await self.get_state(ShellState)
        dialog = shell.kept.get("dialog", "")
        if dialog in DIALOGS:
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if shell.kept.get("at") == "code" else (said, "")
            self._open(dialog, shell.kept.get("passkey", ""))
            self.name = shell.kept.get("name", self.name)
            shell.notices = []  # the dialog says it
        elif self.router.url.query_parameters.get("passkey") == "new" and _fresh():
            self._open(NEW, "")
            shell.notices = []

    @handler
    async def ask(self, dialog: str, passkey: str) -> None:
        """Open a dialog. A new passkey begins with the second factor, unless it was given just now."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self._open(NEW if dialog == CONFIRM and _fresh() else dialog, passkey)

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    @handler
    async def rename(self, form: dict[str, str]) -> None:
        """Give the passkey of the dialog another name; a refusal stands in the dialog."""
        try:
            await call(self, passkeys.rename, passkey_id=row_id(self.passkey), name=form.get("name", ""))
        except Invalid as error:
            self.error = catalogue.render(error.message, caller().language)
            return
        self._shut()
        await self._show()
        await tell(self, "success", Message("The passkey has its new name."))

    def _open(self, dialog: str, passkey: str) -> None:
        self.dialog, self.passkey = dialog, passkey
        found = next((row for row in self.rows if row.id == passkey), None)
        self.name = found.name if found else ""

    def _shut(self) -> None:
        self.dialog, self.passkey, self.name, self.error, self.code_error = "", "", "", "", ""

    async def _show(self) -> None:
        self.rows, self.loaded = list(await call(self, passkeys.own)), True


def _fresh() -> bool:
    return caller().stepped_up(clock.now())
