"""State of the access log: who saw persons. There are no persons in it."""

from dataclasses import replace
from urllib.parse import urlencode

import reflex as rx

from nexus_portal.domain.errors import NotFound
from nexus_portal.services import access_log
from nexus_portal.services.access_log import AccessRow, Wanted
from nexus_portal.services.history_choices import Choice
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.lists import address
from nexus_portal.state.shell import ShellState

PATH = "/privacy/access"
FILTERS = ("who", "act", "purpose", "number", "person", "since", "until")
LONGEST = 80


class AccessLogState(rx.State):
    """One page of the log; what narrows it and which page it is stand in the address."""

    loaded: bool = False
    rows: list[AccessRow] = []
    people: list[Choice] = []
    newer: str = ""
    older: str = ""
    asked: dict[str, str] = {}
    narrowed: bool = False
    unknown: bool = False
    """True when there is no order or card with the number that was asked for."""
    query: str = ""
    """What exports take: the page's address behind its question mark."""
    months: int = 0
    asking: bool = False
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        given = self.router.url.query_parameters
        self.asked = {name: given.get(name, "")[:LONGEST] for name in FILTERS}
        self.narrowed = any(self.asked.values())
        self.query = urlencode({name: value for name, value in self.asked.items() if value})
        self.asking, self.code_error, self.unknown = False, "", False
        self.people = list(await call(self, access_log.team))
        self.months = await call(self, access_log.months_kept)
        try:
            wanted = Wanted(**self.asked)
            page = await call(self, access_log.accesses, wanted=wanted, cursor=given.get("page", ""))
            self.newer, self.older = page.previous, page.following
            names = await call(self, access_log.labels, language=caller().language)
            self.rows = [
                replace(row, fields=tuple(names.get(field, field) for field in row.fields))
                for row in page.rows
            ]
        except NotFound:
            self.rows, self.newer, self.older, self.unknown = [], "", "", True
        self.loaded = True
        await self._reopen()

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Filter by one thing more; the list starts at its top again."""
        if name not in FILTERS:
            return None
        return address(PATH, {**self.asked, name: value[:LONGEST]})

    @handler
    async def find(self, form: dict[str, str]) -> object:
        """Show what was done with one order or card."""
        number = form.get("number", "").strip()[:LONGEST]
        return address(PATH, {**self.asked, "number": number, "person": ""})

    @handler
    async def clear(self) -> object:
        """Show everything again."""
        return address(PATH, {})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older entries."""
        return address(PATH, {**self.asked, "page": self.newer if direction == "newer" else self.older})

    @handler
    async def ask(self) -> None:
        """Ask for how long the log is to be kept."""
        self.asking, self.code_error = True, ""

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        self.asking = opens

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") == "keep":
            self.asking = True
            self.code_error = " ".join(notice.text for notice in shell.notices)
            shell.notices = []  # the dialog says it
