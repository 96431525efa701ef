"""State of the reminder that a version of the agreement waits: on the first page and on drafts."""

import reflex as rx

from nexus_portal.services import agreement_pages
from nexus_portal.state.bridge import call, handler


class AgreementReminderState(rx.State):
    """Whether a version waits, until when, and who may accept it."""

    standing: str = ""
    version: str = ""
    due: str = ""
    who: str = ""
    """Names, or nothing where the reader may accept it, or nobody can."""

    @handler
    async def load(self) -> None:
        """Ask once for each page that is opened."""
        told = await call(self, agreement_pages.reminder)
        self.standing, self.version, self.due = told.standing, told.version, told.due
        self.who = ", ".join(told.who)
