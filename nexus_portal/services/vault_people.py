"""Showing persons to people: what is shown, to whom and for what is written into the audit log."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from nexus_portal.adapters import catalogue, clock
from nexus_portal.domain import personal_number, protection
from nexus_portal.domain.actor import Actor, Scope
from nexus_portal.domain.errors import Invalid, NotFound, StepUpNeeded
from nexus_portal.domain.fields import FieldDefinition, FieldType, RetentionClass, all_from_json
from nexus_portal.domain.lifecycles import Fulfilment, PersonalData
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.text import Message
from nexus_portal.models.audit import AuditEvent, AuditHead
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import accesses, audit, tenancy, vault
from nexus_portal.services.accesses import Seen
from nexus_portal.services.use_case import use_case

MANY = 50
"""More persons than this at once ask for a second factor."""
MOST = 1000
DOTS = "•••••"
_READ_BACK = 5000
"""Entries of the account's log that are looked through for what was shown lately."""
_PURPOSE = re.compile(r"[a-z][a-z ]{0,39}")
_DIGITS = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person as shown: the name, the other fields in one line, and all values by field key."""

    item_id: UUID
    name: str
    details: str
    values: Mapping[str, str]
    has_photo: bool


@dataclass(frozen=True, slots=True)
class _Place:
    account_id: UUID
    order_number: str
    layout_id: UUID


@use_case(Permission.PERSONS_READ)
def reveal(session: Session, actor: Actor, *, item_ids: list[UUID], purpose: str) -> tuple[PersonRow, ...]:
    """The persons on card items, in the order asked for; erased ones are left out. The showing is logged.

    Customers see the persons on their own orders, the bureau's staff on all that were sent to it. `purpose`
    is a few plain words.

    Raises:
        NotFound: an item is none of the actor's.
        StepUpNeeded: more than 50 persons at once.
        Invalid: more than 1,000 at once.
    """
    _check(actor, item_ids, purpose)
    return _shown(session, actor, item_ids, purpose, _places(session, actor, item_ids))


@use_case(Permission.PERSONS_SEARCH)
def reveal_found(
    session: Session, actor: Actor, *, item_ids: list[UUID], purpose: str
) -> tuple[PersonRow, ...]:
    """The persons on card items of the whole account, drafts of others left out. The showing is logged.

    Raises:
        NotFound: an item is none of the actor's account, or in somebody else's draft.
        StepUpNeeded: with these it is more than 50 persons within the last hour.
        Invalid: more than 1,000 at once, or the purpose is no plain words.
    """
    _check(actor, item_ids, purpose)
    if not actor.stepped_up(clock.now()) and _lately(session, actor) + len(item_ids) > MANY:
        raise StepUpNeeded
    places = _places(session, actor, item_ids, of_others=True)
    return _shown(session, actor, item_ids, purpose, places)


def _shown(
    session: Session, actor: Actor, item_ids: Sequence[UUID], purpose: str, places: Mapping[UUID, _Place]
) -> tuple[PersonRow, ...]:
    opened = vault.open_many(session, actor, item_ids)
    layouts = _layouts(session, actor, {place.layout_id for place in places.values()})
    with_photo, protected = _with_photo(session, item_ids)
    there = {item_id: places[item_id] for item_id in opened}
    _write_down(session, actor, there, opened, act=AccessAct.REVEALED, purpose=purpose)
    shown = {
        item_id: _person(item_id, values, layouts[places[item_id].layout_id], has_photo=item_id in with_photo)
        for item_id, values in opened.items()
    }
    for item_id in protected - opened.keys():
        shown[item_id] = _unknown(item_id, layouts[places[item_id].layout_id], actor.language)
    return tuple(shown[item_id] for item_id in item_ids if item_id in shown)


@use_case(Permission.PERSONS_READ, reads=True)
def aliases(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> tuple[PersonRow, ...]:
    """Of these card items those whose person is an alias to the actor by now, for a page that showed them."""
    hidden = vault.hidden(session, actor, item_ids)
    query = tenancy.rows_of(actor, CardItem).where(col(CardItem.id).in_(hidden))
    items = session.exec(query).all() if hidden else ()
    layouts = _layouts(session, actor, {item.layout_id for item in items}) if items else {}
    return tuple(_unknown(item.id, layouts[item.layout_id], actor.language) for item in items)


@use_case(Permission.PERSONS_READ)
def reveal_photo(session: Session, actor: Actor, *, item_id: UUID) -> bytes:
    """The cropped photo of the person on one card item, as JPEG. The showing is logged.

    Raises:
        NotFound: the item is none of the actor's, or has no photo.
        Tampered: the file does not verify.
    """
    places = _places(session, actor, [item_id])
    query = tenancy.rows_of(actor, HolderRecord).where(HolderRecord.item_id == item_id)
    image = vault.photo_bytes(session, actor, tenancy.one(session, query).id, "crop")
    _write_down(session, actor, places, {item_id: {"photo": ""}}, act=AccessAct.PHOTO, purpose="photo")
    return image


def masked(values: Mapping[str, str], definitions: Sequence[FieldDefinition]) -> dict[str, str]:
    """The same fields for those who may not see them: of a personal number the birth year, else only dots."""
    numbers = {each.key for each in definitions if each.type is FieldType.PERSONAL_NUMBER}
    return {
        key: personal_number.mask(value) if key in numbers and _DIGITS.fullmatch(value) else DOTS
        for key, value in values.items()
    }


def _check(actor: Actor, item_ids: Sequence[UUID], purpose: str) -> None:
    if len(item_ids) > MOST:
        raise Invalid(Message("At most {most} persons can be shown at once.", most=MOST))
    if not _PURPOSE.fullmatch(purpose):
        raise Invalid(Message("Say in a few plain words what the persons are shown for."))
    if len(item_ids) > MANY and not actor.stepped_up(clock.now()):
        raise StepUpNeeded


def _lately(session: Session, actor: Actor) -> int:
    """How many persons were shown to the actor within the last hour, by the end of the account's log."""
    chain = str(actor.account_id)
    end = select(AuditHead.seq).where(AuditHead.chain == chain).scalar_subquery()
    query = select(AuditEvent).where(
        AuditEvent.chain == chain,
        col(AuditEvent.seq) > end - _READ_BACK,
        AuditEvent.actor_id == actor.user_id,
        AuditEvent.action == "person:revealed",
        col(AuditEvent.at) > clock.now() - timedelta(hours=1),
    )
    return sum(int(str(entry.facts.get("persons", 0))) for entry in session.exec(query))


