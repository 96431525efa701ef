"""State of the page of the agreement. Accepting it is a form post, for it asks for a code."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.domain.text_changes import SectionChange
from nexus_portal.services import agreement_pages
from nexus_portal.services.agreement_pages import AcceptanceRow
from nexus_portal.services.agreements import TOPIC
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.shell import ShellState

DIALOG = "accept"


@dataclass(frozen=True)
class PieceView:
    """Some words; `change` says whether they stayed, came or went."""

    change: str
    text: str


@dataclass(frozen=True)
class ChangeView:
    """A section that is not what it was; `change` and those of its pieces are a `Change` each."""

    anchor: str
    title: str
    change: str
    pieces: list[PieceView]


class AgreementState(rx.State):
    """Where the account stands, what is new, what was accepted, and whether the dialog is open."""

    loaded: bool = False
    standing: str = ""
    current: str = ""
    dated: str = ""
    accepted: str = ""
    due: str = ""
    digests: dict[str, str] = {}
    changed: list[ChangeView] = []
    acceptances: list[AcceptanceRow] = []
    asking: bool = False
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show how it stands; after a refused form its dialog again."""
        self._shut()
        await self._show()
        await self._reopen()
        live.watch(self, AgreementState.refresh, TOPIC)

    @handler
    async def refresh(self) -> None:
        """A colleague accepted it: show it as it is now."""
        await self._show()

    @handler
    async def ask(self) -> None:
        """Open the dialog."""
        self._shut()
        self.asking = True

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    def _shut(self) -> None:
        self.asking = False
        self.error = self.code_error = ""

    async def _show(self) -> None:
        view = await call(self, agreement_pages.agreement)
        self.standing, self.current, self.dated = view.standing, view.current, view.dated
        self.accepted, self.due, self.digests = view.accepted, view.due, view.digests
        self.changed = [_change(section) for section in view.changed]
        self.acceptances, self.loaded = list(view.acceptances), True

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") != DIALOG:
            return
        said = " ".join(notice.text for notice in shell.notices)
        self.asking = True
        self.error, self.code_error = ("", said) if shell.kept.get("at") == "code" else (said, "")
        shell.notices = []  # the dialog says it


def _change(section: SectionChange) -> ChangeView:
    pieces = [PieceView(piece.change.value, piece.text) for piece in section.pieces]
    return ChangeView(section.anchor, section.title, section.change.value, pieces)
