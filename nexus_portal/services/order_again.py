"""Ordering again: a card of the register becomes a row of a draft. Its person is copied inside the vault."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotYet
from nexus_portal.domain.fields import check_row
from nexus_portal.domain.lifecycles import CardStatus, Fulfilment
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.people import Membership, User
from nexus_portal.services import (
    draft_orders,
    draft_rows,
    erasure_items,
    layouts,
    related,
    replacements,
    tenancy,
    vault,
    vault_copies,
    vault_people,
)
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.idempotency import once
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.replacements import Why
from nexus_portal.services.use_case import use_case

MOST = 500
FARTHEST = 730
"""Days ahead in which expiring cards are looked for."""
_AGAIN = frozenset(
    {CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.BLOCKED, CardStatus.TERMINATED, CardStatus.EXPIRED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainRow:
    """A card that can be ordered again, or `hindrance` says why not. `valid_until` is an ISO day or empty."""

    number: str
    code: str
    layout: str
    status: str
    valid_until: str
    hindrance: Message | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The draft that was made or added to, how many cards it got, and what was left out and why."""

    number: str
    cards: int
    left_out: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft of the actor's."""

    number: str
    reference: str


@dataclass(frozen=True, slots=True)
class _Old:
    card: Card
    item: CardItem
    order: Order
    layout: Layout


@use_case(Permission.ORDERS_CREATE, reads=True)
def again_row(session: Session, actor: Actor, *, number: str) -> AgainRow:
    """One card of the register, and whether it can be ordered again.

    Raises:
        NotFound: no such card in the actor's account.
    """
    card = tenancy.one(session, tenancy.rows_of(actor, Card).where(Card.number == number))
    return _shown(session, actor, [card])[0]


@use_case(Permission.ORDERS_CREATE, reads=True)
def expiring(session: Session, actor: Actor, *, days: int) -> tuple[AgainRow, ...]:
    """The cards in use that expire within so many days, the first to expire first, at most 500.

    Raises:
        Invalid: that is not a number of days to look ahead.
    """
    if not 1 <= days <= FARTHEST:
        raise Invalid(Message("Look between 1 and {most} days ahead.", most=FARTHEST))
    query = tenancy.rows_of(actor, Card).where(
        Card.status == CardStatus.ACTIVE,
        col(Card.valid_until).is_not(None),
        col(Card.valid_until) <= clock.today() + timedelta(days=days),
    )
    first = query.order_by(col(Card.valid_until), col(Card.id)).limit(MOST)
    return tuple(_shown(session, actor, session.exec(first).all()))


@use_case(Permission.ORDERS_CREATE, reads=True)
def open_drafts(session: Session, actor: Actor) -> tuple[OpenDraft, ...]:
    """The actor's own drafts, the newest first, at most 20: what cards can be added to."""
    query = tenancy.rows_of(actor, Order).where(
        Order.orderer_id == actor.user_id, Order.fulfilment == Fulfilment.DRAFT
    )
    newest = session.exec(query.order_by(col(Order.serial).desc()).limit(20))
    return tuple(OpenDraft(order_number(order.serial), order.reference) for order in newest)


