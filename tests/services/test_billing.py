"""An order whose cards are all produced becomes an invoice."""

from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.lifecycles import Billing, Fulfilment, Stage
from nexus_portal.models.billing import Invoice, InvoiceLine
from nexus_portal.models.orders import CardItem
from nexus_portal.services import billing, billing_lists, progress, shipping
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import WAY, House, both_at_once, house
from tests.world import World


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def invoice(home: House, number: str) -> str:
    return perform(billing.invoice, home.biller, number=number, key=home.key())


def documents(home: House) -> list[tuple[str, int]]:
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        return [(row.number, row.total) for row in session.exec(select(Invoice).order_by(col(Invoice.id)))]


def lines(home: House) -> list[InvoiceLine]:
    with home.world.database.transaction(SYSTEM, writes=False) as session:
        return list(session.exec(select(InvoiceLine).order_by(col(InvoiceLine.id))))


def listed(home: House, show: str) -> list[tuple[str, str, str]]:
    rows = perform(billing_lists.invoices, home.biller, show=show).rows
    return [(row.number, row.invoice, row.credit_note) for row in rows]


def cancel(home: House, number: str) -> None:
    with home.world.database.transaction(home.orderer) as session:
        order = session.merge(home.at(number))
        progress.move_order(session, home.orderer, order, Fulfilment.CANCELLED)


def test_a_produced_order_is_invoiced_by_line(home: House) -> None:
    number = home.produced(3)
    rows = perform(billing_lists.to_invoice, home.biller).rows
    assert [(row.number, row.account, row.cards, row.total) for row in rows] == [
        (number, "Björkskolan", 3, 14700)
    ]
    assert invoice(home, number) == "I-2026-0001"
    (line,) = lines(home)
    assert (line.order_number, line.article, line.cost_centre) == (number, "PVC card", "4711")
    assert (line.quantity, line.unit_price, documents(home)) == (3, 4900, [("I-2026-0001", 14700)])
    assert home.at(number).billing == Billing.INVOICED
    assert perform(billing_lists.to_invoice, home.biller).rows == ()
    assert listed(home, "invoiced") == [(number, "I-2026-0001", "")]


def test_an_invoice_has_no_room_for_persons() -> None:
    columns = {str(c.name) for c in SQLModel.metadata.tables["invoice_lines"].columns}
    assert columns == {
        "id", "account_id", "invoice_id", "order_number", "article", "cost_centre", "quantity", "unit_price",
    }  # fmt: skip


def test_an_order_is_invoiced_once_all_its_cards_are_produced(home: House) -> None:
    number = home.accepted(3)
    home.advance(home.batch(limit=2), *WAY)
    with pytest.raises(NotYet) as refusal:
        invoice(home, number)
    assert str(refusal.value.reasons[0]) == "1 of 3 cards are not produced yet."
    assert perform(billing_lists.to_invoice, home.biller).rows == ()


def test_a_part_shipped_order_is_not_invoiced(home: House) -> None:
    number = home.accepted(3)
    home.advance(home.batch(limit=2), *WAY)
    home.pack(number)
    with pytest.raises(NotYet):
        invoice(home, number)


@pytest.mark.parametrize("way", ["shipped", "delivered"])
def test_an_order_may_be_invoiced_later_too(home: House, way: str) -> None:
    number = home.delivered(2) if way == "delivered" else home.shipped(2)[0]
    invoice(home, number)
    assert home.at(number).fulfilment == way


def test_cards_that_were_cancelled_are_not_charged(home: House) -> None:
    number = home.accepted(3)
    with home.world.database.transaction(SYSTEM) as session:
        item = session.exec(select(CardItem).where(CardItem.position == 3)).one()
        progress.move_items(session, SYSTEM, [item], Stage.CANCELLED)
    home.advance(home.batch(), *WAY)
    invoice(home, number)
    assert (lines(home)[0].quantity, documents(home)[0][1]) == (2, 9800)


