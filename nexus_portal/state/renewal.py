"""State of the pages of a new authenticator and of new recovery codes; what they send goes by form posts."""

import reflex as rx

from nexus_portal.services import renewal
from nexus_portal.services.renewal import Renewal
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import shows_persons


@shows_persons  # secrets, which are to leave the tab with their page just as well
class RenewalState(rx.State):
    """How far it has come; a secret in its own stage only."""

    stage: str = ""
    """`start`, `authenticator` or `codes`."""
    fresh: bool = False
    codes_left: int = 0
    qr: str = ""
    secret: str = ""
    codes: list[str] = []
    next: str = ""
    """The page that one wanted to see when a recovery code was needed; empty when one came by oneself."""

    @handler
    async def load_authenticator(self) -> None:
        """Show how far a new authenticator has come."""
        self._show(await call(self, renewal.authenticator))
        asked = self.router.url.query_parameters.get("next", "")
        self.next = asked if asked.startswith("/") and not asked.startswith(("//", "/\\")) else ""

    @handler
    async def load_codes(self) -> None:
        """Show how far new recovery codes have come."""
        self._show(await call(self, renewal.recovery_codes))

    def _show(self, now: Renewal) -> None:
        self.reset()
        self.stage, self.fresh, self.codes_left = now.stage.value, now.fresh, now.codes_left
        self.qr, self.secret, self.codes = now.qr, now.secret, list(now.codes)
