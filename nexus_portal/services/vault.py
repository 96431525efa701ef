"""The vault: the only place where personal data is written and read.

No function here asks for a permission: its callers are use cases, which also write down who looked.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, clock, db, ending, keystore
from nexus_portal.domain.actor import ANONYMOUS, Actor
from nexus_portal.domain.errors import NotFound, Unavailable
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.fields import FieldDefinition
from nexus_portal.domain.holder_contact import CONTACT
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.protection import Protection
from nexus_portal.domain.retention import BITS, mask_of_fields
from nexus_portal.models.base import new_id
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import tenancy, vault_files, vault_tokens
from nexus_portal.services.vault_cipher import Box, boxes
from nexus_portal.services.vault_orders import refuse_erased
from nexus_portal.services.vault_photos import opens, photo_bytes, put_photo, put_photos
from nexus_portal.services.vault_tokens import number_token

__all__ = [
    "amend",
    "discard",
    "hidden",
    "items_with_number",
    "number_token",
    "open_many",
    "photo_bytes",
    "put_photo",
    "put_photos",
    "store",
    "store_many",
]

CHUNK = 1000
_OPENED: tuple[Any, ...] = (
    *(HolderRecord.id, HolderRecord.account_id, HolderRecord.item_id),
    *(col(HolderRecord.fields), col(HolderRecord.protection)),
)
"""Columns alone: making objects of fifty rows would cost as much as opening them."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Person:
    """The person of one card item, before it is kept."""

    order_id: UUID
    item_id: UUID
    values: Mapping[str, str] = field(repr=False)
    definitions: Sequence[FieldDefinition]
    protection: int = Protection.NONE


def store(
    session: Session,
    *,
    account_id: UUID,
    order_id: UUID,
    item_id: UUID,
    values: Mapping[str, str],
    definitions: Sequence[FieldDefinition],
    protection: int = Protection.NONE,
) -> HolderRecord:
    """Keep the person of one card item; see `store_many`."""
    [record] = store_each(session, account_id, [Person(order_id, item_id, values, definitions, protection)])
    return record


def store_many(
    session: Session,
    *,
    account_id: UUID,
    order_id: UUID,
    people: Sequence[tuple[UUID, Mapping[str, str]]],
    definitions: Sequence[FieldDefinition],
) -> list[HolderRecord]:
    """Keep the persons of card items, each under a new key. What the layout does not ask for is dropped.

    Raises:
        NotFound: no such order.
        Conflict: an item has a person already, or the order's personal data was removed.
    """
    kept = [Person(order_id, item_id, values, definitions) for item_id, values in people]
    return store_each(session, account_id, kept)


def store_each(session: Session, account_id: UUID, people: Sequence[Person]) -> list[HolderRecord]:
    """The same for persons of several orders and layouts of an account.

    Raises:
        NotFound: no such order.
        Conflict: an item has a person already, or an order's personal data was removed.
    """
    refuse_erased(session, {person.order_id for person in people})
    now = clock.now()
    records = [
        HolderRecord(
            id=new_id(),
            account_id=account_id,
            item_id=person.item_id,
            order_id=person.order_id,
            fields={},
            protection=int(person.protection),
            created_at=now,
        )
        for person in people
    ]
    ids = [record.id for record in records]
    keys = keystore.mint(account_id, ids)
    ending.after_rollback(session, partial(keystore.discard, ids))
    tokens: list[dict[str, object]] = []
    for record, person in zip(records, people, strict=True):
        asked = _asked_for(person.values, person.definitions)
        record.fields = _sealed(Box.of(account_id, record.id, keys[record.id]), asked)
        record.kinds = mask_of_fields(asked, person.definitions)
        tokens += vault_tokens.rows(record, asked, person.definitions)
    session.add_all(records)
    session.flush()
    if tokens:
        session.connection().execute(insert(SearchToken), tokens)
    return records


def amend(
    session: Session,
    record: HolderRecord,
    values: Mapping[str, str],
    definitions: Sequence[FieldDefinition],
) -> None:
    """Replace the given fields of a person; an empty value removes its field, the others stay.

    Raises:
        NotFound: the personal data is gone.
        Tampered: what is there does not verify.
    """
    tenancy.hold(session, record)
    box = boxes(session, [(record.id, record.account_id)]).get(record.id)
    if box is None:
        raise NotFound
    merged = _asked_for({**_opened(session, box, record.fields), **values}, definitions)
    record.fields = _sealed(box, merged)
    record.kinds = mask_of_fields(merged, definitions) | record.kinds & BITS[RetentionClass.PHOTO]
    session.add(record)
    session.flush()
    session.connection().execute(delete(SearchToken).where(col(SearchToken.record_id) == record.id))
    tokens = vault_tokens.rows(record, merged, definitions)
    if tokens:
        session.connection().execute(insert(SearchToken), tokens)


