"""State of the audit log: what happened, by whom, to what, and whether the log is as it was written."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.text import Message
from nexus_portal.services import audit_care, audit_list
from nexus_portal.services.audit_list import EntryRow, Wanted
from nexus_portal.services.history_choices import Choice
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.lists import address
from nexus_portal.state.shell import tell

PATH = "/audit"
FILTERS = ("chain", "group", "who", "subject", "since", "until")
LONGEST = 80


@dataclass(frozen=True, slots=True)
class WalkView:
    """A verification of the chain that was kept, in the reader's language."""

    by_portal: bool
    at: str
    who: str
    role: str
    first: int
    last: int
    broken_at: int
    why: str


class AuditState(rx.State):
    """One page of a chain; what narrows it and which page it is stand in the address."""

    loaded: bool = False
    rows: list[EntryRow] = []
    people: list[Choice] = []
    newer: str = ""
    older: str = ""
    asked: dict[str, str] = {}
    narrowed: bool = False
    query: str = ""
    checked: bool = False
    """True once the chain was walked from this page."""
    entries: int = 0
    broken_at: int = 0
    why: str = ""
    signed_seq: int = 0
    signed_at: str = ""
    walks: list[WalkView] = []
    """When the chain was verified last: by a person, and by the portal."""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        given = self.router.url.query_parameters
        self.asked = {name: given.get(name, "")[:LONGEST] for name in FILTERS}
        self.narrowed = any(value for name, value in self.asked.items() if name != "chain")
        self.query = urlencode({"chain": self.asked["chain"]}) if self.asked["chain"] else ""
        self.checked = False
        self.people = list(await call(self, audit_list.people))
        wanted = Wanted(**self.asked)
        page = await call(self, audit_list.entries, wanted=wanted, cursor=given.get("page", ""))
        self.rows, self.newer, self.older = list(page.rows), page.previous, page.following
        await self._show_walks()
        self.loaded = True

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Filter by one thing more; the list starts at its top again."""
        if name not in FILTERS:
            return None
        return address(PATH, {**self.asked, name: value[:LONGEST]})

    @handler
    async def find(self, form: dict[str, str]) -> object:
        """Show what happened to one thing."""
        return address(PATH, {**self.asked, "subject": form.get("subject", "").strip()[:LONGEST]})

    @handler
    async def clear(self) -> object:
        """Show everything again."""
        return address(PATH, {"chain": self.asked.get("chain", "")})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older entries."""
        return address(PATH, {**self.asked, "page": self.newer if direction == "newer" else self.older})

    @handler
    async def verify(self) -> None:
        """Walk the chain from its first entry to its last."""
        wanted = Wanted(chain=self.asked.get("chain", ""))
        found = await call(self, audit_list.verified, wanted=wanted)
        await call(self, audit_care.keep, wanted=wanted, found=found)
        await self._show_walks()
        self.checked, self.entries, self.broken_at = True, found.entries, found.broken_at
        self.signed_seq, self.signed_at = found.signed_seq, found.signed_at
        self.why = catalogue.render(found.why, caller().language) if found.why else ""
        if not found.broken_at:
            await tell(self, "success", Message("The log is as it was written."))

    async def _show_walks(self) -> None:
        language = caller().language
        found = await call(self, audit_care.last_walks, wanted=Wanted(chain=self.asked.get("chain", "")))
        self.walks = [
            WalkView(
                by_portal=walk.by_portal,
                at=walk.at,
                who=walk.who,
                role=walk.role,
                first=walk.first,
                last=walk.last,
                broken_at=walk.broken_at,
                why=catalogue.render(walk.why, language) if walk.why else "",
            )
            for walk in found
        ]
