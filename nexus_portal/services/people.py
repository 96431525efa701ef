"""Finding persons across an account's cards, by the vault's keyed tokens; masked until they are revealed.

What was searched for is nowhere written: not in the log, not in an address, only as a token in the query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import personal_number
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotAllowed
from nexus_portal.domain.fields import FieldType, all_from_json
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import audit, related, tenancy, vault, vault_people, vault_tokens
from nexus_portal.services.use_case import use_case

MOST = 50
MOST_WORDS = 6
LONGEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """A card item whose person was found, masked. `birth_year` is empty where there is no personal number."""

    item_id: str
    order_number: str
    code: str
    layout: str
    stage: str
    stage_at: str
    card: str
    card_status: str
    birth_year: str


@dataclass(frozen=True, slots=True)
class Found:
    """At most 50 rows, the newest first; `more` when there would be others."""

    rows: tuple[FoundRow, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class _Sought:
    kind: str
    tokens: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Card:
    item: CardItem
    order: Order
    number: str
    status: str


@use_case(Permission.PERSONS_SEARCH)
def search(session: Session, actor: Actor, *, text: str) -> Found:
    """Card items by the personal number or by all words of the name of whoever is on them.

    That somebody searched is logged, and how much was found; never for what.

    Raises:
        Invalid: nothing to search for, or more than a name has.
    """
    if actor.account_id is None:
        raise NotAllowed
    sought = _sought(actor.account_id, text)
    ids = _items(session, actor, sought)
    shown = ids[:MOST]
    audit.record(session, actor, "person:searched", by=sought.kind, found=len(shown))
    return Found(_rows(session, actor, shown), len(ids) > MOST)


@use_case(Permission.PERSONS_SEARCH, reads=True)
def still(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> tuple[FoundRow, ...]:
    """What was found, as it stands now: without those whose data is gone meanwhile."""
    return _rows(session, actor, list(item_ids)[:MOST])


def _sought(account_id: UUID, text: str) -> _Sought:
    if len(text) > LONGEST:
        raise Invalid(Message("Search for a name or a personal number, nothing longer."))
    try:
        number = personal_number.normalise(text, clock.today())
    except Invalid:
        words = vault_tokens.words(text)
        if not 1 <= len(words) <= MOST_WORDS:
            raise Invalid(Message("Write a name of at most six words, or a personal number.")) from None
        return _Sought(vault_tokens.NAME, vault_tokens.name_tokens(account_id, text))
    return _Sought(vault_tokens.NUMBER, [vault_tokens.number_token(account_id, number)])


def _items(session: Session, actor: Actor, sought: _Sought) -> list[UUID]:
    """Card items whose record has every token, the newest first; one more than are shown."""
    first, *others = (aliased(SearchToken) for _ in sought.tokens)
    query = (
        select(HolderRecord.item_id)
        .select_from(first)
        .join(HolderRecord, col(HolderRecord.id) == first.record_id)
        .join(Order, col(Order.id) == col(HolderRecord.order_id))
        .where(tenancy.within(actor, first.account_id), first.kind == sought.kind)
        .where(first.token == sought.tokens[0])
    )
    for other, token in zip(others, sought.tokens[1:], strict=True):
        has_it = (
            select(other.id)
            .where(other.record_id == first.record_id, other.kind == sought.kind, other.token == token)
            .exists()
        )
        query = query.where(has_it)
    query = query.where(_in_sight(actor)).order_by(col(Order.serial).desc(), col(HolderRecord.item_id))
    return list(session.exec(query.limit(MOST + 1)))


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    kept = (col(Order.personal_data) != PersonalData.ERASED) & col(Order.erasure_id).is_(None)
    return kept & vault_people.in_sight(actor)


def _rows(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> tuple[FoundRow, ...]:
    if not item_ids:
        return ()
    query = (
        select(CardItem, Order, Card.number, Card.status)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .join(Card, col(Card.item_id) == col(CardItem.id), isouter=True)
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids), _in_sight(actor))
    )
    found = [
        _Card(item, order, number or "", status or "") for item, order, number, status in session.exec(query)
    ]
    layouts = related.by_id(session, actor, Layout, (each.item.layout_id for each in found))
    years = _birth_years(session, actor, [each.item for each in found], layouts)
    rows = {
        each.item.id: _row(each, layouts[each.item.layout_id].name, years[each.item.id])
        for each in found
        if each.item.id in years
    }
    return tuple(rows[item_id] for item_id in item_ids if item_id in rows)


def _birth_years(
    session: Session, actor: Actor, items: Sequence[CardItem], layouts: Mapping[UUID, Layout]
) -> dict[UUID, str]:
    """Of those whose data is there: the year of birth, or nothing."""
    opened = vault.open_many(session, actor, [item.id for item in items])
    numbers = {
        layout.id: [
            each.key for each in all_from_json(layout.fields) if each.type is FieldType.PERSONAL_NUMBER
        ]
        for layout in layouts.values()
    }
    return {
        item.id: next((_year(opened[item.id].get(key, "")) for key in numbers[item.layout_id]), "")
        for item in items
        if item.id in opened
    }


def _year(value: str) -> str:
    return value[:4] if len(value) == len("YYYYMMDDNNNN") and value.isdecimal() else ""


def _row(found: _Card, layout: str, birth_year: str) -> FoundRow:
    item, order = found.item, found.order
    return FoundRow(
        item_id=str(item.id),
        order_number=order_number(order.serial),
        code=item_code(order.serial, item.position),
        layout=layout,
        stage=item.stage,
        stage_at=item.stage_at.isoformat(),
        card=found.number,
        card_status=found.status,
        birth_year=birth_year,
    )