def open_many(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The persons of card items by item, in one key-store statement; erased and absent ones are left out.

    So are those whose identity is protected, for everybody who is not named to see them: whoever asks here
    has nothing to add for that.

    Raises:
        Tampered: a ciphertext or key was changed or stood elsewhere; nobody is opened.
    """
    found: dict[UUID, dict[str, str]] = {}
    for chunk in chunks(item_ids):
        own = tenancy.within(actor, HolderRecord.account_id)
        query: Any = select_columns(*_OPENED).where(own, col(HolderRecord.item_id).in_(chunk))
        every: Sequence[Any] = session.connection().execute(query).all()
        rows = [row for row in every if opens(actor, row.protection)]
        opening = boxes(session, [(row.id, row.account_id) for row in rows])
        for row in rows:
            if row.id in opening:
                found[row.item_id] = _opened(session, opening[row.id], row.fields)
    return found


def with_person(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> set[UUID]:
    """Which card items have a person who was not erased."""
    found: set[UUID] = set()
    for chunk in chunks(item_ids):
        own = tenancy.within(actor, HolderRecord.account_id)
        query = select(HolderRecord.id, HolderRecord.account_id, HolderRecord.item_id)
        rows = session.exec(query.where(own, col(HolderRecord.item_id).in_(chunk))).all()
        opening = boxes(session, [(record_id, account_id) for record_id, account_id, _ in rows])
        found |= {item_id for record_id, _, item_id in rows if record_id in opening}
    return found


def hidden(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> set[UUID]:
    """Which card items have a person whose identity is protected from the actor."""
    if actor.may(Permission.PERSONS_PROTECTED):
        return set()
    found: set[UUID] = set()
    for chunk in chunks(item_ids):
        own = tenancy.within(actor, HolderRecord.account_id)
        query = select(HolderRecord.item_id).where(own, HolderRecord.protection == Protection.IN_FORCE)
        found |= set(session.exec(query.where(col(HolderRecord.item_id).in_(chunk))))
    return found


def items_with_number(
    session: Session, account_id: UUID, tokens: Sequence[bytes], *, actor: Actor = ANONYMOUS
) -> dict[bytes, list[UUID]]:
    """The card items of the account whose holder has one of these personal numbers, by token.

    Protected persons are found for an actor who may see them; a check for duplicates finds them for nobody.
    """
    found: dict[bytes, list[UUID]] = {}
    for chunk in chunks(tokens):
        query = (
            select(SearchToken.token, HolderRecord.item_id)
            .join(HolderRecord, col(HolderRecord.id) == col(SearchToken.record_id))
            .where(
                SearchToken.account_id == account_id,
                col(SearchToken.kind).in_(vault_tokens.kinds(actor, vault_tokens.NUMBER)),
                col(SearchToken.token).in_(chunk),
            )
        )
        for token, item_id in session.exec(query):
            found.setdefault(token, []).append(item_id)
    return found


def discard(session: Session, item_ids: Sequence[UUID]) -> None:
    """Throw away the persons of draft rows: tokens, photos and records now, keys and files at the commit."""
    names: list[str] = []
    records: list[UUID] = []
    for chunk in chunks(item_ids):
        query = select(HolderRecord.id).where(col(HolderRecord.item_id).in_(chunk))
        part = session.exec(query).all()
        names += delete_rows(session, part)
        records += part
    if records:
        db.after_commit(session, partial(_forget, records, names))


def count_records(session: Session, record_ids: Sequence[UUID]) -> int:
    """How many of these records the database holds."""
    count = 0
    for chunk in chunks(record_ids):
        query = select(func.count()).select_from(HolderRecord).where(col(HolderRecord.id).in_(chunk))
        count += session.exec(query).one()
    return count


def delete_rows(session: Session, record_ids: Sequence[UUID]) -> list[str]:
    """Delete records with their tokens and photos from the database; gives the names of the photos' files.

    Of dropped files, which may be among them, the rows stay and nothing else.
    """
    names: list[str] = []
    connection = session.connection()
    for chunk in chunks(record_ids):
        names += vault_files.forget(session, chunk)
        there = session.exec(select(HolderRecord.id).where(col(HolderRecord.id).in_(chunk))).all()
        if not there:
            continue  # a rule's decision took them with it, and tokens and photos never outlive their record
        photos = select(Photo.original_blob, Photo.crop_blob).where(col(Photo.record_id).in_(there))
        names += [name for pair in session.exec(photos) for name in pair]
        connection.execute(delete(SearchToken).where(col(SearchToken.record_id).in_(there)))
        connection.execute(delete(Photo).where(col(Photo.record_id).in_(there)))
        connection.execute(delete(HolderRecord).where(col(HolderRecord.id).in_(there)))
    return names


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Parts small enough for the variables of one statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _forget(records: Sequence[UUID], names: Sequence[str]) -> None:
    # The rows are gone; what the stores cannot do now, `nexus-portal keys check --tidy` does later.
    with suppress(Unavailable):
        keystore.discard(records)
    with suppress(Unavailable):
        blobs.delete(names)


def _asked_for(values: Mapping[str, str], definitions: Sequence[FieldDefinition]) -> dict[str, str]:
    keys = [*(definition.key for definition in definitions), CONTACT.key]
    return {key: values[key] for key in keys if values.get(key)}


def _sealed(box: Box, values: Mapping[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(box.seal(key, value.encode())).decode() for key, value in values.items()}


def _opened(session: Session, box: Box, sealed: Mapping[str, str]) -> dict[str, str]:
    return {key: box.open(session, key, base64.b64decode(text)).decode() for key, text in sealed.items()}
