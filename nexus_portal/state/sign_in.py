"""State of the page of signing in; what it sends goes by form posts, never by events."""

import reflex as rx

from nexus_portal.models.sessions import SessionLevel
from nexus_portal.state.bridge import handler, visit


class SignInState(rx.State):
    """Which of the two steps comes next, and where they lead."""

    step: str = ""
    """`password` or `code`."""
    next: str = ""

    @handler(public=True)
    async def load(self) -> object:
        """Show the step that this session has come to; whoever is in already goes on."""
        level = visit().level
        self.next = self.router.url.query_parameters.get("next", "")
        self.step = "code" if level is SessionLevel.PASSWORD else "password"
        match level:
            case SessionLevel.FULL:
                return rx.redirect("/")
            case SessionLevel.ENROLLING:
                return rx.redirect("/activate")
            case _:
                return None
