"""State of the bureau's page of agreements: what narrows the list is in the address."""

import reflex as rx

from nexus_portal.services import agreement_pages
from nexus_portal.services.agreement_pages import CustomerRow
from nexus_portal.services.agreements import TOPIC
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, known

PATH = "/bureau/agreements"
WAITING = "waiting"


class BureauAgreementsState(rx.State):
    """One page of customers, and how many have not accepted the newest version."""

    loaded: bool = False
    rows: list[CustomerRow] = []
    newer: str = ""
    older: str = ""
    show: str = ""
    """`waiting`, or nothing for all customers."""
    waiting: int = 0

    @handler
    async def load(self) -> None:
        """Show the page of the address; called again when a customer accepts."""
        asked = self.router.url.query_parameters
        self.show = known(asked.get("show", ""), (WAITING,))
        narrowed, cursor = self.show == WAITING, asked.get("page", "")
        page = await call(self, agreement_pages.customers, waiting=narrowed, cursor=cursor)
        self.rows, self.newer, self.older = list(page.rows), page.previous, page.following
        self.waiting = await call(self, agreement_pages.how_many_wait)
        self.loaded = True
        live.watch(self, BureauAgreementsState.load, TOPIC)

    @handler
    async def narrow(self, show: str) -> object:
        """Show all customers, or only those who have not accepted."""
        return address(PATH, {"show": known(show, (WAITING,))})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to the customers before or after those on screen."""
        return address(PATH, {"show": self.show, "page": self.newer if direction == "newer" else self.older})
