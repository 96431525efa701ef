"""Writing down in the ledger that persons of an order are erased, before anything is destroyed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.erasable import obstacles
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.erasures import Erasure
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord, Photo, SearchToken
from nexus_portal.services import audit, erasure_items, file_erasing, holds, order_files, vault
from nexus_portal.services.erasure_items import Person

BY_REQUEST = "request"


def may_erase(actor: Actor, order: Order) -> bool:
    """Whether somebody may decide over the persons of an order."""
    # What is removed never comes back: people decide for their own orders, the privacy officer for all.
    own = order.orderer_id == actor.user_id
    return actor.may(Permission.ORDERS_ERASE) and (own or actor.may(Permission.PRIVACY_MANAGE))


def decide(session: Session, actor: Actor, order: Order, going: Sequence[Person]) -> Erasure:
    """Enter the erasing of these persons of an order, which the caller holds, into the ledger.

    When they are its last, and no card of it is still to be made, the order takes in no more persons.
    """
    held = _persons(session, order)
    targets = _targets(session, going)
    erasure = Erasure(
        account_id=order.account_id,
        order_id=order.id,
        order_number=order_number(order.serial),
        policy=BY_REQUEST,
        decided_by=actor.user_id,
        decided_role=actor.role or "",
        decided_at=clock.now(),
        persons_held=held,
        persons=len(targets),
        photos=sum(bool(target["files"]) for target in targets),
        tokens=_tokens(session, going),
        targets=targets,
    )
    going_already = len(holds.leaving(session, actor, {order.id}))
    if len(targets) == held - going_already and not obstacles(erasure_items.case_of(order, held=False)):
        order.erasure_id = erasure.id
        gone = order_files.take_along(session, [order.id], file_erasing.BY_REQUEST).get(order.id, ())
        erasure.files, erasure.targets = len(gone), [*erasure.targets, *gone]
    session.add_all([erasure, order])
    audit.record(
        session,
        actor,
        "order:erasure-decided",
        subject=erasure.order_number,
        account_id=order.account_id,
        persons=erasure.persons,
        photos=erasure.photos,
        search_tokens=erasure.tokens,
    )
    return erasure


def _targets(session: Session, going: Sequence[Person]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for chunk in vault.chunks(going):
        query = (
            select(HolderRecord.id, Photo.original_blob, Photo.crop_blob)
            .outerjoin(Photo, col(Photo.record_id) == col(HolderRecord.id))
            .where(col(HolderRecord.id).in_([person.record_id for person in chunk]))
        )
        found += [
            {"record": str(record_id), "files": [original, crop] if original else []}
            for record_id, original, crop in session.exec(query)
        ]
    return found


def _tokens(session: Session, going: Sequence[Person]) -> int:
    count = 0
    for chunk in vault.chunks(going):
        ids: list[UUID] = [person.record_id for person in chunk]
        query = select(func.count()).select_from(SearchToken).where(col(SearchToken.record_id).in_(ids))
        count += session.exec(query).one()
    return count


def _persons(session: Session, order: Order) -> int:
    query = select(func.count()).select_from(HolderRecord)
    return session.exec(query.where(HolderRecord.order_id == order.id)).one()
