"""The rows of some thousand orders that follow each other in time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nexus_portal.demo.crowd import moves, tables
from nexus_portal.demo.crowd.calendar import Calendar
from nexus_portal.demo.crowd.customers import ARTICLE, PRICE, Customer
from nexus_portal.demo.crowd.lives import DAY, DELIVERED, KEPT, PACKED, PRODUCED, SHIPPED, STAGE, Life
from nexus_portal.demo.crowd.numbers import Numbers
from nexus_portal.demo.crowd.outcome import Outcome, outcome
from nexus_portal.demo.crowd.tables import Row
from nexus_portal.domain.cards import KEPT_BLOCKED, VALID_YEARS
from nexus_portal.domain.lifecycles import Billing, CardStatus, Fulfilment, PersonalData
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.order_words import words_of

BATCHED = 3
LARGEST_BATCH = 480
REFERENCES = ("New staff", "Replacements", "Autumn intake", "Contractors", "Name changes", "Second site")


@dataclass(frozen=True, slots=True)
class Planned:
    """An order before its rows are written. `begun` in seconds since 1970."""

    customer: Customer
    serial: int
    begun: int
    life: Life


@dataclass(frozen=True, slots=True)
class Holder:
    """A card item whose person is still kept; ids as hex digits."""

    account_id: str
    order_id: str
    item_id: str
    begun: str
    delivered: str | None


@dataclass(slots=True)
class _Batch:
    id: str
    customer: Customer
    step: int
    made: int
    cards: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What a chunk came to: rows by table, moves and persons to be written later, counts, last numbers."""

    rows: Mapping[str, Sequence[Row]]
    moves: Sequence[Row]
    holders: Sequence[Holder]
    orders: int
    items: int
    last: Mapping[str, int]


