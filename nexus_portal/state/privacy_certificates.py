"""State of the page of certificates: what narrows the list is in the address."""

import reflex as rx

from nexus_portal.services import certificate_list
from nexus_portal.services.certificate_list import POLICIES, CertificateLine, Wanted
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, known

PATH = "/privacy/certificates"
NARROWING = ("policy", "since", "until")
_DAY = 10


class CertificatesState(rx.State):
    """One page of certificates, and whether any is missing."""

    loaded: bool = False
    rows: list[CertificateLine] = []
    newer: str = ""
    older: str = ""
    policy: str = ""
    since: str = ""
    until: str = ""
    issued: int = 0
    missing: list[str] = []

    @handler
    async def load(self) -> None:
        """Show the page of the address."""
        asked = self.router.url.query_parameters
        self.policy = known(asked.get("policy", ""), POLICIES)
        self.since, self.until = asked.get("since", "")[:_DAY], asked.get("until", "")[:_DAY]
        wanted = Wanted(policy=self.policy, since=self.since, until=self.until)
        page = await call(self, certificate_list.certificates_of, wanted=wanted, cursor=asked.get("page", ""))
        self.rows, self.newer, self.older = list(page.rows), page.previous, page.following
        state = await call(self, certificate_list.chain)
        self.issued, self.missing = state.issued, list(state.missing)
        self.loaded = True

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Change one of the filters."""
        wanted = {each: getattr(self, each) for each in NARROWING}
        return address(PATH, wanted | ({name: value} if name in NARROWING else {}))

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older certificates."""
        wanted = {each: getattr(self, each) for each in NARROWING}
        return address(PATH, wanted | {"page": self.newer if direction == "newer" else self.older})
