"""State of the list of sub-processors beside the agreement: public, like the agreement itself."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.services import sub_processors
from nexus_portal.state.bridge import call, handler


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company that processes for the bureau now; the day is ISO."""

    name: str
    service: str
    country: str
    since: str


class SubProcessorsState(rx.State):
    """Who processes personal data for the bureau at this moment."""

    loaded: bool = False
    companies: list[CompanyView] = []

    @handler(public=True)
    async def load(self) -> None:
        """Show those of now."""
        found = await call(self, sub_processors.sub_processors)
        self.companies = [
            CompanyView(row.name, row.service, row.country, row.since) for row in found if not row.ended_on
        ]
        self.loaded = True
