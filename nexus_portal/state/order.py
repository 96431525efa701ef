"""State of the page of one order."""

import time
from uuid import UUID

import reflex as rx

from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.lifecycles import EDITABLE, PersonalData
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import (
    approval,
    erasure_appointments,
    order_details,
    order_items,
    order_page,
    vault_people,
)
from nexus_portal.services.card_faces import ItemFace
from nexus_portal.services.order_countdown import KindRow
from nexus_portal.services.order_details import OrderDetails
from nexus_portal.services.order_items import ItemRow
from nexus_portal.state import card_views, live, order_views
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.card_views import CardView
from nexus_portal.state.lists import glowing
from nexus_portal.state.order_views import ChapterView, DataView, PersonView, StepView
from nexus_portal.state.quiet import plain, put
from nexus_portal.state.shell import shows_persons, tell

PATH = "/orders/"
"""Of the pages on which this state stands, before the order's number."""
FRESH_SECONDS = 10
"""How long what was read ahead is good: days count down without any news."""


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
    _ahead: str = ""
    """The page for which the order was read before it opened, what had been heard until then, and when."""
    _mark: str = ""
    _read_at: float = 0

    @handler
    async def ahead(self, number: str) -> None:
        """Read the order that somebody is about to open, while its page is still coming.

        Not where an order stands on the page: it would be gone, whether the other is opened or not.
        """
        if self.router.url.path.rstrip("/").startswith(PATH):
            return
        self._clear(number)
        mark = live.mark()
        try:
            await self._show()
        except PortalError:
            return  # the page will say what is wrong
        if self.editable:
            return  # of a draft, more is read than this
        self.loaded, self._ahead, self._mark, self._read_at = True, PATH + number, mark, time.monotonic()

    @handler
    async def load(self) -> None:
        """Show the order in the address."""
        number = self.router.url.path.rstrip("/").rpartition("/")[2]
        live.watch(self, OrderState.refresh, "orders", "imports", subject=number)
        fresh = self._mark == live.mark() and time.monotonic() - self._read_at < FRESH_SECONDS
        read, self._ahead = self._ahead == PATH + number and fresh, ""
        if read:
            return
        self._clear(number)
        try:
            await self._show()
        finally:
            self.loaded = True

    @handler
    async def refresh(self) -> None:
        """Something changed on this order: show it where it stands, and let the cards concerned glow."""
        before = {item.id: item for item in plain(self.items)}
        await self._show()
        if self.asking == "way":
            await self._show_way()
        after = {item.id: item for item in plain(self.items)}
        put(self, glow=glowing(self.glow, before, after, come=False))

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
        await self._draw(None)

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

    def _clear(self, number: str) -> None:
        self.number, self._ahead = number, ""
        self.loaded, self.order, self.data, self.asking, self._cursor = False, None, None, "", ""
        self.persons, self.items, self.glow, self.steps, self.story = {}, [], {}, [], []
        self.card, self.kinds = None, []

    async def _show_way(self) -> None:
        moves = await call(self, order_items.way, item_id=row_id(self._way_id))
        self.way = order_views.way(moves)

    async def _show(self) -> None:
        whole = await call(
            self, order_page.whole_order, number=self.number, cursor=self._cursor, drawn=self._drawn()
        )
        order, page = whole.order, whole.items
        self.order, self.items = order, list(page.rows)
        self.newer, self.older = page.previous, page.following
        self.steps = order_views.steps(order)
        self.story = order_views.chapters(order, whole.happenings)
        self.kinds = list(whole.kinds)
        self.data = order_views.data(order, whole.outlook, whole.held, whole.holds)
        self.editable = order.fulfilment in EDITABLE
        self.may_show = (
            caller().may(Permission.PERSONS_READ) and order.own and order.personal_data != PersonalData.ERASED
        )
        if not self.may_show:
            self.persons = {}
        await self._mask_the_protected()
        await self._draw(whole.face)

    async def _mask_the_protected(self) -> None:
        """An identity may be protected while its person is on the page: from then on an alias is."""
        if not self.persons:
            return
        shown = [row_id(item) for item in self.persons]
        for person in await call(self, vault_people.aliases, item_ids=shown):
            item, alias = str(person.item_id), PersonView(person.name, "", "")
            if self.persons[item] != alias:
                self.persons[item] = alias
                self.card = None if self.card and self.card.item == item else self.card

    def _drawn(self) -> str:
        """The card item whose drawing is right as it stands: masked, or with its person still shown."""
        card = self.card
        return card.item if card is not None and card.shown == (card.item in self.persons) else ""

    async def _draw(self, face: ItemFace | None) -> None:
        """Draw the first card masked, unless it stands there already."""
        first = self.items[0].id if self.items else ""
        if not first:
            self.card = None
        elif first != self._drawn():
            self.persons.pop(first, None)
            # Its person was hidden just now where nobody had asked yet how it looks.
            draw = card_views.draw(self, first) if face is None else card_views.drawn(first, face)
            self.card = await draw
