"""What is in a draft order besides persons: its lines with their prices, and the accessories among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import ArticleKind, Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import account_prices, draft_orders, draft_rows, related, tenancy
from nexus_portal.services.account_prices import Priced
from nexus_portal.services.idempotency import once
from nexus_portal.services.use_case import use_case

MOST = 10_000
"""Pieces of one accessory in an order."""


@dataclass(frozen=True, slots=True)
class AccessoryRow:
    """What lies on the bureau's shelf; `price` in öre a piece, without VAT."""

    id: str
    name: str
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """One line of a draft at the price of today, in öre without VAT. An accessory has no layout."""

    id: str
    article: str
    layout: str
    quantity: int
    unit_price: int

    @property
    def accessory(self) -> bool:
        """True for what is taken from a shelf and made for nobody."""
        return not self.layout

    @property
    def price(self) -> int:
        """All pieces together."""
        return self.quantity * self.unit_price


@use_case(Permission.ORDERS_CREATE, reads=True)
def accessories(session: Session, actor: Actor) -> tuple[AccessoryRow, ...]:
    """What can be ordered besides cards, by name."""
    found = account_prices.priced(session, actor, tenancy.own_account(actor)).values()
    rows = [
        AccessoryRow(str(each.article.id), each.name, each.price) for each in found if _is_accessory(each)
    ]
    return tuple(sorted(rows, key=lambda row: row.name))


@use_case(Permission.ORDERS_CREATE)
def begin_with(session: Session, actor: Actor, *, article_id: UUID, quantity: int, key: str) -> str:
    """Begin a draft with pieces of an accessory, and no card; returns its number. The same `key` begins one.

    Raises:
        NotFound: the article is not offered.
        Invalid: that is not a number of pieces that can be ordered.
    """

    def begin() -> str:
        order = draft_orders.begin(session, actor, None)
        draft_orders.record(session, actor, "draft:begun", order, cards=0)
        _put(session, actor, order, article_id, quantity)
        return order_number(order.serial)

    return once(session, actor, key and f"accessory {key}", begin)


@use_case(Permission.ORDERS_CREATE)
def add_accessory(session: Session, actor: Actor, *, number: str, article_id: UUID, quantity: int) -> None:
    """Put pieces of an accessory into a draft; what is there of it already becomes more. Colleagues may help.

    Raises:
        NotFound: no such draft in the actor's account, or the article is not offered.
        Invalid: that is not a number of pieces that can be ordered.
    """
    _put(session, actor, draft_orders.shared(session, actor, number), article_id, quantity)


@use_case(Permission.ORDERS_CREATE)
def set_quantity(session: Session, actor: Actor, *, number: str, line_id: UUID, quantity: int) -> None:
    """Say how many pieces of an accessory are wanted. Cards are as many as there are persons.

    Raises:
        NotFound: the draft has no such line.
        Invalid: it is a line of cards, or that is not a number of pieces that can be ordered.
    """
    order = draft_orders.shared(session, actor, number)
    line = _line(session, actor, order, line_id)
    if line.layout_id is not None:
        raise Invalid(Message("There is one card per person. Add or remove rows instead."))
    if line.quantity != quantity:
        line.quantity = _pieces(quantity)
        session.add(line)
        _changed(session, actor, order, "draft:quantity_set", quantity=quantity)


@use_case(Permission.ORDERS_CREATE)
def remove_line(session: Session, actor: Actor, *, number: str, line_id: UUID) -> None:
    """Take a line out of a draft; with cards, all that is known of their persons goes too.

    Raises:
        NotFound: the draft has no such line.
        NotAllowed: it is a line of cards, and the draft a colleague's.
        Invalid: nothing would be left in the draft.
    """
    order = draft_orders.shared(session, actor, number)
    line = _line(session, actor, order, line_id)
    if line.layout_id is not None:
        draft_orders.editable(session, actor, number)
        if len(draft_orders.lines_of(session, actor, order)) == 1:
            raise Invalid(Message("These are the only cards of the draft. Throw the draft away instead."))
        query = tenancy.rows_of(actor, CardItem).where(CardItem.line_id == line.id)
        draft_rows.take_away(session, actor, order, session.exec(query).all())
    session.delete(line)
    _changed(session, actor, order, "draft:line_removed", quantity=line.quantity)


def lines(session: Session, actor: Actor, order: Order) -> tuple[CartLine, ...]:
    """The lines of a draft at the prices of today: cards first, then accessories."""
    found = draft_orders.lines_of(session, actor, order)
    articles = account_prices.priced(session, actor, order.account_id, (line.article_id for line in found))
    layouts = related.by_id(session, actor, Layout, (line.layout_id for line in found))
    rows = [
        CartLine(
            id=str(line.id),
            article=articles[line.article_id].name,
            layout=layouts[line.layout_id].name if line.layout_id else "",
            quantity=line.quantity,
            unit_price=articles[line.article_id].price,
        )
        for line in found
    ]
    return tuple(sorted(rows, key=lambda row: row.accessory))


def close(session: Session, actor: Actor, order: Order) -> None:
    """Fix the prices of the day, and drop the lines of layouts whose cards were all taken away."""
    found = draft_orders.lines_of(session, actor, order)
    articles = account_prices.priced(session, actor, order.account_id, (line.article_id for line in found))
    for line in found:
        if line.quantity:
            line.unit_price = articles[line.article_id].price
            session.add(line)
        else:
            session.delete(line)
    session.flush()


def price_of(found: Sequence[CartLine]) -> int:
    """All lines together, in öre without VAT."""
    return sum(line.price for line in found)


def _is_accessory(article: Priced) -> bool:
    return article.offered and article.article.kind == ArticleKind.ACCESSORY


def _put(session: Session, actor: Actor, order: Order, article_id: UUID, quantity: int) -> None:
    article = account_prices.priced(session, actor, order.account_id, [article_id]).get(article_id)
    if article is None or not _is_accessory(article):
        raise NotFound(Message("This is no longer offered. Choose something else."))
    query = tenancy.rows_of(actor, OrderLine).where(
        OrderLine.order_id == order.id,
        OrderLine.article_id == article_id,
        col(OrderLine.layout_id).is_(None),
    )
    line = session.exec(query).first() or OrderLine(
        account_id=order.account_id,
        order_id=order.id,
        article_id=article_id,
        serial=order.serial,
        quantity=0,
        unit_price=article.price,
    )
    line.quantity = _pieces(line.quantity + quantity) if quantity > 0 else _pieces(quantity)
    session.add(line)
    _changed(session, actor, order, "draft:accessory_added", quantity=quantity)


def _pieces(quantity: int) -> int:
    if not 1 <= quantity <= MOST:
        raise Invalid(Message("Write a number of pieces between 1 and {most}.", most=MOST))
    return quantity


def _line(session: Session, actor: Actor, order: Order, line_id: UUID) -> OrderLine:
    line = tenancy.get(session, actor, OrderLine, line_id)
    if line.order_id != order.id:
        raise NotFound
    return line


def _changed(session: Session, actor: Actor, order: Order, action: str, *, quantity: int) -> None:
    session.flush()
    draft_rows.count_anew(session, actor, order)
    draft_orders.record(session, actor, action, order, quantity=quantity)