class Chunk:
    """Fills the rows of all tables, order by order; those of one customer should follow each other."""

    def __init__(self, calendar: Calendar, numbers: Numbers, staff: Mapping[str, str]) -> None:
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        self.moves: list[Row] = []
        self.holders: list[Holder] = []
        self._orders = self._items = 0
        self._calendar, self._numbers = calendar, numbers
        self._batches: dict[tuple[str, int], _Batch] = {}
        self._staff = staff

    def add(self, planned: Planned) -> None:
        """Write one order as it stands now."""
        self._orders += 1
        age = self._calendar.now - planned.begun
        now = outcome(planned.life, age)
        order_id = self._numbers.identifier()
        self._write_order(planned, order_id, now)
        items = self._write_items(planned, order_id, now)
        if now.billing in {Billing.INVOICED, Billing.PAID}:
            self._write_invoice(planned, order_id)
        if now.personal_data is PersonalData.FULL:
            self._write_moves(planned, order_id, items, now, age)
            begun = self._calendar.stamp(planned.begun)
            account = planned.customer.account_id
            self.holders += [
                Holder(
                    account,
                    order_id,
                    item_id,
                    begun,
                    self._delivered(planned, now, last=item_id == items[-1]),
                )
                for item_id in items
            ]

    def closed(self) -> "Made":
        """All of it, with the batches, whose sizes are known at last."""
        for batch in self._batches.values():
            self._write_batch(batch)
        self._batches.clear()
        return Made(dict(self.rows), self.moves, self.holders, self._orders, self._items, self._numbers.last)

    def _delivered(self, planned: Planned, now: Outcome, *, last: bool) -> str | None:
        done, marks = (now.late, planned.life.late) if last else (now.done, planned.life.marks)
        return self._calendar.stamp(planned.begun + marks[-1]) if done == DELIVERED else None

    def _write_order(self, planned: Planned, order_id: str, now: Outcome) -> None:
        stamp, begun, life = self._calendar.stamp, planned.begun, planned.life
        reference = REFERENCES[planned.serial % len(REFERENCES)]
        cost_centre = str(1000 + planned.serial % 37 * 10)
        self.rows[tables.WORDS.name] += [
            (planned.customer.account_id, planned.serial, word) for word in words_of(reference, cost_centre)
        ]
        erased = now.personal_data is PersonalData.ERASED
        delivered = begun + life.late[-1] if now.all_delivered else None
        self.rows[tables.ORDERS.name].append(
            (
                order_id,
                planned.customer.account_id,
                planned.serial,
                reference,
                cost_centre,
                planned.customer.address,
                planned.customer.orderer_id,
                now.fulfilment.value,
                now.billing.value,
                now.personal_data.value,
                now.reason,
                life.cards,
                now.produced,
                now.shipped,
                now.delivered,
                stamp(begun),
                stamp(begun + now.changed),
                stamp(begun + life.marks[0]) if now.done else None,
                stamp(delivered) if delivered else None,
                self._calendar.date(delivered + KEPT) if delivered else None,
                stamp(begun + life.erased) if erased else None,
                now.done + now.late,
            )
        )

    def _write_line(self, planned: Planned, order_id: str) -> str:
        customer, line_id = planned.customer, self._numbers.identifier()
        self.rows[tables.LINES.name].append(
            (
                line_id,
                customer.account_id,
                order_id,
                customer.article_id,
                customer.layout_id,
                planned.serial,
                planned.life.cards,
                PRICE,
            )
        )
        return line_id

    def _write_items(self, planned: Planned, order_id: str, now: Outcome) -> list[str]:
        customer, life, identifier = planned.customer, planned.life, self._numbers.identifier
        line_id, written = self._write_line(planned, order_id), list[str]()
        parcel = self._parcel(planned, order_id, life.marks, now.done, life.cards - (now.late < now.done))
        parcel_late = (
            self._parcel(planned, order_id, life.late, now.late, 1) if now.late < now.done else parcel
        )
        for position in range(1, life.cards + 1):
            last = position == life.cards
            done, marks = (now.late, life.late) if last else (now.done, life.marks)
            item_id, at = identifier(), planned.begun + (marks[done - 1] if done else 0)
            self.rows[tables.ITEMS.name].append(
                (
                    item_id,
                    customer.account_id,
                    order_id,
                    line_id,
                    customer.layout_id,
                    position,
                    STAGE[done].value,
                    self._calendar.stamp(at),
                    self._batch(planned, done, marks) if done >= BATCHED else None,
                    parcel_late if last else parcel,
                )
            )
            written.append(item_id)
            if done >= PRODUCED:
                self._write_card(planned, item_id, position, done, marks)
        self._items += life.cards
        return written

    def _write_card(
        self, planned: Planned, item_id: str, position: int, done: int, marks: tuple[int, ...]
    ) -> None:
        made = planned.begun + marks[PRODUCED - 1]
        status, changed, reason = CardStatus.ISSUED, made, ""
        if done == DELIVERED:
            status, changed, reason = self._fate(planned.serial + position, planned.begun + marks[-1])
        self.rows[tables.CARDS.name].append(
            (
                self._numbers.identifier(),
                planned.customer.account_id,
                item_id,
                self._numbers.document("C", self._calendar.year(made)),
                self._calendar.date(made + VALID_YEARS * 365 * DAY),
                status.value,
                self._calendar.stamp(changed),
                reason,
                self._calendar.stamp(made),
            )
        )

    def _fate(self, chance: int, delivered: int) -> tuple[CardStatus, int, str]:
        """What became of a delivered card: most are in use, some ended, few are blocked for under 90 days."""
        ended = delivered + chance % 400 * DAY
        if chance % 53 == 0 and ended <= self._calendar.now:
            return CardStatus.TERMINATED, ended, ""
        blocked = self._calendar.now - chance % KEPT_BLOCKED.days * DAY
        if chance % 211 == 0 and blocked > delivered:
            return CardStatus.BLOCKED, blocked, "lost"
        return CardStatus.ACTIVE, delivered, ""

    def _parcel(
        self, planned: Planned, order_id: str, marks: tuple[int, ...], done: int, cards: int
    ) -> str | None:
        if done < PACKED:
            return None
        stamp, begun = self._calendar.stamp, planned.begun
        shipment_id = self._numbers.identifier()
        self.rows[tables.SHIPMENTS.name].append(
            (
                shipment_id,
                planned.customer.account_id,
                order_id,
                self._numbers.document("S", self._calendar.year(begun + marks[PACKED - 1])),
                f"0037{planned.serial:014d}SE",
                cards,
                stamp(begun + marks[PACKED - 1]),
                stamp(begun + marks[SHIPPED - 1]) if done >= SHIPPED else None,
                stamp(begun + marks[-1]) if done == DELIVERED else None,
            )
        )
        return shipment_id

    def _batch(self, planned: Planned, done: int, marks: tuple[int, ...]) -> str:
        key = (planned.customer.account_id, min(done, PACKED))
        batch = self._batches.get(key)
        if batch is None or batch.cards >= LARGEST_BATCH:
            if batch is not None:
                self._write_batch(batch)
            made = planned.begun + marks[BATCHED - 1]
            batch = self._batches[key] = _Batch(self._numbers.identifier(), planned.customer, key[1], made)
        batch.cards += 1
        return batch.id

    def _write_batch(self, batch: _Batch) -> None:
        state = "reconciled" if batch.step == PACKED else "closed" if batch.step == BATCHED else "running"
        self.rows[tables.BATCHES.name].append(
            (
                batch.id,
                batch.customer.account_id,
                self._numbers.document("B", self._calendar.year(batch.made)),
                batch.customer.layout_id,
                state,
                batch.cards,
                batch.cards,
                batch.cards if batch.step >= PRODUCED else 0,
                self._calendar.stamp(batch.made),
                self._calendar.stamp(batch.made),
            )
        )

    def _write_invoice(self, planned: Planned, order_id: str) -> None:
        account, issued = planned.customer.account_id, planned.begun + planned.life.invoiced
        invoice_id, cards = self._numbers.identifier(), planned.life.cards
        number = self._numbers.document("I", self._calendar.year(issued))
        self.rows[tables.INVOICES.name].append(
            (invoice_id, account, order_id, number, cards * PRICE, self._calendar.stamp(issued))
        )
        self.rows[tables.INVOICE_LINES.name].append(
            (
                self._numbers.identifier(),
                account,
                invoice_id,
                order_number(planned.serial),
                ARTICLE,
                str(1000 + planned.serial % 37 * 10),
                cards,
                PRICE,
            )
        )

    def _write_moves(self, planned: Planned, order_id: str, items: list[str], now: Outcome, age: int) -> None:
        """All moves of orders that still hold persons; of their cards only while the order is open."""
        found = list(moves.of_order(planned.life, age))
        if now.fulfilment not in {Fulfilment.DELIVERED, Fulfilment.CLOSED}:
            found += moves.of_items(planned.life, age)
        account, orderer = planned.customer.account_id, planned.customer.orderer_id
        self.moves += [
            (
                account,
                order_id,
                items[move.position - 1] if move.position else None,
                move.axis,
                move.start,
                move.end,
                self._calendar.stamp(planned.begun + move.at),
                self._staff.get(move.role, orderer),
                move.role.value,
                move.reason,
            )
            for move in found
        ]
