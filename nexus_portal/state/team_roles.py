"""State of the matrix of roles. What changes a role goes by form posts, for it asks for a code."""

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.services import team_roles
from nexus_portal.services.team_roles import PermissionGroup, RoleRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState

DIALOGS = ("create", "change", "remove")


class TeamRolesState(rx.State):
    """Roles × permissions, and the dialog that is open."""

    loaded: bool = False
    roles: list[RoleRow] = []
    groups: list[PermissionGroup] = []
    can_make: bool = False
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    role: str = ""
    """The id of the own role that is changed, without `own:`."""
    name: str = ""
    chosen: list[str] = []
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the matrix; after a refused form its dialog again."""
        self._shut()
        await self._show()
        await self._reopen()
        live.watch(self, TeamRolesState.refresh, "team")

    @handler
    async def refresh(self) -> None:
        """Somebody changed a role: show it as it is now."""
        await self._show()

    @handler
    async def ask(self, dialog: str, role: str) -> None:
        """Open a dialog. `create` with a role begins with what that role allows: a copy."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        found = next((row for row in self.roles if row.id == role), None)
        if found is None and (role or dialog != "create"):
            raise NotFound
        self.chosen = list(found.permissions) if found else []
        if dialog != "create" and found:
            self.role, self.name = found.id.removeprefix("own:"), found.shown
        self.dialog = dialog

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    def _shut(self) -> None:
        self.dialog = self.role = self.name = self.error = self.code_error = ""
        self.chosen = []

    async def _show(self) -> None:
        shown = await call(self, team_roles.matrix)
        self.roles, self.groups = list(shown.roles), list(shown.groups)
        self.can_make, self.loaded = shown.can_make, True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") in DIALOGS:
            self.dialog, self.role = kept["dialog"], kept.get("role", "").removeprefix("own:")
            found = next((row for row in self.roles if row.id == kept.get("role")), None)
            self.name = kept.get("name", found.shown if found else "")
            self.chosen = kept.get("permissions", "").split()
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it
