"""State of billing: orders to invoice, orders to settle, invoices."""

from typing import Any
from uuid import uuid4

import reflex as rx

from nexus_portal.domain.text import Message
from nexus_portal.services import billing, billing_lists
from nexus_portal.services.billing_lists import InvoiceRow, ToInvoiceRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import address, by_number, glowing, known
from nexus_portal.state.shell import tell

INVOICED = "invoiced"


class BillingState(rx.State):
    """What may be invoiced, and what became of what was; which invoices is in the address."""

    loaded: bool = False
    open: list[ToInvoiceRow] = []
    open_newer: str = ""
    open_older: str = ""
    cancelled: list[ToInvoiceRow] = []
    show: str = ""
    invoices: list[InvoiceRow] = []
    newer: str = ""
    older: str = ""
    glow: dict[str, int] = {}
    asking: str = ""
    """The dialog that is open: `invoice`, `credit`, `not_billable`, or none."""
    chosen: str = ""
    """Number of the order that the dialog is about."""
    _key: str = ""

    @handler
    async def load(self) -> None:
        """Show what the address asks for."""
        self.show = known(self.router.url.query_parameters.get("show", ""), billing_lists.SHOWN)
        self.glow, self.asking = {}, ""
        await self._show()
        live.watch(self, BillingState.refresh, "orders")

    @handler
    async def refresh(self) -> None:
        """An order moved: show it where it stands, and let it glow."""
        before = self._rows()
        await self._show()
        self.glow = glowing(self.glow, before, self._rows())

    @handler
    async def narrow(self, show: str) -> object:
        """Show other invoices, from the newest on."""
        return address("/bureau/billing", {"show": show})

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older invoices."""
        cursor = self.newer if direction == "newer" else self.older
        return address("/bureau/billing", {"show": self.show, "page": cursor})

    @handler
    async def turn_open(self, direction: str) -> object:
        """Go to newer or older orders to invoice."""
        cursor = self.open_newer if direction == "newer" else self.open_older
        return address("/bureau/billing", {"show": self.show, "orders": cursor})

    @handler
    async def ask(self, question: str, number: str) -> None:
        """Open a dialog about one order."""
        self.asking, self.chosen, self._key = question, number, uuid4().hex

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by Escape or a click beside it."""
        if not opens:
            self.asking = ""

    @handler
    async def invoice(self, _form: dict[str, str]) -> None:
        """Invoice the order."""
        made = await call(self, billing.invoice, number=self.chosen, key=self._key)
        await self._done(Message("Order {number} is invoiced: {invoice}.", number=self.chosen, invoice=made))

    @handler
    async def paid(self, number: str) -> None:
        """The invoice is paid."""
        await call(self, billing.paid, number=number)
        await self._done(Message("The invoice of order {number} is paid.", number=number))

    @handler
    async def credit(self, _form: dict[str, str]) -> None:
        """Take the invoice back."""
        note = await call(self, billing.credit, number=self.chosen)
        await self._done(Message("Order {number} is credited: {note}.", number=self.chosen, note=note))

    @handler
    async def not_billable(self, _form: dict[str, str]) -> None:
        """A cancelled order costs nothing."""
        await call(self, billing.not_billable, number=self.chosen)
        await self._done(Message("Order {number} is settled.", number=self.chosen))

    async def _done(self, message: Message) -> None:
        self.asking = ""
        await tell(self, "success", message)
        await self._show()

    async def _show(self) -> None:
        asked = self.router.url.query_parameters
        waiting = await call(self, billing_lists.to_invoice, cursor=asked.get("orders", ""))
        cancelled = await call(self, billing_lists.to_settle)
        page = await call(
            self, billing_lists.invoices, show=self.show or INVOICED, cursor=asked.get("page", "")
        )
        self.open, self.cancelled, self.invoices = list(waiting.rows), list(cancelled.rows), list(page.rows)
        self.open_older, self.open_newer = waiting.previous, waiting.following
        self.newer, self.older = page.previous, page.following
        self.loaded = True

    def _rows(self) -> dict[str, Any]:
        return by_number(self.open) | by_number(self.cancelled) | by_number(self.invoices)
