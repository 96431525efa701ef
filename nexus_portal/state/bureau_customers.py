"""State of the bureau's applications and customers."""

import reflex as rx

from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.applications import ApplicationState
from nexus_portal.services import applications, customers
from nexus_portal.services.applications import ApplicationRow
from nexus_portal.services.customers import CustomerRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, known

PATH = "/bureau/customers"
CUSTOMERS = "customers"
LONGEST = 80


class BureauCustomersState(rx.State):
    """One page of applications, or of customers; which of them is in the address."""

    loaded: bool = False
    show: str = ""
    """Empty: applications. Else `customers`."""
    standing: str = ""
    """The one state that is shown, or none."""
    search: str = ""
    applications: list[ApplicationRow] = []
    customers: list[CustomerRow] = []
    newer: str = ""
    older: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        asked = self.router.url.query_parameters
        self.show = known(asked.get("show", ""), [CUSTOMERS])
        choices = AccountStatus if self.show else ApplicationState
        self.standing = known(asked.get("state", ""), choices)
        self.search = asked.get("search", "")[:LONGEST]
        await self._show()
        live.watch(self, BureauCustomersState.refresh, "applications", "customers")

    @handler
    async def refresh(self) -> None:
        """An application came or was decided, or a customer changed: show how things stand."""
        await self._show()

    @handler
    async def narrow(self, standing: str) -> object:
        """Show one state alone."""
        return address(PATH, {"show": self.show, "state": standing, "search": self.search})

    @handler
    async def find(self, search: str) -> object:
        """Look for something while it is typed."""
        return address(PATH, {"show": self.show, "state": self.standing, "search": search[:LONGEST]})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to the page before or after."""
        cursor = self.newer if direction == "newer" else self.older
        narrowed = {"show": self.show, "state": self.standing, "search": self.search}
        return address(PATH, {**narrowed, "page": cursor})

    async def _show(self) -> None:
        cursor = self.router.url.query_parameters.get("page", "")
        if self.show == CUSTOMERS:
            page = await call(
                self, customers.customers, status=self.standing, search=self.search, cursor=cursor
            )
            self.customers, self.applications = list(page.rows), []
        else:
            page = await call(
                self, applications.applications, state=self.standing, search=self.search, cursor=cursor
            )
            self.applications, self.customers = list(page.rows), []
        self.newer, self.older = page.previous, page.following
        self.loaded = True
