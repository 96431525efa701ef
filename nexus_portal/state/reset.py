"""State of the page of choosing a new password; what it sends goes by a form post, never by an event."""

import asyncio

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.services import password_resets
from nexus_portal.state.bridge import handler, visit


class ResetState(rx.State):
    """Whose password this session may choose, if any."""

    stage: str = ""
    """`password`, or `over` when the link has ended or none was opened."""
    email: str = ""

    @handler(public=True)
    async def load(self) -> None:
        """Show the form, or the way to a new link."""
        self.reset()
        try:
            self.email = await asyncio.to_thread(password_resets.whose, visit())
        except Invalid:
            self.stage = "over"
        else:
            self.stage = "password"
