"""All that is held about one person, to be handed to them: JSON, a PDF and their photos in one ZIP file.

GDPR art. 15 and 20. That it is made, of which cards and what for is written down before anything is opened to
be taken away; it is then read part by part, and before each part the session is asked anew what it may do.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from nexus_portal.adapters import catalogue, clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.numbers import item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import JsonObject
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct, CopyKind
from nexus_portal.models.vault import HolderRecord, Photo
from nexus_portal.services import (
    accesses,
    audit,
    copies_left,
    person_held,
    person_package_pdf,
    persons_export,
    protected_meanwhile,
    same_person,
    tenancy,
    vault,
)
from nexus_portal.services.use_case import perform, use_case
from nexus_portal.services.vault_photos import Kind

Opened = TypeVar("Opened")
KINDS: tuple[Kind, ...] = ("crop", "original")
FORMAT = "nexus-portal/person-package/1"
"""Named in the file; `docs/person-package.schema.json` is what it promises."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a package is made of: card items, for what, in which language its reader is spoken to."""

    items: tuple[UUID, ...]
    by_number: bool
    purpose: str
    language: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What a package would be made of: codes of card items; `by_number`: a personal number tied them."""

    codes: tuple[str, ...]
    by_number: bool


@use_case(Permission.PERSONS_EXPORT, reads=True)
def survey(session: Session, actor: Actor, *, item_ids: Sequence[UUID]) -> Survey:
    """Which cards a package of the person on these card items covers; see `begin` for what is refused."""
    person = same_person.cards_of(session, actor, item_ids)
    query = (
        select(Order.serial, CardItem.position)
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(person.items))
        .order_by(col(Order.serial).desc(), col(CardItem.position))
    )
    codes = (item_code(serial, position) for serial, position in session.exec(query))
    return Survey(tuple(codes), person.by_number)


@use_case(Permission.PERSONS_EXPORT, step_up=True)
def begin(
    session: Session, actor: Actor, *, item_ids: Sequence[UUID], purpose: str, language: str
) -> Package:
    """Write down that a package is made of the person on these card items, and on all others of theirs.

    Raises:
        NotAllowed: the actor may not search for persons.
        NotFound: a card item is none of the account's, or holds nobody any more.
        Invalid: no such purpose or language; the card items are of different persons.
    """
    if purpose not in PURPOSES:
        raise Invalid(Message("Choose what the persons are taken away for."))
    if language not in catalogue.LANGUAGES:
        raise Invalid(Message("Choose the language of the person."))
    person = same_person.cards_of(session, actor, item_ids)
    _write_down(session, actor, person.items, purpose)
    return Package(person.items, person.by_number, purpose, language, clock.now().isoformat())


def files(actor: Actor, package: Package) -> Iterator[tuple[str, bytes]]:
    """The files of the package, read one after the other.

    Raises:
        NotSignedIn: the session has ended meanwhile.
        NotAllowed: the permission is gone meanwhile.
    """

    def of_now(opens: Callable[[Actor], Opened]) -> Opened:
        now = persons_export.as_of_now(actor)
        return protected_meanwhile.opened(now, package.items, lambda: opens(now))

    yield "person.json", of_now(lambda now: _as_json(perform(content, now, package=package)))
    yield (
        "person.pdf",
        of_now(lambda now: person_package_pdf.pdf(perform(content, now, package=package), package.language)),
    )
    for item_id, kind in product(package.items, KINDS):
        yield from of_now(partial(_photo, package, item_id, kind))


def _photo(package: Package, item_id: UUID, kind: Kind, actor: Actor) -> list[tuple[str, bytes]]:
    return perform(photo, actor, package=package, item_id=item_id, kind=kind)


def _as_json(found: JsonObject) -> bytes:
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


@use_case(Permission.PERSONS_EXPORT, reads=True)
def content(session: Session, actor: Actor, *, package: Package) -> JsonObject:
    """What is in the JSON file, and in other words in the PDF."""
    account = tenancy.get(session, actor, Account, tenancy.own_account(actor))
    return {
        "format": FORMAT,
        "made_at": package.made_at,
        "language": package.language,
        "controller": {"name": account.name, "number": account.number},
        "purpose": package.purpose,
        "found_by": "personal_number" if package.by_number else "hand",
        "records": person_held.records(session, actor, package.items, package.language),
        "seen": person_held.seen(session, actor, package.items),
    }


@use_case(Permission.PERSONS_EXPORT, reads=True)
def photo(
    session: Session, actor: Actor, *, package: Package, item_id: UUID, kind: Kind
) -> list[tuple[str, bytes]]:
    """The photo of one card item of the package, as on the card or as it was taken; none if it is gone."""
    if item_id not in package.items:
        return []
    query = (
        select(HolderRecord.id, CardItem.position, Order.serial)
        .join(CardItem, col(CardItem.id) == col(HolderRecord.item_id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .join(Photo, col(Photo.record_id) == col(HolderRecord.id))
        .where(tenancy.within(actor, HolderRecord.account_id), HolderRecord.item_id == item_id)
    )
    found = session.exec(query).one_or_none()
    if found is None or vault.hidden(session, actor, [item_id]):
        return []
    record_id, position, serial = found
    code = item_code(serial, position)
    name = f"photos/{code}.jpg" if kind == "crop" else f"photos/{code}-original.jpg"
    return [(name, vault.photo_bytes(session, actor, record_id, kind))]


def _write_down(session: Session, actor: Actor, item_ids: Sequence[UUID], purpose: str) -> None:
    account_id = tenancy.own_account(actor)
    query = (
        select_columns(
            *(col(each) for each in (CardItem.id, Order.id, Order.serial)), col(HolderRecord.fields)
        )
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .where(tenancy.within(actor, CardItem.account_id), col(CardItem.id).in_(item_ids))
    )
    rows: Sequence[Any] = session.connection().execute(query).all()
    seen = [
        accesses.Seen(account_id, order_number(serial), item_id, _keys(fields))
        for item_id, _, serial, fields in rows
    ]
    # One by one, however many: the log of one person is asked by their cards.
    for start in range(0, len(seen), accesses.ONE_BY_ONE):
        part = seen[start : start + accesses.ONE_BY_ONE]
        accesses.record(session, actor, AccessAct.PACKAGED, part, purpose=purpose)
    per_order = Counter(order_id for _, order_id, _, _ in rows)
    copies_left.record(session, actor, CopyKind.PACKAGE, account_id=account_id, persons=per_order)
    audit.record(
        session,
        actor,
        "person:packaged",
        account_id=account_id,
        cards=len(rows),
        fields=sorted({key for each in seen for key in each.fields}),
        purpose=purpose,
    )


def _keys(fields: Mapping[str, str]) -> list[str]:
    return sorted({*fields, "photo"})
