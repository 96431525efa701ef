"""State of the page of enrolling; what it sends goes by form posts, never by events."""

import asyncio

import reflex as rx

from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.services import enrolment_stage
from nexus_portal.state.bridge import handler, visit


class ActivateState(rx.State):
    """The stage of the enrolment. Its secrets go with the session: each step has a session of its own."""

    stage: str = ""
    """`password`, `authenticator`, `codes`, or `over` when the invitation has ended."""
    email: str = ""
    name: str = ""
    account: str = ""
    role: str = ""
    qr: str = ""
    secret: str = ""
    codes: list[str] = []

    @handler(public=True)
    async def load(self) -> object:
        """Show the stage that this session has come to; whoever enrols in none signs in."""
        self.reset()
        try:
            now = await asyncio.to_thread(enrolment_stage.where, visit())
        except NotSignedIn:
            return rx.redirect("/sign-in")
        except Invalid:
            self.stage = "over"
            return None
        self.stage, self.email, self.name = now.stage.value, now.email, now.name
        self.account, self.role = now.account, now.role
        self.qr, self.secret, self.codes = now.qr, now.secret, list(now.codes)
        return None