def test_a_form_sent_twice_makes_one_invoice(home: House) -> None:
    number = home.produced(1)
    again = [perform(billing.invoice, home.biller, number=number, key="once") for _ in range(2)]
    assert again == ["I-2026-0001"] * 2
    with pytest.raises(Conflict):
        invoice(home, number)
    assert len(documents(home)) == 1


def test_two_who_invoice_at_once_leave_one_invoice_and_no_gap(home: House) -> None:
    number, other = home.produced(2), home.produced(1)
    results = both_at_once(*[lambda: invoice(home, number)] * 2)
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert invoice(home, other) == "I-2026-0002"
    assert len(documents(home)) == 2


def test_an_invoice_is_paid_and_may_be_credited(home: House) -> None:
    number = home.produced(2)
    invoice(home, number)
    perform(billing.paid, home.biller, number=number)
    assert listed(home, "paid") == [(number, "I-2026-0001", "")]
    assert perform(billing.credit, home.biller, number=number) == "K-2026-0001"
    assert documents(home) == [("I-2026-0001", 9800), ("K-2026-0001", -9800)]
    assert [line.quantity for line in lines(home)] == [2, -2]
    assert listed(home, "credited") == [(number, "I-2026-0001", "K-2026-0001")]
    assert home.steps(number, "billing") == [
        ("unbilled", "invoiced"),
        ("invoiced", "paid"),
        ("paid", "credited"),
    ]


@pytest.mark.parametrize("act", [billing.paid, billing.credit, billing.not_billable])
def test_what_is_not_invoiced_is_neither_paid_nor_credited(home: House, act: Any) -> None:
    number = home.produced(1)
    with pytest.raises(Conflict):
        perform(act, home.biller, number=number)


def test_a_cancelled_order_is_settled_as_not_billable(home: House) -> None:
    number = home.order(2)
    cancel(home, number)
    assert [row.number for row in perform(billing_lists.to_settle, home.biller).rows] == [number]
    perform(billing.not_billable, home.biller, number=number)
    assert home.at(number).billing == Billing.NOT_BILLABLE
    assert perform(billing_lists.to_settle, home.biller).rows == ()
    with pytest.raises(NotYet):
        invoice(home, number)


def test_an_unknown_order_or_filter_is_refused(home: House) -> None:
    with pytest.raises(NotFound):
        invoice(home, "2026-99999")
    with pytest.raises(Invalid):
        listed(home, "lost")


def test_others_do_not_invoice(home: House) -> None:
    number = home.produced(1)
    for actor in (home.shipper, home.orderer):
        with pytest.raises(NotAllowed):
            perform(billing.invoice, actor, number=number, key="k")


def test_accessories_are_invoiced_with_the_cards(home: House) -> None:
    number = home.accepted(2, pieces=5)
    home.advance(home.batch(), *WAY)
    [row] = perform(billing_lists.to_invoice, home.biller).rows
    assert (row.total, row.cards, row.pieces) == (2 * 4900 + 5 * 2900, 2, 5)
    made = invoice(home, number)
    assert documents(home) == [(made, row.total)]
    assert [(line.article, line.quantity) for line in lines(home)] == [("PVC card", 2), ("Lanyard", 5)]


def test_accessories_alone_are_invoiced_once_they_leave(home: House) -> None:
    number = home.accepted(0, pieces=5)
    part = home.pack(number, 2)
    perform(shipping.ship, home.shipper, number=part)
    with pytest.raises(NotYet, match="cannot be invoiced"):
        invoice(home, number)
    assert perform(billing_lists.to_invoice, home.biller).rows == ()
    home.pack(number)
    [row] = perform(billing_lists.to_invoice, home.biller).rows
    assert (row.number, row.total) == (number, 5 * 2900)
    made = invoice(home, number)
    assert [(line.article, line.quantity) for line in lines(home)] == [("Lanyard", 5)]
    credited = perform(billing.credit, home.biller, number=number)
    assert documents(home) == [(made, 14500), (credited, -14500)]
