"""Handing over all data of an account that is being closed: orders, cards, persons, photos and dropped files.

That it is taken away, and what for, is written down before the first person is opened.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from nexus_portal.domain.file_drops import FileState
from nexus_portal.domain.numbers import file_code, item_code, order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.purposes import PURPOSES
from nexus_portal.domain.text import Message
from nexus_portal.models.cards import Card
from nexus_portal.models.customers import ClosingState
from nexus_portal.models.orders import CardItem, Order
from nexus_portal.models.privacy import AccessAct, CopyKind
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import (
    accesses,
    audit,
    closing,
    closing_files,
    copies_left,
    sessions,
    tenancy,
    vault_copies,
)
from nexus_portal.services.use_case import perform, use_case

PART = 200
"""So many persons are opened at a time, with their photos."""
File = tuple[str, bytes | Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Package:
    """What is handed over: the persons by card item, the number that people know beside each."""

    items: tuple[tuple[UUID, str], ...] = field(repr=False)
    files: tuple[UUID, ...] = ()
    """Dropped files that came whole."""

    def parts(self) -> Iterator[tuple[tuple[UUID, str], ...]]:
        """As many at a time as are opened together."""
        return (self.items[start : start + PART] for start in range(0, len(self.items), PART))


@use_case(Permission.PERSONS_EXPORT, step_up=True)
def begin(session: Session, actor: Actor, *, purpose: str) -> Package:
    """Write down that all data of the actor's account is taken away, and what for.

    Raises:
        Invalid: there is no such purpose.
        Conflict: the account is not about to be closed.
    """
    if purpose not in PURPOSES:
        raise Invalid(Message("Choose what the persons are taken away for."))
    account_id = tenancy.own_account(actor)
    ending = closing.latest(session, actor, account_id, lock=True)
    if ending is None or ending.state != ClosingState.ASKED:
        raise Conflict(Message("Nobody asked for this account to be closed, or it is confirmed already."))
    by_order = _by_order(session, actor, account_id)
    numbers = {order_number(serial): count for _, serial, count in by_order}
    copies_left.record(
        session,
        actor,
        CopyKind.PACKAGE,
        account_id=account_id,
        persons={order_id: count for order_id, _, count in by_order},
    )
    accesses.record_counts(session, actor, AccessAct.PACKAGED, account_id, numbers, purpose=purpose)
    persons = sum(numbers.values())
    drops = [drop for drop in closing_files.there(session, actor) if drop.state != FileState.RECEIVING]
    opened = {file_code(drop.id): drop.rows for drop in drops}
    accesses.record_counts(session, actor, AccessAct.FILE, account_id, opened, purpose=purpose)
    audit.record(session, actor, "account:packaged", persons=persons, files=len(drops), purpose=purpose)
    ending.package_at = clock.now()
    session.add(ending)
    return Package(_items(session, actor, account_id), tuple(drop.id for drop in drops))


def files(actor: Actor, package: Package) -> Iterator[File]:
    """The files of the archive, one by one; before each part it is asked anew who may do it.

    Raises:
        NotSignedIn: the session has ended meanwhile.
        NotAllowed: the permission is gone meanwhile.
    """
    yield "orders.json", perform(orders, _as_of_now(actor))
    yield "cards.json", perform(cards, _as_of_now(actor))
    for number, items in enumerate(package.parts(), start=1):
        yield from perform(part, _as_of_now(actor), items=items, number=number)
    yield "files.json", _json(perform(closing_files.listed, _as_of_now(actor)))
    for file_id in package.files:
        try:
            packed = perform(closing_files.packed, _as_of_now(actor), file_id=file_id)
            reader = packed.outgoing.reader()
        except NotFound:
            continue  # it was deleted meanwhile
        yield packed.place, closing_files.parts(reader, partial(_ask, actor))


@use_case(Permission.PERSONS_EXPORT, reads=True)
def orders(session: Session, actor: Actor) -> bytes:
    """All orders of the actor's account, without a person."""
    query = tenancy.rows_of(actor, Order).where(Order.account_id == tenancy.own_account(actor))
    return _json(
        [
            {
                "number": order_number(order.serial),
                "reference": order.reference,
                "cost_centre": order.cost_centre,
                "delivery_address": order.delivery_address,
                "fulfilment": order.fulfilment,
                "billing": order.billing,
                "personal_data": order.personal_data,
                "cards": order.cards,
                "created_at": order.created_at.isoformat(),
            }
            for order in session.exec(query.order_by(col(Order.serial)))
        ]
    )


@use_case(Permission.PERSONS_EXPORT, reads=True)
def cards(session: Session, actor: Actor) -> bytes:
    """The register of cards of the actor's account."""
    query = tenancy.rows_of(actor, Card).where(Card.account_id == tenancy.own_account(actor))
    return _json(
        [
            {
                "number": card.number,
                "uid": card.uid.hex() if card.uid else "",
                "status": card.status,
                "status_changed_at": card.status_changed_at.isoformat(),
                "valid_until": card.valid_until.isoformat() if card.valid_until else "",
            }
            for card in session.exec(query.order_by(col(Card.number)))
        ]
    )


@use_case(Permission.PERSONS_EXPORT, reads=True)
def part(session: Session, actor: Actor, *, items: Sequence[tuple[UUID, str]], number: int) -> list[File]:
    """The persons of some card items, and their photos; without those who are erased meanwhile."""
    found = vault_copies.people(session, actor, [item_id for item_id, _ in items])
    lines = [{"card": code, **found[item_id].values} for item_id, code in items if item_id in found]
    pictures = [
        (f"photos/{code}.jpg", copied.photo.original)
        for item_id, code in items
        if (copied := found.get(item_id)) is not None and copied.photo is not None
    ]
    return [(f"persons/{number:04d}.json", _json(lines)), *pictures]


def _by_order(session: Session, actor: Actor, account_id: UUID) -> list[tuple[UUID, int, int]]:
    query = (
        select(Order.id, Order.serial, func.count())
        .join(HolderRecord, col(HolderRecord.order_id) == col(Order.id))
        .where(tenancy.within(actor, HolderRecord.account_id), HolderRecord.account_id == account_id)
        .group_by(col(Order.id), col(Order.serial))
    )
    return list(session.exec(query).all())


def _items(session: Session, actor: Actor, account_id: UUID) -> tuple[tuple[UUID, str], ...]:
    query = (
        select(CardItem.id, CardItem.position, Order.serial)
        .join(HolderRecord, col(HolderRecord.item_id) == col(CardItem.id))
        .join(Order, col(Order.id) == col(CardItem.order_id))
        .where(tenancy.within(actor, CardItem.account_id), CardItem.account_id == account_id)
        .order_by(col(Order.serial), col(CardItem.position))
    )
    return tuple((item_id, item_code(serial, position)) for item_id, position, serial in session.exec(query))


def _ask(actor: Actor) -> None:
    if not _as_of_now(actor).may(Permission.PERSONS_EXPORT):
        raise NotAllowed


def _as_of_now(actor: Actor) -> Actor:
    held = sessions.permissions_of(actor.session_id)
    if held is None:
        raise NotSignedIn
    return replace(actor, permissions=held)


def _json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()
