"""Finding persons across an account's cards, by the vault's keyed tokens; masked until they are revealed.

What was searched for is nowhere written: not in the log, not in an address, only as a token in the query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain import personal_number
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotAllowed
from nexus_portal.domain.fields import FieldType, all_from_json
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import accesses, audit, related, tenancy, vault, vault_people, vault_tokens
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
    protected: bool = False
    """The identity is protected: found by those alone who are named to see it."""


@dataclass(frozen=True, slots=True)
class Found:
    """At most 50 rows, the newest first; `more` when there would be others."""

    rows: tuple[FoundRow, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class _Sought:
    kind: str
    tokens: Sequence[bytes]


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
    write_down(session, actor, by=sought.kind, found=len(shown))
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
    query = matching(actor, sought.kind, sought.tokens).add_columns(col(HolderRecord.item_id))
    return list(session.connection().execute(query.limit(MOST + 1)).scalars())


def write_down(session: Session, actor: Actor, *, by: str, found: int) -> None:
    """That somebody searched, by what kind of thing and how much was found; never for what."""
    audit.record(session, actor, "person:searched", by=by, found=found)
    account_id = tenancy.own_account(actor)
    accesses.record_counts(session, actor, AccessAct.SEARCHED, account_id, {"": found}, fields=[by])


def matching(actor: Actor, kind: str, tokens: Sequence[bytes]) -> Any:
    """Records that have every token, with their orders, the newest first: a query to add columns to."""
    first, *others = (aliased(SearchToken) for _ in tokens)
    query = (
        select_columns()
        .select_from(first)
        .join(HolderRecord, col(HolderRecord.id) == first.record_id)
        .join(Order, col(Order.id) == col(HolderRecord.order_id))
        .where(tenancy.within(actor, first.account_id), _of_kind(actor, first, kind))
        .where(col(first.token) == tokens[0])
    )
    for other, token in zip(others, tokens[1:], strict=True):
        has_it = (
            select(other.id)
            .where(other.record_id == first.record_id, _of_kind(actor, other, kind), other.token == token)
            .exists()
        )
        query = query.where(has_it)
    return query.where(_in_sight(actor)).order_by(col(Order.serial).desc(), col(HolderRecord.item_id))


def _of_kind(actor: Actor, token: Any, kind: str) -> ColumnElement[bool]:
    one, *protected = vault_tokens.kinds(actor, kind)
    return col(token.kind).in_([one, *protected]) if protected else col(token.kind) == one


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    return vault_people.kept() & vault_people.in_sight(actor)


def _rows(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> tuple[FoundRow, ...]:
    if not item_ids:
        return ()
    # Columns alone: making objects of fifty rows would cost more than finding them.
    query = (
        select_columns(
            col(CardItem.id),
            col(CardItem.position),
            col(CardItem.layout_id),
            col(CardItem.stage),
            col(CardItem.stage_at),
            col(Order.serial),
            col(Card.number),
            col(Card.status),
            col(HolderRecord.protection),
        )
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .join(Card, col(Card.item_id) == col(CardItem.id), isouter=True)
        .join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids), _in_sight(actor))
    )
    found = session.connection().execute(query).all()
    layouts = related.by_id(session, actor, Layout, {row.layout_id for row in found})
    years = _birth_years(session, actor, {row.id: row.layout_id for row in found}, layouts)
    rows = {row.id: _row(row, layouts[row.layout_id].name, years[row.id]) for row in found if row.id in years}
    return tuple(rows[item_id] for item_id in item_ids if item_id in rows)


def _birth_years(
    session: Session, actor: Actor, layout_of: Mapping[UUID, UUID], layouts: Mapping[UUID, Layout]
) -> dict[UUID, str]:
    """Of those whose data is there: the year of birth, or nothing."""
    opened = vault.open_many(session, actor, list(layout_of))
    numbers = {
        layout.id: [
            each.key for each in all_from_json(layout.fields) if each.type is FieldType.PERSONAL_NUMBER
        ]
        for layout in layouts.values()
    }
    return {
        item_id: next((_year(values.get(key, "")) for key in numbers[layout_of[item_id]]), "")
        for item_id, values in opened.items()
    }


def _year(value: str) -> str:
    return value[:4] if len(value) == len("YYYYMMDDNNNN") and value.isdecimal() else ""


def _row(found: Any, layout: str, birth_year: str) -> FoundRow:
    return FoundRow(
        item_id=str(found.id),
        order_number=order_number(found.serial),
        code=item_code(found.serial, found.position),
        layout=layout,
        stage=found.stage,
        stage_at=found.stage_at.isoformat(),
        card=found.number or "",
        card_status=found.status or "",
        birth_year=birth_year,
        protected=found.protection == Protection.IN_FORCE,
    )