def kept() -> ColumnElement[bool]:
    """Orders whose persons are neither erased nor about to be."""
    return (col(Order.personal_data) != PersonalData.ERASED) & col(Order.erasure_id).is_(None)


def unprotected(actor: Actor) -> ColumnElement[bool]:
    """Card items whose person is no secret to the actor: what lists, counts and exports are made of."""
    if actor.may(Permission.PERSONS_PROTECTED):
        return true()
    hidden = select(HolderRecord.id).where(
        HolderRecord.item_id == CardItem.id, HolderRecord.protection == Protection.IN_FORCE
    )
    return ~hidden.correlate(CardItem).exists()


def in_sight(actor: Actor) -> ColumnElement[bool]:
    """Orders whose persons may be found: what was sent, and the actor's own drafts."""
    return (col(Order.fulfilment) != Fulfilment.DRAFT) | (col(Order.orderer_id) == actor.user_id)


def _places(
    session: Session, actor: Actor, item_ids: Sequence[UUID], *, of_others: bool = False
) -> dict[UUID, _Place]:
    query = (
        select(CardItem.id, CardItem.account_id, Order.serial, CardItem.layout_id)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids))
    )
    if of_others:
        query = query.where(in_sight(actor))
    elif actor.scope is Scope.ACCOUNT:
        query = query.where(Order.orderer_id == actor.user_id)
    else:
        query = query.where(Order.fulfilment != Fulfilment.DRAFT)
    rows = session.exec(query).all()
    if len(rows) != len(set(item_ids)):
        raise NotFound
    return {
        item_id: _Place(account_id, order_number(serial), layout_id)
        for item_id, account_id, serial, layout_id in rows
    }


def _layouts(
    session: Session, actor: Actor, layout_ids: set[UUID]
) -> dict[UUID, tuple[FieldDefinition, ...]]:
    query = tenancy.rows_of(actor, Layout).where(col(Layout.id).in_(layout_ids))
    return {layout.id: all_from_json(layout.fields) for layout in session.exec(query)}


def _with_photo(session: Session, item_ids: Sequence[UUID]) -> tuple[set[UUID], set[UUID]]:
    """The card items whose person has a photo, and those whose identity is protected."""
    query = (
        select(HolderRecord.item_id, HolderRecord.protection, Photo.id)
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id), isouter=True)
        .where(col(HolderRecord.item_id).in_(item_ids))
    )
    found: Sequence[Any] = session.connection().execute(query).all()
    pictured = {item_id for item_id, _, photo in found if photo is not None}
    return pictured, {item_id for item_id, protection, _ in found if protection == Protection.IN_FORCE}


def _unknown(item_id: UUID, definitions: Sequence[FieldDefinition], language: str) -> PersonRow:
    """A person as those see them to whom they are an alias: it stands where the name would."""
    name = catalogue.render(protection.called(item_id), language)
    key = next((each.key for each in definitions if each.retention is RetentionClass.NAME), "")
    return PersonRow(
        item_id=item_id, name=name, details="", values={key: name} if key else {}, has_photo=False
    )


def _person(
    item_id: UUID, values: Mapping[str, str], definitions: Sequence[FieldDefinition], *, has_photo: bool
) -> PersonRow:
    names: list[str] = []
    details: list[str] = []
    for each in definitions:
        shown = each.written(values.get(each.key, ""))
        if shown:
            (names if each.retention is RetentionClass.NAME else details).append(shown)
    return PersonRow(
        item_id=item_id,
        name=" ".join(names),
        details=" · ".join(details),
        values=dict(values),
        has_photo=has_photo,
    )


def _write_down(
    session: Session,
    actor: Actor,
    places: Mapping[UUID, _Place],
    opened: Mapping[UUID, Mapping[str, str]],
    *,
    act: AccessAct,
    purpose: str,
) -> None:
    """One entry per order, in the chain of its account: how many persons, which fields, what for."""
    seen = [
        Seen(place.account_id, place.order_number, item_id, list(opened[item_id]))
        for item_id, place in places.items()
    ]
    accesses.record(session, actor, act, seen, purpose=purpose)
    by_order: defaultdict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for item_id, place in places.items():
        by_order[place.account_id, place.order_number].append(item_id)
    for (account_id, number), items in by_order.items():
        audit.record(
            session,
            actor,
            "person:revealed",
            subject=number,
            account_id=account_id,
            persons=len(items),
            fields=sorted({field for item_id in items for field in opened[item_id]}),
            purpose=purpose,
        )
