"""The papers of an order as PDF, in the reader's language."""

from collections.abc import Sequence

from babel.numbers import format_decimal
from reportlab.platypus import Flowable

from nexus_portal.adapters import dates
from nexus_portal.domain.text import Message
from nexus_portal.services import paper
from nexus_portal.services.documents import (
    Confirmation,
    DeliveryNote,
    InvoicePaper,
    Letterhead,
    PaperLine,
)
from nexus_portal.services.paper import Paper
from nexus_portal.services.pieces import AccessoryCount

_SUMS = (0.46, 0.2, 0.1, 0.24 / 2, 0.24 / 2)
_CODES_A_ROW = 4


def confirmation(row: Confirmation, language: str) -> bytes:
    """The order confirmation."""
    page = _Page(row.head, Message("Order confirmation"), language)
    flow = [
        *page.opening((Message("Ordered by"), row.ordered_by), (Message("Promised"), page.day(row.promised))),
        *page.sums(row.lines, Message("Layout")),
    ]
    return page.pdf(flow)


def delivery_note(row: DeliveryNote, language: str) -> bytes:
    """The delivery note of a parcel, with the codes of the cards and the accessories in it."""
    page = _Page(row.head, Message("Delivery note"), language)
    cards, beside = len(row.codes), sum(each.quantity for each in row.accessories)
    flow = page.opening(
        (Message("Carrier"), row.carrier),
        (Message("Tracking number"), row.tracking),
        (Message("Cards"), str(cards) if cards else ""),
        (Message("Accessories"), format_decimal(beside, locale=language) if beside else ""),
    )
    if cards:
        flow += [
            page.heading(Message("Cards in this parcel")),
            *(paper.line("     ".join(part)) for part in _rows_of_codes(row.codes)),
        ]
    if beside:
        flow += [page.heading(Message("Accessories in this parcel")), *page.accessories(row.accessories)]
    return page.pdf(flow)


def invoice(row: InvoicePaper, language: str) -> bytes:
    """The invoice, or the credit note."""
    title = Message("Credit note") if row.total < 0 else Message("Invoice")
    page = _Page(row.head, title, language)
    return page.pdf([*page.opening(), *page.sums(row.lines, Message("Cost centre"))])


def _rows_of_codes(codes: Sequence[str]) -> list[Sequence[str]]:
    return [codes[start : start + _CODES_A_ROW] for start in range(0, len(codes), _CODES_A_ROW)]


class _Page(Paper):
    """One paper: its head, its facts, its lines."""

    def __init__(self, head: Letterhead, title: Message, language: str) -> None:
        super().__init__(language)
        self.letterhead = head
        self.title = title

    def opening(self, *more: tuple[Message, str]) -> list[Flowable]:
        """Title, number and the facts of the order; what is empty is left out."""
        head = self.letterhead
        facts = (
            (Message("Date"), self.day(head.at)),
            (Message("Customer"), f"{head.customer} ({head.customer_number})"),
            (Message("Order"), head.order),
            (Message("Reference"), head.reference),
            (Message("Cost centre"), head.cost_centre),
            (Message("Delivery address"), head.delivery_address),
            *more,
        )
        return [
            *self.head(self.title, head.number),
            self.facts(*((label, value) for label, value in facts if value)),
            paper.gap(14),
        ]

    def sums(self, lines: Sequence[PaperLine], note: Message) -> list[Flowable]:
        """The lines with what they cost, and their sum without VAT."""
        heads = (Message("Article"), note, Message("Quantity"), Message("Each"), Message("Sum"))
        rows = [
            (
                line.article,
                line.note,
                format_decimal(line.quantity, locale=self.language),
                self._money(line.unit_price),
                self._money(line.quantity * line.unit_price),
            )
            for line in lines
        ]
        total = sum(line.quantity * line.unit_price for line in lines)
        return [
            self.columns(heads, rows, _SUMS, texts=2),
            paper.gap(),
            self.facts((Message("Total without VAT"), self._money(total))),
        ]

    def accessories(self, rows: Sequence[AccessoryCount]) -> list[Flowable]:
        """What is taken from a shelf: how many of what."""
        return [
            paper.line(f"{format_decimal(each.quantity, locale=self.language)} × {each.name}")
            for each in rows
        ]

    def day(self, stamp: str) -> str:
        """A day in words."""
        return dates.day_of(stamp, self.language)

    def pdf(self, flow: list[Flowable]) -> bytes:
        """The paper's bytes."""
        title = f"{self.say(self.title)} {self.letterhead.number}"
        return paper.pdf(flow, title=title, language=self.language, footer=title)

    def _money(self, ore: int) -> str:
        return f"{format_decimal(ore / 100, '#,##0.00', locale=self.language)} SEK"
