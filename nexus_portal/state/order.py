"""State of the page of one order."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.journey import Arrival, Counts, Step, journey
from nexus_portal.domain.lifecycles import EDITABLE, Fulfilment, PersonalData
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import ROLE
from nexus_portal.services import approval, erasure, order_details, vault_people
from nexus_portal.services.order_details import ItemRow, MoveRow, OrderDetails
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import shows_persons, tell


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the timeline, in the reader's language."""

    title: str
    note: str
    at: str
    state: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person while shown. `details` are the other fields in one line, `photo` an address or empty."""

    name: str
    details: str
    photo: str


@dataclass(frozen=True, slots=True)
class DataView:
    """What is held of the order's persons, until when, and what stands in the way of removing it."""

    state: str
    held: bool
    can_erase: bool
    reasons: list[str]
    policy: str
    kept_until: str
    days_left: int
    days_kept: int
    persons: int
    under_way: bool
    erased_at: str
    erased_by: str
    certificate: str


@shows_persons
class OrderState(rx.State):
    """One order: where it is, what is in it, and what is held of its persons."""

    loaded: bool = False
    number: str = ""
    order: OrderDetails | None = None
    data: DataView | None = None
    steps: list[StepView] = []
    items: list[ItemRow] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    persons: dict[str, PersonView] = {}
    may_show: bool = False
    editable: bool = False
    asking: str = ""
    """The dialog that is open: `erase`, `cancel`, or none."""
    _cursor: str = ""

    @handler
    async def load(self) -> None:
        """Show the order in the address."""
        self.number = self.router.url.path.rstrip("/").rpartition("/")[2]
        self.loaded, self.order, self.data, self.asking, self._cursor = False, None, None, "", ""
        self.persons, self.items, self.glow, self.steps = {}, [], {}, []
        try:
            await self._show()
        finally:
            self.loaded = True
        live.watch(self, OrderState.refresh, "orders", "imports", subject=self.number)

    @handler
    async def refresh(self) -> None:
        """Something changed on this order: show it where it stands, and let the cards concerned glow."""
        before = {item.id: item for item in self.items}
        await self._show()
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
        people = await call(self, vault_people.reveal, item_ids=[UUID(item)], purpose="order page")
        for person in people:
            self.persons[item] = PersonView(
                person.name, person.details, f"/photos/{item}" if person.has_photo else ""
            )

    @handler
    async def hide(self, item: str) -> None:
        """Mask the person again."""
        self.persons.pop(item, None)

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

    async def _show(self) -> None:
        order = await call(self, order_details.details, number=self.number)
        page = await call(self, order_details.items, number=self.number, cursor=self._cursor)
        outlook = await call(self, erasure.outlook, order_id=UUID(order.id))
        self.order, self.items = order, list(page.rows)
        self.newer, self.older = page.previous, page.following
        self.steps = _steps(order)
        self.data = _data(order, outlook)
        self.editable = order.fulfilment in EDITABLE
        self.may_show = (
            caller().may(Permission.PERSONS_READ) and order.own and order.personal_data != PersonalData.ERASED
        )
        if not self.may_show:
            self.persons = {}


def _steps(order: OrderDetails) -> list[StepView]:
    arrivals = {
        Fulfilment(move.end): Arrival(move.at, _who(move))
        for move in order.moves
        if move.axis == "fulfilment"
    }
    counts = Counts(order.cards, order.produced, order.shipped, order.delivered)
    return [_view(step) for step in journey(Fulfilment(order.fulfilment), arrivals, counts)]


def _view(step: Step) -> StepView:
    language = caller().language
    note = catalogue.render(step.note, language) if step.note else step.who
    return StepView(catalogue.render(step.title, language), note, step.at, step.state)


def _who(move: MoveRow) -> str:
    if move.who or not move.role:
        return move.who
    return catalogue.render(ROLE[Role(move.role)], caller().language)


def _data(order: OrderDetails, outlook: erasure.ErasureOutlook) -> DataView:
    language = caller().language
    return DataView(
        state=order.personal_data,
        held=order.held,
        can_erase=outlook.can_erase and caller().may(Permission.ORDERS_ERASE),
        reasons=[catalogue.render(reason, language) for reason in outlook.reasons],
        policy=catalogue.render(outlook.policy, language),
        kept_until=outlook.kept_until.isoformat() if outlook.kept_until else "",
        days_left=outlook.days_left,
        days_kept=outlook.days_kept,
        persons=outlook.persons,
        under_way=outlook.under_way,
        erased_at=outlook.erased_at.isoformat() if outlook.erased_at else "",
        erased_by=catalogue.render(ROLE[Role(outlook.erased_by_role)], language)
        if outlook.erased_by_role
        else "",
        certificate=str(outlook.certificate_id) if outlook.certificate_id else "",
    )
