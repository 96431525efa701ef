"""State of the end of an account: as its privacy officer sees it, and as the bureau does."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import NotFound
from nexus_portal.services import closing
from nexus_portal.services.closing import ClosingSheet
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import ShellState

OWN_DIALOGS = ("package", "confirm")
BUREAU_DIALOGS = ("close", "withdraw", "after-notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingView:
    """A closing as a page shows it: the sheet's facts and counts, its obstacles in the reader's language."""

    state: str
    reason: str
    asked_at: str
    choice: str
    package_at: str
    confirmed_at: str
    closed_at: str
    by_bureau_from: str
    certified: bool
    orders: int
    cards: int
    persons: int
    photos: int
    files: int
    credentials: int
    people: int
    sessions: int
    invitations: int


def view(sheet: ClosingSheet) -> ClosingView:
    """What a page shows of a closing."""
    counts = sheet.forecast
    return ClosingView(
        state=sheet.state,
        reason=sheet.reason,
        asked_at=sheet.asked_at,
        choice=sheet.choice,
        package_at=sheet.package_at,
        confirmed_at=sheet.confirmed_at,
        closed_at=sheet.closed_at,
        by_bureau_from=sheet.by_bureau_from,
        certified=bool(sheet.certificate),
        orders=counts.orders,
        cards=counts.cards,
        persons=counts.persons,
        photos=counts.photos,
        files=counts.files,
        credentials=counts.credentials,
        people=counts.people,
        sessions=counts.sessions,
        invitations=counts.invitations,
    )


class ClosingState(rx.State):
    """The closing on the page, and the dialog that is open."""

    loaded: bool = False
    closing: ClosingView | None = None
    obstacles: list[str] = []
    dialog: str = ""
    """One of `OWN_DIALOGS` or `BUREAU_DIALOGS`, or none."""
    reason: str = ""
    choice: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load_own(self) -> None:
        """The end of the reader's own account."""
        self.loaded, self.closing = False, None
        self._shut()
        await self._keep(await call(self, closing.own))
        await self._reopen(OWN_DIALOGS)
        live.watch(self, ClosingState.load_own, "customers", "orders")

    @handler
    async def load_customer(self) -> None:
        """The end of the account that the address names."""
        self.loaded, self.closing = False, None
        self._shut()
        number = last_part(self.router.url.path)
        await self._keep(await call(self, closing.of_customer, number=number))
        await self._reopen(BUREAU_DIALOGS)

    @handler
    async def ask(self, dialog: str) -> None:
        """Open a dialog."""
        if dialog not in {*OWN_DIALOGS, *BUREAU_DIALOGS}:
            raise NotFound
        self._shut()
        self.dialog = dialog

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    def _shut(self) -> None:
        self.dialog = self.reason = self.choice = self.error = self.code_error = ""

    async def _keep(self, sheet: ClosingSheet) -> None:
        language = (await self.get_state(ShellState)).language
        self.closing = view(sheet)
        self.obstacles = [catalogue.render(message, language) for message in sheet.obstacles]
        self.loaded = True

    async def _reopen(self, dialogs: tuple[str, ...]) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") in dialogs:
            self.dialog, self.reason = shell.kept["dialog"], shell.kept.get("reason", "")
            self.choice = shell.kept.get("choice", "")
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if shell.kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it
