"""Carrying an erasure out: ledger first, keys second, bytes third, certificate last.

Each step may be done twice without harm and is written into the ledger when it is done, so that a crash at
any point is resumed from there. Two workers on the same erasure do the same things; the ledger moves once.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from nexus_portal.adapters import blobs, clock, db, keystore
from nexus_portal.adapters.scrub import scrub
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.lifecycles import PersonalData
from nexus_portal.domain.permissions import Role
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import audit, certificates, progress, tenancy, vault

log = logging.getLogger(__name__)

SUPERSEDED = "superseded"
"""Policy of an erasure that removes what a correction has replaced: the order keeps its persons."""

POINTS = (
    "decided",
    "keys_destroyed",
    "keys_recorded",
    "rows_deleted",
    "files_deleted",
    "logs_emptied",
    "bytes_recorded",
    "done",
)
"""Where `reached` is called, in this order."""


def reached(point: str) -> None:
    """Called at each of `POINTS`; tests crash here."""


@dataclass(frozen=True, slots=True)
class _Task:
    erasure_id: UUID
    state: ErasureState
    records: Sequence[UUID]
    files: Sequence[str]


def carry_out(erasure_id: UUID) -> None:
    """Do all that is left of an erasure.

    Raises:
        Unavailable: a store does not answer; what was done is in the ledger, the rest is resumed later.
    """
    task = _task(erasure_id)
    if task.state is ErasureState.DECIDED:
        _destroy_keys(task)
        task = _task(erasure_id)
    if task.state is ErasureState.KEYS_DESTROYED:
        _delete_bytes(task)
        task = _task(erasure_id)
    if task.state is ErasureState.BYTES_DELETED:
        _certify(erasure_id)


def carry_out_or_leave(erasure_id: UUID) -> None:
    """`carry_out` after the decision is committed: what fails is logged and left to `resume_all`."""
    try:
        carry_out(erasure_id)
    except PortalError as error:
        log.warning("erasure %s waits to be resumed: %s", erasure_id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the decision stands, and must not be answered as if it did not
        log.error("erasure %s stopped: %s", erasure_id, type(error).__name__)  # noqa: TRY400 - no values in logs


def resume_all() -> int:
    """Carry on every erasure that is not done, oldest first; how many are done now."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        waiting = select(Erasure.id).where(Erasure.state != ErasureState.DONE)
        left = session.exec(waiting.order_by(col(Erasure.decided_at))).all()
    for erasure_id in left:
        carry_out_or_leave(erasure_id)
    with db.current().transaction(SYSTEM, writes=False) as session:
        still = session.exec(select(Erasure.id).where(Erasure.state != ErasureState.DONE)).all()
    return len(set(left) - set(still))


def _task(erasure_id: UUID) -> _Task:
    with db.current().transaction(SYSTEM, writes=False) as session:
        erasure = tenancy.get(session, SYSTEM, Erasure, erasure_id)
    return _Task(
        erasure.id,
        ErasureState(erasure.state),
        [UUID(target["record"]) for target in erasure.targets],
        [name for target in erasure.targets for name in target["files"]],
    )


def _destroy_keys(task: _Task) -> None:
    reached("decided")
    keystore.destroy(task.records, task.erasure_id)
    reached("keys_destroyed")
    _advance(task, ErasureState.KEYS_DESTROYED, keys_destroyed_at=clock.now())
    reached("keys_recorded")


def _delete_bytes(task: _Task) -> None:
    with db.current().transaction(SYSTEM) as session:
        vault.delete_rows(session, task.records)
    reached("rows_deleted")
    blobs.delete(task.files)
    reached("files_deleted")
    scrub(db.current().engine, ["search_tokens", "photos", "holder_records"])
    reached("logs_emptied")
    _advance(task, ErasureState.BYTES_DELETED, bytes_deleted_at=clock.now())
    reached("bytes_recorded")


def _certify(erasure_id: UUID) -> None:
    with db.current().transaction(SYSTEM) as session:
        found = tenancy.get(session, SYSTEM, Erasure, erasure_id)
        order = tenancy.get(session, SYSTEM, Order, cast("UUID", found.order_id), lock=True)
        session.refresh(found)
        if found.state == ErasureState.BYTES_DELETED:
            _close(session, found, order, clock.now())
    reached("done")


def _close(session: Session, erasure: Erasure, order: Order, now: datetime) -> None:
    actor = _decider(erasure)
    if erasure.policy != SUPERSEDED:
        _reduce(session, actor, order, now)
    certificates.issue(session, erasure, now)
    erasure.state, erasure.done_at = ErasureState.DONE, now
    session.add_all([order, erasure])
    audit.record(
        session,
        actor,
        "person:superseded" if erasure.policy == SUPERSEDED else "order:erased",
        subject=erasure.order_number,
        account_id=erasure.account_id,
        persons=erasure.persons,
        photos=erasure.photos,
        search_tokens=erasure.tokens,
        policy=erasure.policy,
        certificate=certificates.number_of(erasure.certificate or {}),
    )


def _reduce(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    """Wholly erased is an order of which nobody is left, minimised one whose persons are partly gone."""
    left = select(HolderRecord.id).where(HolderRecord.order_id == order.id).limit(1)
    to = PersonalData.ERASED if session.exec(left).first() is None else PersonalData.MINIMISED
    if to is PersonalData.ERASED:
        order.erased_at = now
    if order.personal_data not in {to, PersonalData.ERASED}:
        progress.reduce_personal_data(session, actor, order, to)


def _advance(task: _Task, to: ErasureState, **when: datetime) -> None:
    with db.current().transaction(SYSTEM) as session:
        still = update(Erasure).where(col(Erasure.id) == task.erasure_id, col(Erasure.state) == task.state)
        result = session.connection().execute(still.values(state=to, **when))
        if cast("CursorResult[Any]", result).rowcount == 0:
            log.info("erasure %s was carried on by somebody else", task.erasure_id)


def _decider(erasure: Erasure) -> Actor:
    """The person or rule behind the erasure, with the portal's own reach."""
    role = None
    with suppress(ValueError):
        role = Role(erasure.decided_role)
    return replace(SYSTEM, user_id=erasure.decided_by, role=role)
