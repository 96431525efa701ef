"""Which persons of an order may be erased now, and what stands in the way of the others, line by line."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import ErasureCase, ItemCase, Obstacle, item_obstacles, obstacles
from nexus_portal.domain.lifecycles import Billing, Fulfilment, PersonalData, Stage
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import holds, progress, related, tenancy

_ALL_HELD = Message("A hold stops the removal.")
_NO_REMAKE = frozenset({Stage.DELIVERED, Stage.DESTROYED, Stage.CANCELLED})
_NOT_SENT = frozenset({Fulfilment.DRAFT, Fulfilment.REJECTED, Fulfilment.CANCELLED})


@dataclass(frozen=True, slots=True)
class Person:
    """The person of one card item, and what stands in the way of erasing them, if anything does."""

    item_id: UUID
    record_id: UUID
    layout_id: UUID
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class LineStanding:
    """The persons on the cards of one layout: how many, how many can go, and what stops the others."""

    layout: str
    persons: int
    ready: int
    obstacles: tuple[tuple[Obstacle, int], ...]


def case_of(order: Order, *, held: bool) -> ErasureCase:
    """What decides whether an order may be erased; `held`: by a hold on all of it."""
    return ErasureCase(
        fulfilment=Fulfilment(order.fulfilment),
        billing=Billing(order.billing),
        personal_data=PersonalData(order.personal_data),
        cards=order.cards,
        produced=order.produced,
        held=held,
    )


def persons(
    session: Session,
    actor: Actor,
    order: Order,
    item_ids: Collection[UUID] | None = None,
    *,
    lock: bool = False,
) -> list[Person]:
    """The persons that an order still holds, or those on the given card items of it, by position.

    What is being erased already is left out. Whoever decides by it holds the order, and asks with `lock`.
    """
    rows = [row for row in _records(session, actor, order) if item_ids is None or row[0] in item_ids]
    going = holds.leaving(session, actor, {order.id})
    rows = [row for row in rows if row[1] not in going]
    ids = [row[0] for row in rows]
    held = holds.held_items(session, order.account_id, ids, lock=lock) if ids else set[UUID]()
    remade = _remade(session, actor, ids)
    case = case_of(order, held=False)
    return [
        Person(
            item_id,
            record_id,
            layout_id,
            item_obstacles(
                case, ItemCase(stage=Stage(stage), held=item_id in held, remade=item_id in remade)
            ),
        )
        for item_id, record_id, layout_id, stage in rows
    ]


def by_line(
    session: Session, actor: Actor, found: Sequence[Person], read: Mapping[UUID, Layout] = related.NOTHING
) -> tuple[LineStanding, ...]:
    """The same, counted by layout; `read` as for `related.by_id`."""
    layouts = related.by_id(session, actor, Layout, {person.layout_id for person in found}, read=read)
    lines: defaultdict[UUID, list[Person]] = defaultdict(list)
    for person in found:
        lines[person.layout_id].append(person)
    return tuple(
        LineStanding(
            layout=layouts[layout_id].name,
            persons=len(line),
            ready=sum(not person.obstacles for person in line),
            obstacles=tuple(Counter(each for person in line for each in person.obstacles).items()),
        )
        for layout_id, line in lines.items()
    )


def leaving_items(session: Session, actor: Actor, order_ids: Collection[UUID]) -> set[UUID]:
    """The card items of these orders whose persons are being erased."""
    going = holds.leaving(session, actor, order_ids)
    if not going:
        return set()
    own = tenancy.within(actor, HolderRecord.account_id)
    query = select(HolderRecord.id, HolderRecord.item_id).where(
        own, col(HolderRecord.order_id).in_(order_ids)
    )
    return {item_id for record_id, item_id in session.exec(query) if record_id in going}


def in_the_way(order: Order, found: Sequence[Person]) -> tuple[tuple[Obstacle, Message], ...]:
    """Every reason why not all of these persons can be erased now; empty when they can."""
    reasons = list(obstacles(case_of(order, held=order.held and not found)))
    total = len(found)
    counts = Counter(each for person in found for each in person.obstacles)
    if held := counts[Obstacle.HOLD]:
        some = Message("A hold stops the removal of {n} of {total} persons.", n=held, total=total)
        reasons.append((Obstacle.HOLD, _ALL_HELD if held == total else some))
    if remade := counts[Obstacle.CLAIM]:
        some = Message("{n} of {total} cards are being made once more.", n=remade, total=total)
        reasons.append((Obstacle.CLAIM, some))
    return tuple(reasons)


def _records(session: Session, actor: Actor, order: Order) -> list[tuple[UUID, UUID, UUID, str]]:
    query = (
        select(CardItem.id, HolderRecord.id, CardItem.layout_id, CardItem.stage)
        .join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .where(tenancy.within(actor, CardItem.account_id), CardItem.order_id == order.id)
        .order_by(col(CardItem.position))
    )
    return list(session.exec(query).all())


def _remade(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> set[UUID]:
    """Of these card items those whose card is being made once more."""
    found: set[UUID] = set()
    for chunk in progress.chunks(item_ids):
        query = (
            select(Card.item_id)
            .join(CardItem, col(CardItem.replaces_id) == col(Card.id))
            .join(Order, col(Order.id) == col(CardItem.order_id))
            .where(
                tenancy.within(actor, Card.account_id),
                col(Card.item_id).in_(chunk),
                col(CardItem.stage).not_in(_NO_REMAKE),
                col(Order.fulfilment).not_in(_NOT_SENT),
            )
        )
        found |= set(session.exec(query))
    return found
