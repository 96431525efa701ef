"""State of the dialogs that remove the data of several orders, or of a person from every order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import reflex as rx

from nexus_portal.adapters import catalogue, dates
from nexus_portal.domain.erasable import Obstacle
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import erasure_many
from nexus_portal.services.erasure_many import MOST, Prospect
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.orders import OrderHistoryState
from nexus_portal.state.quiet import empty, plain
from nexus_portal.state.shell import ShellState

ERASE, DONE = "erase-many", "erased-many"


@dataclass(frozen=True, slots=True)
class ProspectView:
    """An order in the dialog: of how many of its persons data can go now, and what to say of the others."""

    number: str
    persons: int
    ready: int
    state: str
    """`now`, `partly`, `later`, `never`, or `gone`."""
    why: str


class ErasingState(rx.State):
    """What is chosen on the page, and what would become or became of it."""

    chosen: list[str] = []
    """Numbers of orders."""
    items: list[str] = []
    """Ids of card items whose persons are chosen."""
    asking: str = ""
    """`erase-many` asks, `erased-many` says what came of it."""
    rows: list[ProspectView] = []
    ready: int = 0
    left: int = 0
    """Persons that can go now, and later."""
    finished: int = 0
    """Orders of which nobody is left."""
    appoint: bool = False
    """Whether the rest was to go as soon as it can, in a form that was refused."""
    error: str = ""
    said: str = ""

    @handler
    async def load(self) -> None:
        """A page was opened: with what came of the removal, or its dialog where it was refused."""
        empty(self)
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") not in {ERASE, DONE}:
            return
        self.chosen, self.items = kept.get("numbers", "").split(), kept.get("items", "").split()
        self.appoint = kept.get("appoint") == "yes"
        text = " ".join(notice.text for notice in shell.notices)
        self.error, self.said = (text, "") if kept["dialog"] == ERASE else ("", text)
        shell.notices = []  # the dialog says it
        await self._survey()
        self.asking = kept["dialog"]
        live.watch(self, ErasingState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """An order changed: show how far it is."""
        if self.asking:
            await self._survey()

    @handler
    async def choose(self, number: str) -> None:
        """Choose an order, or leave it out again."""
        self.chosen = _toggled(self.chosen, number)

    @handler
    async def choose_item(self, item: str) -> None:
        """Choose the person on a card, or leave them out again."""
        self.items = _toggled(self.items, str(row_id(item)))

    @handler
    async def choose_page(self) -> None:
        """Choose every order on the page besides those chosen already."""
        rows = plain((await self.get_state(OrderHistoryState)).rows)
        self.chosen = list(dict.fromkeys([*self.chosen, *(row.number for row in rows)]))[:MOST]

    @handler
    async def choose_none(self) -> None:
        """Leave everything out."""
        empty(self)

    @handler
    async def ask_orders(self) -> None:
        """Say of each order what would become of it, and ask."""
        self.items = []
        await self._ask()

    @handler
    async def ask_persons(self) -> None:
        """The same for the persons that are chosen, in every order."""
        self.chosen = []
        await self._ask()

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed; what was done is chosen no longer."""
        if not opens:
            if self.asking == DONE:
                empty(self)
            self.asking = ""

    async def _ask(self) -> None:
        self.error, self.said, self.appoint = "", "", False
        await self._survey()
        self.asking = ERASE
        live.watch(self, ErasingState.refresh, "orders")

    async def _survey(self) -> None:
        if self.items:
            ids = [row_id(item) for item in self.items]
            found = await call(self, erasure_many.survey_persons, item_ids=ids)
        else:
            found = await call(self, erasure_many.survey_orders, numbers=self.chosen)
        self.rows = [_view(each) for each in found]
        self.ready = sum(each.ready for each in found if each.refusal is None)
        self.left = sum(each.persons - each.ready for each in found if each.refusal is None)
        self.finished = sum(each.gone for each in found)


def _toggled(chosen: Sequence[str], one: str) -> list[str]:
    if one in chosen:
        return [each for each in chosen if each != one]
    if len(chosen) >= MOST:
        raise Invalid(Message("Choose 1 to {most} at once.", most=MOST))
    return [*chosen, one]


def _view(each: Prospect) -> ProspectView:
    language = caller().language
    if each.refusal is not None:
        why = [each.refusal]
    else:
        why = [reason for _, reason in each.obstacles]
        if each.promised and any(kind is Obstacle.PRODUCTION for kind, _ in each.obstacles):
            day = dates.day(date.fromisoformat(each.promised), language)
            why.append(Message("Expected {day}.", day=day))
    return ProspectView(
        each.number,
        each.persons,
        each.ready,
        _state(each),
        " ".join(catalogue.render(reason, language) for reason in why),
    )


def _state(each: Prospect) -> str:
    if each.gone or any(kind is Obstacle.ALREADY for kind, _ in each.obstacles):
        return "gone"
    if each.refusal is not None:
        return "never"
    if each.ready == each.persons and not each.obstacles:
        return "now"
    return "partly" if each.ready else "later"