@use_case(Permission.ORDERS_CREATE)
def order_again(
    session: Session, actor: Actor, *, numbers: Sequence[str], why: str, into: str = "", key: str
) -> Again:
    """Put cards of the register into a draft once more, each with its person, who never leaves the vault.

    Lost, stolen and damaged cards end when the draft is ordered; a renewed one works until the new card is
    delivered. What was asked for one card alone is refused in words; of several, the rest is left out and
    counted. `into` names a draft of the actor's to add to. The same `key` does this once.

    Raises:
        NotFound: no such card or draft in the actor's account.
        NotAllowed: the draft is a colleague's, or the one card is and the actor may not search for persons;
            or they may see no persons.
        StepUpNeeded: with these, more than 50 persons of colleagues' orders were opened within the last hour.
        NotYet: the one card cannot be ordered again, or none of several can.
        Invalid: nothing or too much is named, or there is no such reason.
    """
    if why not in set(Why):
        raise Invalid(Message("Choose why the card is made again."))
    wanted = list(dict.fromkeys(numbers))
    if not 1 <= len(wanted) <= MOST:
        raise Invalid(Message("Choose 1 to {most} cards.", most=MOST))
    if not actor.may(Permission.PERSONS_READ):
        raise NotAllowed
    result: list[Again] = []

    def make() -> str:
        result.append(_order(session, actor, wanted, Why(why), into))
        return f"{result[0].number} {result[0].cards}"

    number, _, count = once(session, actor, key and f"again {key}", make).partition(" ")
    return result[0] if result else Again(number, int(count))


def _order(session: Session, actor: Actor, numbers: Sequence[str], why: Why, into: str) -> Again:
    found = _old(session, actor, _locked(session, actor, numbers))
    going = erasure_items.leaving_items(session, actor, {old.order.id for old in found})
    hindered = _hindrances(session, actor, found, going)
    able = [old for old in found if old.card.id not in hindered]
    left_out = _counted([hindered[old.card.id] for old in found if old.card.id in hindered])
    if not able:
        if len(found) == 1 and found[0].order.orderer_id != actor.user_id:
            raise NotAllowed(hindered[found[0].card.id])
        raise NotYet(Message("This cannot be ordered again."), left_out)
    target = {old.card.id: _newest(session, actor, old.layout) for old in able}
    order = (
        draft_orders.editable(session, actor, into)
        if into
        else draft_orders.begin(session, actor, target[able[0].card.id])
    )
    _write_down_others(session, actor, able)
    people = vault_copies.people(session, actor, [old.item.id for old in able])
    for layout in {layout.id: layout for layout in target.values()}.values():
        mine = [old for old in able if target[old.card.id].id == layout.id]
        rows = [_row(layout, people[old.item.id], old.card.id, why) for old in mine]
        draft_rows.add(session, actor, order, layout, rows)
    draft_orders.record(session, actor, "draft:ordered_again", order, cards=len(able), why=[why.value])
    return Again(order_number(order.serial), len(able), left_out)


def _write_down_others(session: Session, actor: Actor, able: Sequence[_Old]) -> None:
    """Who copies a colleague's person sees them from then on: it counts, and is logged, as a search does."""
    others = [old.item.id for old in able if old.order.orderer_id != actor.user_id]
    if others:
        vault_people.reveal_found(session, actor, item_ids=others, purpose="ordering again")


def _row(layout: LayoutRow, person: vault_copies.Copied, card_id: UUID, why: Why) -> NewRow:
    photo = person.photo if layout.photo_field else None
    return NewRow(
        check_row(layout.fields, dict(person.values), clock.today()),
        photo=photo,
        problems=draft_rows.photo_problem(layout, has_photo=photo is not None),
        replaces_id=card_id,
        replaces_why=why.value,
        protection=person.protection,
    )


def _locked(session: Session, actor: Actor, numbers: Sequence[str]) -> list[Card]:
    # The orders first, as everywhere: nobody decides to erase a person while they are copied.
    whose = select(CardItem.order_id).join(Card, col(Card.item_id) == col(CardItem.id))
    whose = whose.where(tenancy.within(actor, Card.account_id), col(Card.number).in_(numbers))
    orders = tenancy.rows_of(actor, Order).where(col(Order.id).in_(set(session.exec(whose))))
    session.exec(orders.order_by(col(Order.id)).with_for_update(read=True)).all()
    # Held, so that of two who order the same card again the second sees the first one's row.
    query = tenancy.rows_of(actor, Card).where(col(Card.number).in_(numbers)).order_by(col(Card.id))
    cards = list(session.exec(query.with_for_update()))
    if len(cards) != len(numbers):
        raise NotFound
    return cards


