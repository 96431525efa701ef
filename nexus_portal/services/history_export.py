"""Taking the order history away: what is wanted, all of it, in its order. No personal data is in it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum

from sqlmodel import Session

from nexus_portal.domain import words
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import audit, history, history_choices
from nexus_portal.services.history import OrderRow, Wanted
from nexus_portal.services.use_case import perform, use_case

FORMS = ("csv", "xlsx")
HEADINGS = (
    Message("Order"),
    Message("Ordered"),
    Message("Orderer"),
    Message("Reference"),
    Message("Cost centre"),
    Message("Cards"),
    Message("Produced"),
    Message("Accessories"),
    Message("Fulfilment"),
    Message("Billing"),
    Message("Personal data"),
    Message("Erased"),
    Message("Changed"),
)
Cell = str | int | Message


@use_case(Permission.ORDERS_READ)
def begin(session: Session, actor: Actor, *, wanted: Wanted, form: str) -> int:
    """Write down that the history is taken away, narrowed by what, and how many orders that is: their number.

    Raises:
        Invalid: there is no such form of table.
    """
    if form not in FORMS:
        raise Invalid(Message("There is no such form of table."))
    orders = history.count_all(session.connection(), actor, wanted=wanted)
    narrowed = [each.name for each in fields(wanted) if each.name != "sort" and getattr(wanted, each.name)]
    audit.record(session, actor, "orders:exported", subject=form, orders=orders, filters=narrowed)
    return orders


def rows(actor: Actor, *, wanted: Wanted) -> Iterator[list[Cell]]:
    """Every order that is wanted, page by page: each page is read, and the permission looked at, anew."""
    people = {each.value: each.label for each in perform(history_choices.choices, actor).orderers}
    cursor = ""
    while True:
        page = perform(history.orders, actor, wanted=wanted, cursor=cursor, counting=False)
        for row in page.rows:
            yield _line(row, people)
        cursor = page.older
        if not cursor:
            return


def _line(row: OrderRow, people: Mapping[str, str]) -> list[Cell]:
    return [
        row.number,
        row.created_at[:16].replace("T", " "),
        people.get(row.orderer, ""),
        row.reference,
        row.cost_centre,
        row.cards,
        row.produced,
        row.pieces,
        _word(words.FULFILMENT, row.fulfilment),
        _word(words.BILLING, row.billing),
        _word(words.PERSONAL_DATA, row.personal_data),
        row.erased_at[:10],
        row.changed_at[:16].replace("T", " "),
    ]


def _word(names: Mapping[StrEnum, Message], value: str) -> Cell:
    return next((word for name, word in names.items() if name.value == value), value)
