"""State of production: the queue, the batches, and the field for the scanner."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services import production, production_lists
from nexus_portal.services.production_lists import BatchRow, QueueRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, by_number, glowing, known
from nexus_portal.state.quiet import plain

UNDER_WAY = "under_way"
SCANS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ScanView:
    """One scan that moved a card: its code, the stage it came to, its batch."""

    code: str
    stage: str
    batch: str


class ProductionState(rx.State):
    """What waits by layout, and the batches; which batches is in the address."""

    loaded: bool = False
    queue: list[QueueRow] = []
    queue_newer: str = ""
    queue_older: str = ""
    show: str = ""
    batches: list[BatchRow] = []
    newer: str = ""
    older: str = ""
    glow: dict[str, int] = {}
    scans: list[ScanView] = []
    """The latest scans of this page, the last one first."""
    chosen: str = ""
    """Layout of which a batch is being made, or none."""
    chosen_name: str = ""
    chosen_cards: int = 0
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        self.show = known(self.router.url.query_parameters.get("show", ""), production_lists.FILTERS)
        self.glow, self.scans, self.chosen = {}, [], ""
        await self._show()
        live.watch(self, ProductionState.refresh, "orders", "batches")

    @handler
    async def refresh(self) -> None:
        """Something was queued or moved: show it where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def narrow(self, show: str) -> object:
        """Show other batches, from the newest on."""
        return address("/bureau/production", {"show": show})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older batches."""
        cursor = self.newer if direction == "newer" else self.older
        return address("/bureau/production", {"show": self.show, "page": cursor})

    @handler
    async def turn_queue(self, direction: str) -> object:
        """Go to layouts that wait longer, or not so long."""
        cursor = self.queue_newer if direction == "newer" else self.queue_older
        return address("/bureau/production", {"show": self.show, "queue": cursor})

    @handler
    async def scan(self, form: dict[str, str]) -> None:
        """Move the card whose code was scanned one step."""
        done = await call(self, production.scan, code=form.get("code", ""))
        self.scans = [ScanView(done.code, done.stage, done.batch), *self.scans][:SCANS_SHOWN]

    @handler
    async def choose(self, layout_id: str) -> None:
        """Ask how many cards of a layout the batch shall take."""
        row = next((row for row in self.queue if row.layout_id == layout_id), None)
        if row is not None:
            self.chosen, self.chosen_name, self.chosen_cards = layout_id, row.layout, row.cards
            self._key = uuid4().hex

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.chosen = ""

    @handler
    async def make(self, form: dict[str, str]) -> object:
        """Make the batch, and go to it."""
        number = await call(
            self,
            production.make_batch,
            layout_id=layout_of(self.chosen),
            limit=whole_number(form.get("limit", "")),
            key=self._key,
        )
        return rx.redirect(f"/bureau/production/{number}")

    async def _show(self) -> None:
        asked = self.router.url.query_parameters
        queue = await call(self, production_lists.queue, cursor=asked.get("queue", ""))
        page = await call(
            self, production_lists.batches, show=self.show or UNDER_WAY, cursor=asked.get("page", "")
        )
        self.queue, self.batches = list(queue.rows), list(page.rows)
        self.queue_older, self.queue_newer = queue.previous, queue.following
        self.newer, self.older = page.previous, page.following
        self.loaded = True

    def _rows(self) -> dict[str, Any]:
        return {row.layout_id: row for row in plain(self.queue)} | by_number(self.batches)


def layout_of(text: str) -> UUID:
    """The layout that was chosen.

    Raises:
        Invalid: none was.
    """
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(Message("Choose a layout first.")) from None


def whole_number(text: str) -> int:
    """A whole number as a person types it.

    Raises:
        Invalid: it is none.
    """
    text = text.strip()
    if not text.isascii() or not text.isdecimal() or len(text) > len("999999"):
        raise Invalid(Message("Write a whole number from 0."))
    return int(text)