def _old(session: Session, actor: Actor, cards: Sequence[Card]) -> list[_Old]:
    items = related.by_id(session, actor, CardItem, (card.item_id for card in cards))
    orders = related.by_id(session, actor, Order, (item.order_id for item in items.values()))
    designs = related.by_id(session, actor, Layout, (item.layout_id for item in items.values()))
    return [
        _Old(card, item := items[card.item_id], orders[item.order_id], designs[item.layout_id])
        for card in cards
    ]


def _hindrances(
    session: Session, actor: Actor, found: Sequence[_Old], going: Collection[UUID] = ()
) -> dict[UUID, Message]:
    there = vault.with_person(session, actor, [old.item.id for old in found])
    there -= set(going)
    again = replacements.under_way(session, actor, [old.card.id for old in found])
    closed = _closed(session, actor, found)
    said: dict[UUID, Message] = {}
    for old in found:
        if old.card.id in closed:
            said[old.card.id] = closed[old.card.id]
        elif old.card.status not in _AGAIN:
            said[old.card.id] = Message("This card was replaced, or never came into use.")
        elif old.card.id in again:
            said[old.card.id] = Message(
                "This card is on order again already, in {number}.", number=again[old.card.id]
            )
        elif old.item.id not in there:
            said[old.card.id] = Message(
                "The personal data of this card was removed. Order a new card instead."
            )
        elif not _is_offered(session, actor, old.layout):
            said[old.card.id] = Message("This layout is no longer offered. Choose another one.")
    return said


def _closed(session: Session, actor: Actor, found: Sequence[_Old]) -> dict[UUID, Message]:
    """Cards whose person the actor may not see, each with who can order it again."""
    if actor.may(Permission.PERSONS_SEARCH):
        return {}
    others = [old for old in found if old.order.orderer_id != actor.user_id]
    there = _colleagues(session, actor, {old.order.orderer_id for old in others})
    return {old.card.id: _who_can(there.get(old.order.orderer_id, "")) for old in others}


def _who_can(orderer: str) -> Message:
    if orderer:
        return Message(
            "{name}, a colleague, ordered this card and can order it again. So can whoever orders cards and "
            "may search for persons.",
            name=orderer,
        )
    return Message(
        "The colleague who ordered this card has left. Whoever orders cards and may search for persons can "
        "order it again: your account admin gives somebody a role with both, under Team."
    )


def _colleagues(session: Session, actor: Actor, user_ids: set[UUID]) -> dict[UUID, str]:
    """Those of them who still belong to the account, by name."""
    query = (
        select(User.id, User.name)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            tenancy.within(actor, Membership.account_id), col(Membership.active), col(User.id).in_(user_ids)
        )
    )
    return dict(session.exec(query).all()) if user_ids else {}


def _counted(said: Sequence[Message]) -> tuple[Message, ...]:
    return tuple({str(message): message for message in said}.values())


def _is_offered(session: Session, actor: Actor, layout: Layout) -> bool:
    return any(each.name == layout.name for each in layouts.layouts_for_ordering(session, actor))


def _newest(session: Session, actor: Actor, layout: Layout) -> LayoutRow:
    """The version of a card's layout in which it is made now."""
    offered = layouts.layouts_for_ordering(session, actor)
    found = next((each for each in offered if each.name == layout.name), None)
    if found is None:
        raise Conflict
    return found


def _shown(session: Session, actor: Actor, cards: Sequence[Card]) -> list[AgainRow]:
    found = _old(session, actor, cards)
    hindered = _hindrances(session, actor, found)
    return [
        AgainRow(
            number=old.card.number,
            code=item_code(old.order.serial, old.item.position),
            layout=old.layout.name,
            status=old.card.status,
            valid_until=_day(old.card.valid_until),
            hindrance=hindered.get(old.card.id),
        )
        for old in found
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
