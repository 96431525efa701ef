"""What every change of a draft begins with: which order, whose, and may it still be edited; and its lines."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed
from nexus_portal.domain.lifecycles import EDITABLE, Stage
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order, OrderLine
from nexus_portal.services import (
    account_prices,
    account_standing,
    audit,
    order_details,
    order_words,
    related,
    serials,
    tenancy,
)
from nexus_portal.services.layouts import LayoutRow, offered, price_of

KEPT_BY = order_words.__name__
"""Orders are begun here: in every process that does, their words are kept beside them."""
LIVE = (Stage.COLLECTING, Stage.IN_REVIEW, Stage.READY)
"""Stages of card items that an order still carries while it is edited."""


def begin(session: Session, actor: Actor, layout: LayoutRow | None) -> Order:
    """A new draft order of the actor's without card items, with one line in this layout if there is any.

    Raises:
        NotYet: nothing can be ordered in the account now.
    """
    account = tenancy.get(session, actor, Account, own_account(actor))
    account_standing.refuse_orders(account)
    now = clock.now()
    order = Order(
        account_id=account.id,
        serial=serials.next_order_serial(session),
        delivery_address=account.delivery_address,
        orderer_id=own_user(actor),
        created_at=now,
        changed_at=now,
    )
    session.add(order)
    session.flush()
    if layout is not None:
        line_for(session, actor, order, layout)
    return order


def editable(session: Session, actor: Actor, number: str) -> Order:
    """The actor's own draft or rejected order, held until the transaction ends.

    Raises:
        NotFound: no such order in the actor's account.
        NotAllowed: a colleague's.
        Conflict: it is on its way already.
    """
    order = order_details.find(session, actor, number, lock=True)
    return _own_and_open(actor, order)


def shared(session: Session, actor: Actor, number: str) -> Order:
    """A draft or rejected order of the account's, held: for what concerns no person, colleagues may help.

    Raises:
        NotFound: no such order in the actor's account.
        Conflict: it is on its way already.
    """
    return _open(order_details.find(session, actor, number, lock=True))


def editable_by_id(session: Session, actor: Actor, order_id: UUID) -> Order:
    """The same by the order's id; see `editable`."""
    return _own_and_open(actor, tenancy.get(session, actor, Order, order_id, lock=True))


def of_item(session: Session, actor: Actor, item_id: UUID) -> tuple[Order, CardItem]:
    """A card item of an order that the actor may edit, and the order; see `editable`."""
    item = tenancy.get(session, actor, CardItem, item_id)
    order = editable_by_id(session, actor, item.order_id)
    if item.stage not in LIVE:
        raise Conflict
    return order, item


def lines_of(session: Session, actor: Actor, order: Order) -> list[OrderLine]:
    """The lines of an order, as they were added: one per layout, one per accessory."""
    query = tenancy.rows_of(actor, OrderLine).where(OrderLine.order_id == order.id)
    return list(session.exec(query.order_by(col(OrderLine.id))))


def line_for(session: Session, actor: Actor, order: Order, layout: LayoutRow) -> OrderLine:
    """The line of an order whose cards are made in this layout version; added if there is none yet."""
    layout_id = UUID(layout.id)
    query = tenancy.rows_of(actor, OrderLine).where(
        OrderLine.order_id == order.id, OrderLine.layout_id == layout_id
    )
    found = session.exec(query).first()
    if found is not None:
        return found
    source = tenancy.get(session, actor, Layout, layout_id)
    line = OrderLine(
        account_id=order.account_id,
        order_id=order.id,
        article_id=source.article_id,
        layout_id=source.id,
        serial=order.serial,
        quantity=0,
        unit_price=layout.price,
    )
    session.add(line)
    session.flush()
    return line


def layout_of(session: Session, actor: Actor, order: Order) -> LayoutRow:
    """The layout version of a draft's first cards, though a newer one may be on offer.

    Further cards may have other layouts: see `layout_of_item`.
    """
    return next(iter(layouts_of(session, actor, order).values()))


def layout_of_item(session: Session, actor: Actor, item: CardItem) -> LayoutRow:
    """The layout version of one card item."""
    layout = tenancy.get(session, actor, Layout, item.layout_id)
    return offered(layout, price_of(session, actor, layout))


def layouts_of(session: Session, actor: Actor, order: Order) -> Mapping[UUID, LayoutRow]:
    """The layout versions of an order's cards, in the order of its lines."""
    lines = [line for line in lines_of(session, actor, order) if line.layout_id is not None]
    layouts = related.by_id(session, actor, Layout, (line.layout_id for line in lines))
    articles = account_prices.priced(session, actor, order.account_id, (line.article_id for line in lines))
    return {
        line.layout_id: offered(layouts[line.layout_id], articles[line.article_id])
        for line in lines
        if line.layout_id is not None
    }


def live_items(session: Session, actor: Actor, order: Order, *stages: Stage) -> list[CardItem]:
    """The card items of an order at these stages, in their order; all that are live unless told."""
    query = tenancy.rows_of(actor, CardItem).where(
        CardItem.order_id == order.id, col(CardItem.stage).in_(stages or LIVE)
    )
    return list(session.exec(query.order_by(col(CardItem.position))))


def record(session: Session, actor: Actor, action: str, order: Order, **facts: int | list[str]) -> None:
    """Write into the audit log what was done to a draft."""
    audit.record(
        session,
        actor,
        action,
        subject=order_details.order_number(order.serial),
        account_id=order.account_id,
        **facts,
    )


def _own_and_open(actor: Actor, order: Order) -> Order:
    if order.orderer_id != actor.user_id:
        raise NotAllowed(
            Message("This order is a colleague’s. Only the person who began it sees and changes its persons.")
        )
    return _open(order)


def _open(order: Order) -> Order:
    if order.fulfilment not in EDITABLE:
        raise Conflict(Message("The order is on its way and cannot be changed any more."))
    return order


def own_account(actor: Actor) -> UUID:
    """The account that somebody orders for."""
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def own_user(actor: Actor) -> UUID:
    """The person who orders."""
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id
