"""State of the credentials on the page of files. Making and revoking go by form posts."""

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.services import file_credentials, file_server
from nexus_portal.services.file_credentials import CredentialRow
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState

KEY, PASSWORD, REVOKE = DIALOGS = ("key", "password", "revoke")
EXAMPLE = "files-…"
"""Stands in the commands while there is no credential."""


class FileCredentialsState(rx.State):
    """The credentials, how to connect, and the dialog that is open."""

    loaded: bool = False
    rows: list[CredentialRow] = []
    host: str = ""
    sftp_port: int = 0
    ftps_port: int = 0
    host_key: str = ""
    certificate: str = ""
    login: str = ""
    """The login of the commands to copy: that of the newest credential that works."""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    credential: str = ""
    name: str = ""
    error: str = ""
    code_error: str = ""
    shown_login: str = ""
    shown_password: str = ""
    """A password that was made just now; it is here until its dialog is closed."""

    @handler
    async def load(self) -> None:
        """Show the credentials; after a refused form its dialog again, after making one its password."""
        self._shut()
        await self._show()
        shell = await self.get_state(ShellState)
        dialog = shell.kept.get("dialog", "")
        if dialog in DIALOGS:
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if shell.kept.get("at") == "code" else (said, "")
            self._open(dialog, shell.kept.get("credential", ""))
            self.name = shell.kept.get("name", self.name)
            shell.notices = []  # the dialog says it
        elif made := self.router.url.query_parameters.get("made", ""):
            await self._show_password(made)

    @handler
    async def refresh(self) -> None:
        """A credential was made, used or revoked."""
        await self._show()

    @handler
    async def ask(self, dialog: str, credential: str) -> None:
        """Open a dialog."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self._open(dialog, credential)

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    @handler
    async def put_away(self) -> None:
        """Show the password no more, to nobody."""
        credential = self.credential
        self._shut()
        await call(self, file_credentials.put_away, credential_id=row_id(credential))

    def _open(self, dialog: str, credential: str) -> None:
        self.dialog, self.credential = dialog, credential
        found = next((row for row in self.rows if row.id == credential), None)
        self.name = found.name if found else ""

    def _shut(self) -> None:
        self.dialog, self.credential, self.name, self.error, self.code_error = "", "", "", "", ""
        self.shown_login = self.shown_password = ""

    async def _show(self) -> None:
        self.rows = list(await call(self, file_credentials.credentials))
        server = await call(self, file_server.server)
        self.host, self.sftp_port, self.ftps_port = server.host, server.sftp_port, server.ftps_port
        self.host_key, self.certificate = server.host_key, server.certificate
        self.login = next((row.login for row in self.rows if not row.revoked_at), EXAMPLE)
        self.loaded = True

    async def _show_password(self, made: str) -> None:
        try:
            shown = await call(self, file_credentials.shown_password, credential_id=row_id(made))
        except NotFound:
            return  # the address was kept or shared: the time is over
        self.credential, self.name = made, shown.name
        self.shown_login, self.shown_password = shown.login, shown.password
