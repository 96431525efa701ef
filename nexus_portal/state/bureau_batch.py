"""State of the page of one batch."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.lifecycles import Stage
from nexus_portal.domain.text import Message
from nexus_portal.services import production, production_lists
from nexus_portal.services.order_sheet import StageCount
from nexus_portal.services.production_lists import BatchRow, ItemRow
from nexus_portal.services.vault_people import MANY
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.bureau_production import whole_number
from nexus_portal.state.lists import glowing, last_part
from nexus_portal.state.order_import import ChoiceView
from nexus_portal.state.quiet import plain
from nexus_portal.state.shell import tell


class BatchPageState(rx.State):
    """One batch: where its cards are, and the step that comes next."""

    loaded: bool = False
    number: str = ""
    batch: BatchRow | None = None
    issued: int = 0
    samples: int = 0
    returned: int = 0
    stages: list[StageCount] = []
    next_stage: str = ""
    next_count: int = 0
    items: list[ItemRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    asking: str = ""
    """The dialog that is open: `fail`, `reconcile`, `print`, or none."""
    printing: int = 0
    """How many of its cards are being printed, for whom there is a print file."""
    printers: list[ChoiceView] = []
    """Their names, and what stands in the address of their file."""
    must_confirm: bool = False
    """Whether the file is sent only after a second factor."""
    chosen: str = ""
    """Code of the card that the dialog is about."""
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show the batch in the address."""
        self.number = last_part(self.router.url.path)
        self.loaded, self.batch, self.items, self.glow = False, None, [], {}
        self.asking, self._cursor = "", ""
        try:
            await self._show()
        finally:
            self.loaded = True
        live.watch(self, BatchPageState.refresh, "orders", "batches")

    @handler
    async def refresh(self) -> None:
        """A card moved: show where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def turn(self, direction: str) -> None:
        """Show the cards before or after those on screen."""
        self._cursor = self.newer if direction == "newer" else self.older
        await self._show()
        self.glow = {}

    @handler
    async def advance(self, to: str) -> None:
        """Move the hindmost cards one step."""
        moved = await call(self, production.advance, number=self.number, to=_stage(to))
        await tell(self, "success", Message("Moved to “{stage}”: {count}.", count=moved, stage=_stage(to)))
        await self._again()

    @handler
    async def scan(self, form: dict[str, str]) -> None:
        """Move the card whose code was scanned one step."""
        await call(self, production.scan, code=form.get("code", ""))
        await self._again()

    @handler
    async def ask(self, question: str, code: str) -> None:
        """Open a dialog about the batch, or about one of its cards."""
        self.asking, self.chosen = question, code

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def fail(self, form: dict[str, str]) -> None:
        """Send a card back to the queue."""
        await call(self, production.fail, code=self.chosen, reason=form.get("reason", ""))
        self.asking = ""
        await tell(self, "success", Message("Card {code} is back in the queue.", code=self.chosen))
        await self._again()

    @handler
    async def reconcile(self, form: dict[str, str]) -> None:
        """Account for every blank."""
        await call(
            self,
            production.reconcile,
            number=self.number,
            **{name: whole_number(form.get(name, "")) for name in ("issued", "samples", "returned")},
        )
        self.asking = ""
        await tell(self, "success", Message("Batch {number} is reconciled.", number=self.number))
        await self._again()

    async def _again(self) -> None:
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    async def _show(self) -> None:
        sheet = await call(self, production_lists.batch, number=self.number, cursor=self._cursor)
        self.batch, self.stages, self.items = sheet.batch, list(sheet.stages), list(sheet.items.rows)
        self.issued, self.samples, self.returned = sheet.issued, sheet.samples, sheet.returned
        self.next_stage, self.next_count = sheet.next_stage, sheet.next_count
        self.newer, self.older = sheet.items.previous, sheet.items.following
        self.printing = next((each.count for each in sheet.stages if each.stage == Stage.PRINTING), 0)
        self.printers = [
            ChoiceView(urlencode({"printer": each.name}), each.name) for each in settings.current().printers
        ]
        self.must_confirm = self.printing > MANY and not caller().stepped_up(clock.now())

    def _rows(self) -> dict[str, Any]:
        return {item.code: item for item in plain(self.items)}


def _stage(text: str) -> Stage:
    if text not in set(Stage):
        raise Invalid(Message("There is no such step."))
    return Stage(text)
