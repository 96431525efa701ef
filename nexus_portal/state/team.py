"""State of the team page. Changes that ask for a code go by form posts; the rest by events."""

import reflex as rx

from nexus_portal.domain import roles
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import invitations, team
from nexus_portal.services.team import InvitationRow, MemberRow, RoleChoice
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState, tell

DIALOGS = ("invite", "many", "role", "deactivate", "reactivate", "reset", "resend")


class TeamState(rx.State):
    """The people of the account, the open invitations, and the dialog that is open."""

    loaded: bool = False
    members: list[MemberRow] = []
    invitations: list[InvitationRow] = []
    roles: list[RoleChoice] = []
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    error: str = ""
    code_error: str = ""
    member: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    gains: list[str] = []
    """Permissions that the person of the dialog would gain by the role that is chosen in it."""
    loses: list[str] = []
    people: str = ""
    """The pasted list of the dialog that invites several, or what is left of it."""
    problems: list[str] = []
    good: list[str] = []
    reason: str = ""
    link: str = ""
    """An invitation's link, shown once: it is here until the dialog is closed."""

    @handler
    async def load(self) -> None:
        """Show the team; after a refused form its dialog again, after an invitation its link."""
        self._shut()
        await self._show()
        await self._reopen()
        await self._hand_over_fresh()
        live.watch(self, TeamState.refresh, "team")

    @handler
    async def refresh(self) -> None:
        """Somebody changed the team: show it as it is now."""
        await self._show()

    @handler
    async def ask(self, dialog: str, member: str) -> None:
        """Open a dialog, for one person or for a new one."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self.dialog, self.member = dialog, member
        rows = self.invitations if dialog == "resend" else self.members
        found = next((row for row in rows if row.id == member), None)
        self.name, self.email = (found.name, found.email) if found else ("", "")
        self.role = found.role if found else self.roles[0].value

    @handler
    async def weigh(self, role: str) -> None:
        """Show what the person of the dialog would gain and lose by this role."""
        self._weigh(role)

    @handler
    async def close(self) -> None:
        """Close the dialog; a link that it showed is gone."""
        self._shut()

    @handler
    async def show_link(self, invitation: str) -> None:
        """Show an invitation's link, which the portal forgets with that."""
        await self._hand_over(invitation)

    @handler
    async def withdraw(self, invitation: str) -> None:
        """End an open invitation."""
        await call(self, invitations.withdraw, invitation_id=row_id(invitation))
        await self._show()
        await tell(self, "success", Message("The invitation is withdrawn: its link no longer works."))

    def _shut(self) -> None:
        self.dialog, self.error, self.code_error, self.link = "", "", "", ""
        self.gains, self.loses, self.problems, self.good = [], [], [], []
        self.people = self.reason = ""

    def _weigh(self, role: str) -> None:
        allowed = {choice.value: choice.permissions for choice in self.roles}
        found = next((row for row in self.members if row.id == self.member), None)
        if found is None or role not in allowed:
            raise NotFound
        self.gains, self.loses = roles.difference(allowed.get(found.role, ()), allowed[role])

    async def _show(self) -> None:
        shown = await call(self, team.team)
        self.members, self.invitations = list(shown.members), list(shown.invitations)
        self.roles, self.loaded = list(shown.roles), True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") in DIALOGS:
            self.dialog, self.member = kept["dialog"], kept.get("member", "")
            rows = self.invitations if self.dialog == "resend" else self.members
            found = next((row for row in rows if row.id == self.member), None)
            self.name = kept.get("name", found.name if found else "")
            self.email = kept.get("email", found.email if found else "")
            self.role = kept.get("role", found.role if found else "")
            self.people, self.reason = kept.get("people", ""), kept.get("reason", "")
            self.problems, self.good = (
                kept.get("problems", "").splitlines(),
                kept.get("good", "").splitlines(),
            )
            if self.dialog == "role" and found and any(row.value == self.role for row in self.roles):
                self._weigh(self.role)
            said = " ".join(notice.text for notice in shell.notices)
            if self.problems:
                said = ""  # every line says for itself what is wrong with it
            self.error, self.code_error = ("", said) if kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it

    async def _hand_over_fresh(self) -> None:
        fresh = self.router.url.query_parameters.get("invited", "")
        if any(row.id == fresh and row.has_link for row in self.invitations):
            await self._hand_over(fresh)

    async def _hand_over(self, invitation: str) -> None:
        handed = await call(self, invitations.hand_over, invitation_id=row_id(invitation))
        self.link, self.email = handed.link, handed.email
        await self._show()
