"""State of the page of one order."""

from uuid import UUID

import reflex as rx

from nexus_portal.domain.lifecycles import EDITABLE, PersonalData
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import (
    approval,
    erasure,
    erasure_appointments,
    holds_list,
    order_countdown,
    order_data,
    order_details,
    order_items,
    order_story,
    vault_people,
)
from nexus_portal.services.order_countdown import KindRow
from nexus_portal.services.order_details import OrderDetails
from nexus_portal.services.order_items import ItemRow
from nexus_portal.state import card_views, live, order_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.card_views import CardView
from nexus_portal.state.lists import row_id, still
from nexus_portal.state.order_views import ChapterView, DataView, PersonView, StepView
from nexus_portal.state.shell import shows_persons, tell


@shows_persons
class OrderState(rx.State):
    """One order: where it is, what is in it, and what is held of its persons."""

    loaded: bool = False
    number: str = ""
    order: OrderDetails | None = None
    data: DataView | None = None
    kinds: list[KindRow] = []
    """Each kind of data of its persons, with its days and its rule."""
    steps: list[StepView] = []
    story: list[ChapterView] = []
    items: list[ItemRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    persons: dict[str, PersonView] = {}
    card: CardView | None = None
    """The drawing of the first card on the page."""
    may_show: bool = False
    editable: bool = False
    asking: str = ""
    """The dialog that is open: `erase`, `cancel`, `way`, or none."""
    way: list[StepView] = []
    """The way of the card item whose dialog is open, and its code."""
    way_code: str = ""
    _way_id: str = ""
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show the order in the address."""
        self.number = self.router.url.path.rstrip("/").rpartition("/")[2]
        self.loaded, self.order, self.data, self.asking, self._cursor = False, None, None, "", ""
        self.persons, self.items, self.glow, self.steps, self.story = {}, [], {}, [], []
        self.card, self.kinds = None, []
        try:
            await self._show()
            self.glow = still(item.id for item in self.items)
        finally:
            self.loaded = True
        live.watch(self, OrderState.refresh, "orders", "imports", subject=self.number)

    @handler
    async def refresh(self) -> None:
        """Something changed on this order: show it where it stands, and let the cards concerned glow."""
        before = {item.id: item for item in self.items}
        await self._show()
        if self.asking == "way":
            await self._show_way()
        self.glow = {
            item.id: self.glow.get(item.id, 0) + (before.get(item.id) not in {item, None})
            for item in self.items
        }

    @handler
    async def turn(self, direction: str) -> None:
        """Show the cards before or after those on screen."""
        self._cursor = self.newer if direction == "newer" else self.older
        self.persons = {}
        await self._show()

    @handler
    async def show(self, item: str) -> None:
        """Show the person on one card; the showing is logged."""
        people = await call(self, vault_people.reveal, item_ids=[row_id(item)], purpose="order page")
        for person in people:
            photo = f"/photos/{item}" if person.has_photo else ""
            self.persons[item] = PersonView(person.name, person.details, photo)
            if self.items and self.items[0].id == item:
                self.card = await card_views.draw(self, item, person.values, photo=photo)

    @handler
    async def hide(self, item: str) -> None:
        """Mask the person again."""
        self.persons.pop(item, None)
        await self._draw()

    @handler
    async def follow(self, item: str, code: str) -> None:
        """Open the whole way of one card item."""
        self._way_id, self.way_code, self.way = item, code, []
        await self._show_way()
        self.asking = "way"

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
    async def cancel(self, _form: dict[str, str]) -> None:
        """Cancel the order."""
        await call(self, order_details.cancel, number=self.number)
        self.asking = ""
        await tell(self, "success", Message("Order {number} is cancelled.", number=self.number))
        await self._show()

    @handler
    async def call_off(self) -> None:
        """What was to be removed as soon as it can stays."""
        if self.order is not None:
            await call(self, erasure_appointments.call_off, order_id=UUID(self.order.id))
            await tell(self, "success", Message("The appointment is called off. Nothing more is removed."))
            await self._show()

    @handler
    async def approve(self) -> None:
        """Release the order to the bureau."""
        await call(self, approval.approve, number=self.number)
        await tell(self, "success", Message("Order {number} is approved.", number=self.number))
        await self._show()

    @handler
    async def give_back(self, form: dict[str, str]) -> None:
        """Return the order to its orderer."""
        await call(self, approval.give_back, number=self.number, reason=form.get("reason", ""))
        self.asking = ""
        await tell(self, "success", Message("Order {number} is given back.", number=self.number))
        await self._show()

    async def _show_way(self) -> None:
        moves = await call(self, order_items.way, item_id=row_id(self._way_id))
        self.way = order_views.way(moves)

    async def _show(self) -> None:
        order = await call(self, order_details.details, number=self.number)
        page = await call(self, order_items.items, number=self.number, cursor=self._cursor)
        outlook = await call(self, erasure.outlook, order_id=UUID(order.id))
        self.order, self.items = order, list(page.rows)
        self.newer, self.older = page.previous, page.following
        self.steps = order_views.steps(order)
        self.story = order_views.chapters(order, await call(self, order_story.happenings, number=self.number))
        held = await call(self, order_data.held, number=self.number)
        stops = await call(self, holds_list.on_order, order_id=UUID(order.id))
        self.kinds = list(await call(self, order_countdown.by_kind, order_id=UUID(order.id)))
        self.data = order_views.data(order, outlook, held, stops)
        self.editable = order.fulfilment in EDITABLE
        self.may_show = (
            caller().may(Permission.PERSONS_READ) and order.own and order.personal_data != PersonalData.ERASED
        )
        if not self.may_show:
            self.persons = {}
        await self._draw()

    async def _draw(self) -> None:
        """Draw the first card masked, unless it stands there already, masked or with a person still shown."""
        first = self.items[0].id if self.items else ""
        if not first:
            self.card = None
        elif self.card is None or self.card.item != first or self.card.shown != (first in self.persons):
            self.persons.pop(first, None)
            self.card = await card_views.draw(self, first)
