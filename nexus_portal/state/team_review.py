"""State of the access review: how things stand, what was confirmed before, one of those opened again."""

import reflex as rx

from nexus_portal.domain.numbers import row_id
from nexus_portal.services import team_review
from nexus_portal.services.team_review import AccessRow, ConfirmedRow
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState


class TeamReviewState(rx.State):
    """The review on screen. It does not move by itself: what is confirmed is what was read."""

    loaded: bool = False
    rows: list[AccessRow] = []
    digest: str = ""
    due: bool = False
    opened: str = ""
    """The id of the earlier confirmation on screen, empty for how things stand now."""
    opened_by: str = ""
    opened_at: str = ""
    confirmations: list[ConfirmedRow] = []
    asking: bool = False
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the review, or the earlier confirmation that the address names."""
        self.asking, self.code_error = False, ""
        wanted = self.router.url.query_parameters.get("confirmed", "")
        shown = (
            await call(self, team_review.confirmation, review_id=row_id(wanted))
            if wanted
            else await call(self, team_review.review)
        )
        self.rows, self.digest = list(shown.rows), shown.digest
        earlier, self.due = shown.confirmed, shown.due
        self.opened = earlier.id if earlier else ""
        self.opened_by, self.opened_at = (earlier.confirmed_by, earlier.confirmed_at) if earlier else ("", "")
        self.confirmations = list(await call(self, team_review.confirmations))
        self.loaded = True
        await self._reopen()

    @handler
    async def ask(self) -> None:
        """Open the dialog that confirms."""
        self.asking = True

    @handler
    async def close(self) -> None:
        """Close it."""
        self.asking, self.code_error = False, ""

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") == "confirm" and shell.kept.get("at") == "code":
            self.asking = True
            self.code_error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
