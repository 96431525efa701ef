"""State of the order history."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nexus_portal.services import history, history_choices
from nexus_portal.services.history import MOST_COUNTED, OrderRow, Wanted
from nexus_portal.services.history_choices import Choice
from nexus_portal.services.history_wanted import SORTS
from nexus_portal.state import lists, live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.order_names import OrderNamesState
from nexus_portal.state.quiet import put

FILTERS = (
    *("search", "fulfilment", "billing", "personal_data"),
    *("orderer", "cost_centre", "article", "since", "until"),
)
COLUMNS = (
    *("reference", "cost_centre", "orderer", "cards", "fulfilment"),
    *("produced", "billing", "personal_data", "created", "changed"),
)
USUAL = frozenset(COLUMNS) - {"cost_centre", "orderer", "created"}
NONE = "none"
LONGEST = 200


class OrderHistoryState(rx.State):
    """The page of orders on screen. What narrows it stands in the page's address, which follows it.

    Typing, turning a page and sorting are answered at once, without opening the page anew: the address is
    brought up to date by `assets/orders.js`.
    """

    loaded: bool = False
    rows: list[OrderRow] = []
    glow: dict[str, int] = {}
    """Order number → how often it changed while on screen: each change makes its row glow."""
    places: dict[str, int] = {}
    """Order number → place of its row on screen."""
    total: int = 0
    """How many match; one more than are counted at once stands for more than that."""
    newer: str = ""
    older: str = ""
    asked: dict[str, str] = {}
    narrowed: bool = False
    sorting: str = ""
    shown: dict[str, bool] = {}
    query: str = ""
    """What the page's address has behind its question mark; exports take the same."""
    orderers: list[Choice] = []
    cost_centres: list[Choice] = []
    articles: list[Choice] = []
    people: dict[str, str] = {}
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        given = self.router.url.query_parameters
        self.asked = {name: given.get(name, "")[:LONGEST] for name in FILTERS}
        self.sorting = given.get("sort", "")
        self._choose_columns(given.get("columns", ""))
        self._cursor = given.get("page", "")
        (await self.get_state(OrderNamesState))._stop()  # noqa: SLF001 - not for the browser
        self.glow = {}
        found = await call(self, history_choices.choices)
        self.orderers, self.cost_centres = list(found.orderers), list(found.cost_centres)
        self.articles = list(found.articles)
        self.people = {person.value: person.label for person in found.orderers}
        await self._show()
        live.watch(self, OrderHistoryState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """Something changed in the account: show it where it stands, and let it glow."""
        before, places = {row.number: row for row in self.rows}, self.places
        await self._show()
        await self._forget_names(before)
        changed = {row.number for row in self.rows if before.get(row.number) not in {row, None}}
        put(
            self,
            places=lists.places([row.number for row in self.rows], places),
            glow={row.number: self.glow.get(row.number, 0) + (row.number in changed) for row in self.rows},
        )

    @handler
    async def narrow(self, name: str, value: str) -> None:
        """Filter by one thing more; the list starts at its top again."""
        names = await self.get_state(OrderNamesState)
        if name == "search" and names.on:
            await names._look(value[:LONGEST])  # noqa: SLF001 - not for the browser
        elif name in FILTERS:
            self.asked = {**self.asked, name: value[:LONGEST]}
        self._cursor = ""
        await self._show()

    @handler
    async def clear(self) -> None:
        """Take every filter away."""
        self.asked = dict.fromkeys(FILTERS, "")
        (await self.get_state(OrderNamesState))._stop()  # noqa: SLF001 - not for the browser
        self._cursor = ""
        await self._show()

    @handler
    async def also_names(self, on: bool) -> None:  # noqa: FBT001 - what a box sends
        """Search among the names of holders too, or not any longer; what was typed leaves the address."""
        names = await self.get_state(OrderNamesState)
        text = self.asked.get("search", "")
        names._stop()  # noqa: SLF001 - not for the browser
        if on:
            names.on = True
            await names._look(text)  # noqa: SLF001 - not for the browser
        self.asked = {**self.asked, "search": ""}
        self._cursor = ""
        await self._show()

    @handler
    async def sort(self, key: str) -> None:
        """Sort by this column, the newest or soonest first; pressed again, the other way round."""
        falling = f"-{key}"
        first = falling if falling in SORTS else key
        self.sorting = key if self.sorting == falling else first
        self._cursor = ""
        await self._show()

    @handler
    async def turn(self, direction: str) -> None:
        """Go to the newer or older page; how many match is known already."""
        self._cursor = self.newer if direction == "newer" else self.older
        await self._show(counting=False)

    @handler
    async def count(self) -> None:
        """Count every order that matches, however many."""
        wanted, besides = await self._question()
        self.total = await call(self, history.count_all, wanted=wanted, **besides)

    @handler
    async def show_column(self, name: str) -> None:
        """Show a column, or hide it again."""
        if name in COLUMNS:
            self.shown = {**self.shown, name: not self.shown.get(name)}
        self._address()

    def _choose_columns(self, names: str) -> None:
        chosen = set(names.split("~")) if names else USUAL
        self.shown = {name: name in chosen for name in COLUMNS}

    async def _forget_names(self, before: Mapping[str, OrderRow]) -> None:
        """Where fewer are found by a name than before, for persons were erased, what was typed goes too."""
        names, rows = await self.get_state(OrderNamesState), {row.number: row for row in self.rows}
        lost = any(
            number not in rows or rows[number].personal_data != row.personal_data
            for number, row in before.items()
        )
        if names.on and lost and await names._fewer():  # noqa: SLF001 - not for the browser
            names._stop()  # noqa: SLF001 - not for the browser
            await self._show()

    async def _question(self) -> tuple[Wanted, dict[str, Any]]:
        names = await self.get_state(OrderNamesState)
        asked = {**self.asked, "search": names.text} if names.on else self.asked
        return Wanted(**asked, sort=self.sorting), names._asked()  # noqa: SLF001 - not for the browser

    async def _show(self, *, counting: bool = True) -> None:
        wanted, besides = await self._question()
        put(self, sorting=wanted.sorting, narrowed=wanted.narrowed)
        page = await call(
            self, history.orders, wanted=wanted, cursor=self._cursor, counting=counting, **besides
        )
        put(
            self,
            rows=list(page.rows),
            glow={row.number: self.glow.get(row.number, 0) for row in page.rows},
            places=lists.places([row.number for row in page.rows], {}),
            newer=page.newer,
            older=page.older,
            loaded=True,
        )
        if counting:
            put(self, total=page.total)
        self._address()

    def _kept(self) -> tuple[dict[str, str], list[str]]:
        """What narrows and sorts the list, and its columns where they are not the usual ones."""
        sort = "" if self.sorting == SORTS[0] else self.sorting
        columns = [name for name in COLUMNS if self.shown.get(name)]
        return _given({**self.asked, "sort": sort}), [] if set(columns) == USUAL else columns or [NONE]

    def _address(self) -> None:
        query, columns = self._kept()
        put(self, query=urlencode(query | _given({"columns": "~".join(columns), "page": self._cursor})))


def _given(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value}


__all__ = ["COLUMNS", "FILTERS", "MOST_COUNTED", "USUAL", "OrderHistoryState"]
