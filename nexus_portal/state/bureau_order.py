"""State of one order as the bureau works on it."""

from datetime import date

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message
from nexus_portal.services import desk, order_sheet
from nexus_portal.services.order_sheet import OrderSheet
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import tell


class BureauOrderState(rx.State):
    """One order: what was ordered, where its cards are, what the desk may decide."""

    loaded: bool = False
    number: str = ""
    order: OrderSheet | None = None
    asking: str = ""
    """The dialog that is open: `accept`, `reject`, `hold`, or none."""

    @handler
    async def load(self) -> None:
        """Show the order in the address."""
        self.number = last_part(self.router.url.path)
        self.loaded, self.order, self.asking = False, None, ""
        try:
            await self._show()
        finally:
            self.loaded = True
        live.watch(self, BureauOrderState.refresh, "orders", subject=self.number)

    @handler
    async def refresh(self) -> None:
        """The order moved: show where it stands."""
        await self._show()

    @handler
    async def ask(self, question: str) -> None:
        """Open a dialog, or close it with nothing."""
        self.asking = question

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def accept(self, form: dict[str, str]) -> None:
        """Take the order on."""
        await call(self, desk.accept, number=self.number, promised=_day(form.get("promised", "")))
        await self._done(
            Message("Order {number} is accepted. Its cards wait in the queue.", number=self.number)
        )

    @handler
    async def reject(self, form: dict[str, str]) -> None:
        """Give the order back to the customer."""
        await call(self, desk.reject, number=self.number, reason=form.get("reason", ""))
        await self._done(Message("Order {number} went back to the customer.", number=self.number))

    @handler
    async def hold(self, form: dict[str, str]) -> None:
        """Put the order aside."""
        await call(self, desk.hold, number=self.number, reason=form.get("reason", ""))
        await self._done(Message("Order {number} is on hold.", number=self.number))

    @handler
    async def release(self) -> None:
        """Put the order among those to decide again."""
        await call(self, desk.release, number=self.number)
        await self._done(Message("Order {number} waits to be decided again.", number=self.number))

    async def _done(self, message: Message) -> None:
        self.asking = ""
        await tell(self, "success", message)
        await self._show()

    async def _show(self) -> None:
        self.order = await call(self, order_sheet.order_sheet, number=self.number)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(Message("Write the day as year-month-day.")) from None
