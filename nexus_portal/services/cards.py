"""The register of issued cards. A block is written down here, and done at the customer's premises [R8]."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false, insert, tuple_, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.cards import CARD_MOVES, CLOSES_NO_DOOR, deleted_on, valid_until
from nexus_portal.domain.errors import Conflict, Invalid, NotFound
from nexus_portal.domain.lifecycles import BlockReason, CardStatus, check_move
from nexus_portal.domain.numbers import item_code, order_number, parse_item_code, parse_order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.base import new_id
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import audit, countdowns, progress, related, serials, tenancy, transitions
from nexus_portal.services.countdowns import Countdown
from nexus_portal.services.keyset import Keyset, Page, moment, whole
from nexus_portal.services.transitions import Cause
from nexus_portal.services.use_case import use_case

LAST_CHANGED_FIRST = Keyset[Card](
    (col(Card.status_changed_at), col(Card.id)),
    lambda card: (card.status_changed_at, card.id),
    (moment, UUID),
    descending=True,
)

IN_ORDER = Keyset[CardItem](
    (CardItem.position, CardItem.id), lambda item: (item.position, item.id), (whole, UUID)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """One card of the register. Times are ISO; `deleted_on` is set while it is blocked [R9]."""

    number: str
    code: str
    order_number: str
    layout: str
    status: str
    status_changed_at: str
    block_reason: str
    valid_until: str
    deleted_on: str
    days_left: int
    """Days until it is deleted while it is blocked, else -1."""
    erased_at: str
    """When all persons of its order were erased, else empty."""
    countdown: Countdown


@dataclass(frozen=True, slots=True)
class Blocked:
    """A card that was blocked, and what its owner still has to do."""

    card: CardRow
    notice: Message = CLOSES_NO_DOOR


@use_case(Permission.CARDS_READ, reads=True)
def register(
    session: Session, actor: Actor, *, status: str = "", search: str = "", cursor: str = ""
) -> Page[CardRow]:
    """Cards by the time of their last change, the newest first, 50 a page; of one status or of all.

    `search` is the number of a card, of a card item or of an order: then its cards come in their order.

    Raises:
        Invalid: there is no such status.
    """
    if status and status not in set(CardStatus):
        raise Invalid(Message("There is no such status."))
    if search.strip():
        return _found(session, actor, search, status, cursor)
    states = [CardStatus(status)] if status else list(CardStatus)
    branches = [tenancy.rows_of(actor, Card).where(Card.status == state) for state in states]
    page = LAST_CHANGED_FIRST.page(session, branches, cursor)
    return page.of(_rows(session, actor, page.rows))


@use_case(Permission.CARDS_READ, reads=True)
def card(session: Session, actor: Actor, *, number: str) -> CardRow:
    """One card by its number.

    Raises:
        NotFound: there is none in the actor's account.
    """
    return row_of(session, actor, find(session, actor, number))


@use_case(Permission.CARDS_BLOCK)
def block(session: Session, actor: Actor, *, number: str, reason: str) -> Blocked:
    """Write down that a card is blocked. This closes no door: the result's notice says so.

    Raises:
        Invalid: there is no such reason.
        Conflict: the card is not in use.
    """
    if reason not in set(BlockReason):
        raise Invalid(Message("Choose why the card is blocked."))
    found = find(session, actor, number)
    _change(session, actor, found, CardStatus.BLOCKED, "card:blocked", block_reason=reason)
    return Blocked(row_of(session, actor, found))


@use_case(Permission.CARDS_BLOCK)
def unblock(session: Session, actor: Actor, *, number: str) -> CardRow:
    """Write down that a blocked card is in use again.

    Raises:
        Conflict: the card is not blocked.
    """
    found = find(session, actor, number)
    if found.status != CardStatus.BLOCKED:
        raise Conflict
    _change(session, actor, found, CardStatus.ACTIVE, "card:unblocked")
    return row_of(session, actor, found)


@use_case(Permission.CARDS_BLOCK)
def terminate(session: Session, actor: Actor, *, number: str) -> Blocked:
    """End a card for good. This closes no door either.

    Raises:
        Conflict: the card has ended already.
    """
    found = find(session, actor, number)
    _change(session, actor, found, CardStatus.TERMINATED, "card:terminated")
    return Blocked(row_of(session, actor, found))


def issue(session: Session, items: Sequence[CardItem]) -> None:
    """Enter the cards of produced card items, numbered in their order."""
    now = clock.now()
    numbers = serials.next_documents(session, "C", len(items))
    rows = [
        {
            "id": new_id(),
            "account_id": item.account_id,
            "item_id": item.id,
            "number": number,
            "valid_until": valid_until(now.date()),
            "status": CardStatus.ISSUED,
            "status_changed_at": now,
            "block_reason": "",
            "created_at": now,
        }
        for item, number in zip(items, numbers, strict=True)
    ]
    session.exec(insert(Card), params=rows)


def activate(session: Session, items: Sequence[CardItem]) -> None:
    """Delivered cards come into use; one that was blocked on its way stays blocked."""
    _follow(session, items, CardStatus.ACTIVE)


def make_void(session: Session, items: Sequence[CardItem]) -> None:
    """Destroyed cards never come into use."""
    _follow(session, items, CardStatus.VOID)


def end(session: Session, actor: Actor, found: Card, to: CardStatus, action: str) -> None:
    """Move a card to a status from which nothing leads on, as a consequence of something else.

    Raises:
        Conflict: the card does not lead there, or somebody else changed it first.
    """
    _change(session, actor, found, to, action)


def _follow(session: Session, items: Sequence[CardItem], to: CardStatus) -> None:
    for chunk in progress.chunks([item.id for item in items]):
        session.exec(
            update(Card)
            .where(col(Card.item_id).in_(chunk), col(Card.status) == CardStatus.ISSUED)
            .values(status=to, status_changed_at=clock.now())
        )


def _change(
    session: Session, actor: Actor, found: Card, to: CardStatus, action: str, *, block_reason: str = ""
) -> None:
    change(session, actor, [found], to, action, block_reason=block_reason)
    session.refresh(found)


def change(
    session: Session,
    actor: Actor,
    found: Sequence[Card],
    to: CardStatus,
    action: str,
    *,
    block_reason: str = "",
) -> None:
    """Move cards to a status, all or none, by compare-and-set: of two changes at once the second is refused.

    Raises:
        Conflict: a card does not lead there, or somebody else changed one first.
    """
    cause = Cause(actor, clock.now(), block_reason)
    items = related.by_id(session, actor, CardItem, (card.item_id for card in found))
    _hold_orders(session, items.values())
    moves = [
        transitions.of_card(cause, items[card.item_id], check_card(CardStatus(card.status), to), to)
        for card in found
    ]
    as_seen = tuple_(col(Card.id), col(Card.status), col(Card.status_changed_at)).in_(
        [(card.id, card.status, card.status_changed_at) for card in found]
    )
    values = {"status": to, "status_changed_at": cause.at, "block_reason": block_reason, "warned_at": None}
    changed = update(Card).where(col(Card.account_id).in_({card.account_id for card in found}), as_seen)
    if session.exec(changed.values(**values)).rowcount != len(found):
        raise Conflict
    transitions.record(session, moves)
    for card in found:
        db.announce(session, News(card.account_id, "cards", card.number))
        audit.record(session, actor, action, subject=card.number, account_id=card.account_id)


def _hold_orders(session: Session, items: Iterable[CardItem]) -> None:
    # Before the cards, as the sweep does that takes blocked ones: else each would wait for the other.
    held = (
        select(Order.id).where(col(Order.id).in_({item.order_id for item in items})).order_by(col(Order.id))
    )
    session.exec(held.with_for_update(read=True, key_share=True)).all()


def check_card(start: CardStatus, to: CardStatus) -> CardStatus:
    """The start of a move that the lifecycle of cards knows.

    Raises:
        Conflict: it does not.
    """
    check_move(CARD_MOVES, start, to)
    return start


def _found(session: Session, actor: Actor, search: str, status: str, cursor: str) -> Page[CardRow]:
    query = tenancy.rows_of(actor, CardItem).join(Card, col(Card.item_id) == col(CardItem.id))
    query = query.where(numbered(actor, search))
    if status:
        query = query.where(Card.status == status)
    page = IN_ORDER.page(session, [query], cursor)
    ids = [item.id for item in page.rows]
    held = session.exec(tenancy.rows_of(actor, Card).where(col(Card.item_id).in_(ids))).all() if ids else ()
    by_item = {card.item_id: card for card in held}
    return page.of(_rows(session, actor, [by_item[item.id] for item in page.rows]))


def numbered(actor: Actor, search: str) -> ColumnElement[bool]:
    """Card items by a number that somebody typed: of an order, of a card item, of a card; else none."""
    text = search.strip().upper()
    if text.startswith("C-"):
        card = select(Card.item_id).where(tenancy.within(actor, Card.account_id), Card.number == text)
        return col(CardItem.id).in_(card)
    try:
        serial, position = parse_item_code(text) if text.count("-") > 1 else (parse_order_number(text), 0)
    except NotFound:
        return false()
    order = select(Order.id).where(tenancy.within(actor, Order.account_id), Order.serial == serial)
    of_order = col(CardItem.order_id) == order.scalar_subquery()
    return of_order & (col(CardItem.position) == position) if position else of_order


def find(session: Session, actor: Actor, number: str) -> Card:
    """One card that the actor may see.

    Raises:
        NotFound: there is none with this number.
    """
    return tenancy.one(session, tenancy.rows_of(actor, Card).where(Card.number == number))


def row_of(session: Session, actor: Actor, found: Card) -> CardRow:
    """A card as its account sees it."""
    return _rows(session, actor, [found])[0]


def _rows(session: Session, actor: Actor, cards: Sequence[Card]) -> list[CardRow]:
    items = _items(session, actor, [card.item_id for card in cards])
    layouts = related.by_id(session, actor, Layout, (item.layout_id for item, _ in items.values()))
    goes = countdowns.of_items(session, actor, items)
    return [
        _shown(card, item, order, layouts[item.layout_id].name, goes.get(item.id, countdowns.NOTHING))
        for card in cards
        for item, order in [items[card.item_id]]
    ]


def _items(session: Session, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, tuple[CardItem, Order]]:
    """Card items by id, each with its order."""
    query = (
        select(CardItem, Order)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(ids))
    )
    return {item.id: (item, order) for item, order in session.exec(query)} if ids else {}


def _shown(found: Card, item: CardItem, order: Order, layout: str, goes: Countdown) -> CardRow:
    gone = deleted_on(CardStatus(found.status), found.status_changed_at)
    return CardRow(
        number=found.number,
        code=item_code(order.serial, item.position),
        order_number=order_number(order.serial),
        layout=layout,
        status=found.status,
        status_changed_at=found.status_changed_at.isoformat(),
        block_reason=found.block_reason,
        valid_until=found.valid_until.isoformat() if found.valid_until else "",
        deleted_on=gone.isoformat() if gone else "",
        days_left=max(0, (gone - clock.today()).days) if gone else -1,
        erased_at=order.erased_at.isoformat() if order.erased_at else "",
        countdown=goes,
    )
