"""State of the order history."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nexus_portal.services import history
from nexus_portal.services.history import MOST_COUNTED, NOT_COUNTED, OrderPage, OrderRow, Wanted
from nexus_portal.services.history_wanted import SORTS
from nexus_portal.state import lists, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.order_choices import OrderChoicesState
from nexus_portal.state.order_names import OrderNamesState
from nexus_portal.state.quiet import plain, put
from nexus_portal.state.together import Reading

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
    """Order number → how often it changed while on screen, where it did: each change makes its row glow."""
    places: dict[str, int] = {}
    """Order number → place of its row on screen; none where all stand in their turn."""
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
    _cursor: str = ""
    _by_names: bool = False
    """Holders' names may be searched as well; while they are not, their state is not even fetched."""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        given = self.router.url.query_parameters
        self.asked = {name: given.get(name, "")[:LONGEST] for name in FILTERS}
        self.sorting = given.get("sort", "")
        self._choose_columns(given.get("columns", ""))
        self._cursor = given.get("page", "")
        await self._stop_names()
        self.glow = {}
        await (await self.get_state(OrderChoicesState))._read()  # noqa: SLF001 - not for the browser
        await self._show()
        live.watch(self, OrderHistoryState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """Something changed in the account: show it where it stands, and let it glow."""
        before = lists.by_number(self.rows)
        await self._show(before=before)
        await self._forget_names(before)

    @handler
    async def narrow(self, name: str, value: str) -> None:
        """Filter by one thing more; the list starts at its top again."""
        if name == "search" and (names := await self._names()):
            await names._look(value[:LONGEST])  # noqa: SLF001 - not for the browser
        elif name in FILTERS:
            self.asked = {**self.asked, name: value[:LONGEST]}
        self._cursor = ""
        await self._show()

    @handler
    async def clear(self) -> None:
        """Take every filter away."""
        self.asked = dict.fromkeys(FILTERS, "")
        await self._stop_names()
        self._cursor = ""
        await self._show()

    @handler
    async def also_names(self, on: bool) -> None:  # noqa: FBT001 - what a box sends
        """Search among the names of holders too, or not any longer; what was typed leaves the address."""
        text = self.asked.get("search", "")
        await self._stop_names()
        if on:
            names = await self.get_state(OrderNamesState)
            names.on = self._by_names = True
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

    async def _names(self) -> OrderNamesState | None:
        """The state of a search among holders' names, where they are searched."""
        names = await self.get_state(OrderNamesState) if self._by_names else None
        return names if names is not None and names.on else None

    async def _stop_names(self) -> None:
        self._by_names = False
        (await self.get_state(OrderNamesState))._stop()  # noqa: SLF001 - not for the browser

    async def _forget_names(self, before: Mapping[str, OrderRow]) -> None:
        """Where fewer are found by a name than before, for persons were erased, what was typed goes too."""
        names = await self._names()
        if names is None:
            return
        rows = lists.by_number(self.rows)
        lost = any(
            number not in rows or rows[number].personal_data != row.personal_data
            for number, row in before.items()
        )
        if lost and await names._fewer():  # noqa: SLF001 - not for the browser
            await self._stop_names()
            await self._show()

    async def _question(self) -> tuple[Wanted, dict[str, Any]]:
        names, asked = await self._names(), plain(self.asked)
        if names is None:
            return Wanted(**asked, sort=self.sorting), {}
        found = names._found  # noqa: SLF001 - not for the browser
        return Wanted(**{**asked, "search": names.text}, sort=self.sorting), {"named": found}

    async def _refresh_with(self, read: Reading) -> bool:
        """As `refresh` does, but among names."""
        if not self.loaded or self._by_names:
            return False
        wanted, _ = await self._question()
        actor = caller()
        key = (actor.account_id, actor.permissions, wanted, self._cursor)
        before = lists.by_number(self.rows)
        if key not in read:
            page = await call(self, history.orders, wanted=wanted, cursor=self._cursor)
            read[key] = replace(page, rows=lists.as_before(before, page.rows))
        self._put(wanted, read[key], before=before)
        return True

    async def _show(self, *, counting: bool = True, before: Mapping[str, OrderRow] | None = None) -> None:
        """Show the page that is asked for; rows that stood there `before` keep their places and may glow."""
        wanted, besides = await self._question()
        page = await call(
            self, history.orders, wanted=wanted, cursor=self._cursor, counting=counting, **besides
        )
        self._put(wanted, page, before=before)

    def _put(self, wanted: Wanted, page: OrderPage, *, before: Mapping[str, OrderRow] | None) -> None:
        rows, stood = lists.by_number(page.rows), {}
        if before is not None:
            stood = plain(self.places) or lists.in_turn(before)
        put(
            self,
            sorting=wanted.sorting,
            narrowed=wanted.narrowed,
            rows=list(page.rows),
            glow=lists.glowing(self.glow, rows if before is None else before, rows, come=False),
            places=lists.places(list(rows), stood),
            newer=page.newer,
            older=page.older,
            loaded=True,
        )
        if page.total != NOT_COUNTED:
            put(self, total=page.total)
        self._address()

    def _kept(self) -> tuple[dict[str, str], list[str]]:
        """What narrows and sorts the list, and its columns where they are not the usual ones."""
        sort, shown = "" if self.sorting == SORTS[0] else self.sorting, plain(self.shown)
        columns = [name for name in COLUMNS if shown.get(name)]
        asked = _given({**plain(self.asked), "sort": sort})
        return asked, [] if set(columns) == USUAL else columns or [NONE]

    def _address(self) -> None:
        query, columns = self._kept()
        put(self, query=urlencode(query | _given({"columns": "~".join(columns), "page": self._cursor})))


live.share(OrderHistoryState, OrderHistoryState.refresh)


def _given(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value}


__all__ = ["COLUMNS", "FILTERS", "MOST_COUNTED", "USUAL", "OrderHistoryState"]
