"""Who is on another card item already: found by the vault's keyed tokens, never by the number itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.fields import FieldDefinition, FieldType, Problem, ProblemCode
from nexus_portal.domain.lifecycles import CardStatus, Fulfilment, Stage
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.services import tenancy, vault

_GONE = frozenset({Stage.CANCELLED, Stage.DESTROYED})
_VALID = frozenset({CardStatus.ISSUED, CardStatus.ACTIVE})
_QUERY = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Another card item of the same person."""

    item_id: UUID
    order_id: UUID
    own: bool
    source: UUID | None
    """The import that its row came from."""
    number: str
    row: int
    delivered: bool


def number_field(fields: Iterable[FieldDefinition]) -> FieldDefinition | None:
    """The field that tells who somebody is, where the layout asks for it."""
    return next((field for field in fields if field.type is FieldType.PERSONAL_NUMBER), None)


def elsewhere(
    session: Session, actor: Actor, account_id: UUID, numbers: Iterable[str]
) -> dict[str, list[Place]]:
    """For each normalised personal number the card items of the account that are or become a valid card."""
    tokens = {vault.number_token(account_id, number): number for number in set(numbers) if number}
    found = vault.items_with_number(session, account_id, list(tokens))
    places = _places(session, actor, {item for items in found.values() for item in items})
    return {
        tokens[token]: [places[item] for item in items if item in places] for token, items in found.items()
    }


def problem(field: FieldDefinition, places: Sequence[Place], order_id: UUID) -> Problem | None:
    """What to say of a person who is at these places already; nothing where there is none."""
    if not places:
        return None
    here = [place for place in places if place.order_id == order_id]
    own = [place.number for place in places if place.own]
    if here:
        first = min(here, key=lambda place: place.row)
        # Where several files are in the draft, `draft_files` says which one the row is from.
        source = str(first.source or "")
        message = Message("The same person is in row {row} already.", row=first.row, source=source)
    elif own:
        message = Message("This person has a card on your order {number} already.", number=own[0])
    elif all(place.delivered for place in places):
        message = Message("This person has a valid card already.")
    else:
        message = Message("A card for this person is on order already.")
    return Problem(field.key, ProblemCode.DUPLICATE, message)


def _places(session: Session, actor: Actor, item_ids: Iterable[UUID]) -> Mapping[UUID, Place]:
    wanted = sorted(item_ids)
    places: dict[UUID, Place] = {}
    for start in range(0, len(wanted), _QUERY):
        query = (
            select(CardItem, Order, Card.status)
            .join(Order, col(Order.id) == col(CardItem.order_id))
            .join(Card, col(Card.item_id) == col(CardItem.id), isouter=True)
            .where(
                tenancy.within(actor, CardItem.account_id),
                col(CardItem.id).in_(wanted[start : start + _QUERY]),
                col(CardItem.stage).not_in(_GONE),
                Order.fulfilment != Fulfilment.CANCELLED,
            )
        )
        # An outer join: without a card there is no status.
        found = cast("Iterable[tuple[CardItem, Order, str | None]]", session.exec(query))
        for item, order, status in found:
            if item.stage != Stage.DELIVERED or status is None or status in _VALID:
                places[item.id] = Place(
                    item.id,
                    order.id,
                    order.orderer_id == actor.user_id,
                    item.import_id,
                    order_number(order.serial),
                    item.source_row or item.position,
                    item.stage == Stage.DELIVERED,
                )
    return places
