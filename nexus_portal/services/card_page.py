"""One issued card: its whole way, what it takes the place of, and what takes its place. No person."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import item_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import cards, order_items, tenancy
from nexus_portal.services.cards import CardRow
from nexus_portal.services.order_items import WayStep
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDetails:
    """A card with its way, oldest first.

    `replaces` is the number of the card whose place it takes, for `replaces_why`. `replaced_by` is a card's
    number, or the code of the card item that is still being made, in the order `replaced_in`.
    """

    card: CardRow
    way: tuple[WayStep, ...]
    replaces: str
    replaces_why: str
    replaced_by: str
    replaced_in: str


@use_case(Permission.CARDS_READ, reads=True)
def card_details(session: Session, actor: Actor, *, number: str) -> CardDetails:
    """One card of the actor's account.

    Raises:
        NotFound: there is none with this number.
    """
    found = cards.find(session, actor, number)
    item = tenancy.get(session, actor, CardItem, found.item_id)
    successor, code = _successor(session, actor, found)
    return CardDetails(
        card=cards.row_of(session, actor, found),
        way=order_items.way_of(session, actor, item.id),
        replaces=_number(session, actor, item),
        replaces_why=item.replaces_why,
        replaced_by=successor,
        replaced_in=code.rpartition("-")[0],
    )


def _number(session: Session, actor: Actor, item: CardItem) -> str:
    if item.replaces_id is None:
        return ""
    before = session.exec(tenancy.rows_of(actor, Card).where(Card.id == item.replaces_id)).one_or_none()
    return before.number if before else ""


def _successor(session: Session, actor: Actor, found: Card) -> tuple[str, str]:
    """The newest card made in this one's place: its number, or its item's code; and that code."""
    query = (
        select(Order.serial, CardItem.position, Card.number)
        .join(CardItem, col(CardItem.order_id) == col(Order.id))
        .join(Card, col(Card.item_id) == col(CardItem.id), isouter=True)
        .where(tenancy.within(actor, CardItem.account_id), CardItem.replaces_id == found.id)
        .order_by(col(Order.serial).desc())
        .limit(1)
    )
    row = session.exec(query).one_or_none()
    if row is None:
        return "", ""
    serial, position, number = row
    code = item_code(serial, position)
    return number or code, code
