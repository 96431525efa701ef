"""Carrying erasures out: ledger first, here and in its file, keys second, bytes third, certificate last.

Each step may be done twice without harm and is written into the ledger when it is done, so that a crash at
any point is resumed from there. Two workers on the same erasure do the same things; the ledger moves once.
Many erasures go together: keys in one transaction of the key store, rows in few statements, one scrubbing.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from nexus_portal.adapters import blobs, clock, db, keystore
from nexus_portal.adapters.scrub import scrub
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import PortalError
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.services import erasure_close, ledger, tenancy, vault

__all__ = [
    "POINTS",
    "SUPERSEDED",
    "carry_out",
    "carry_out_all",
    "carry_out_or_leave",
    "reached",
    "resume_all",
]

log = logging.getLogger(__name__)

SUPERSEDED = erasure_close.SUPERSEDED
AT_ONCE = 500
"""Erasures that are carried out together."""

_BEFORE = {
    ErasureState.KEYS_DESTROYED: ErasureState.DECIDED,
    ErasureState.BYTES_DELETED: ErasureState.KEYS_DESTROYED,
}

POINTS = (
    "decided",
    "noted",
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
    erasure: Erasure
    records: Sequence[UUID]
    files: Sequence[str]

    @property
    def erasure_id(self) -> UUID:
        return self.erasure.id


def carry_out(erasure_id: UUID) -> None:
    """Do all that is left of an erasure.

    Raises:
        Unavailable: a store does not answer; what was done is in the ledger, the rest is resumed later.
    """
    carry_out_all([erasure_id])


def carry_out_all(erasure_ids: Sequence[UUID]) -> None:
    """The same for several together.

    Raises:
        Unavailable: as in `carry_out`.
    """
    # Whoever is further has done these steps before: of the others all do the same ones from here on.
    waiting: list[_Task] = []
    tasks = _tasks(erasure_ids)
    for state, step in _STEPS:
        waiting += [task for task in tasks if task.erasure.state == state]
        if waiting:
            step(waiting)


def carry_out_or_leave(*erasure_ids: UUID) -> None:
    """`carry_out_all` after the decision is committed: what fails is logged and left to `resume_all`."""
    named = f"erasure {erasure_ids[0]}" + (f" and {len(erasure_ids) - 1} more" if erasure_ids[1:] else "")
    try:
        carry_out_all(erasure_ids)
    except PortalError as error:
        log.warning("%s waits to be resumed: %s", named, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the decision stands, and must not be answered as if it did not
        log.error("%s stopped: %s", named, type(error).__name__)  # noqa: TRY400 - no values in logs


def resume_all() -> int:
    """Carry on every erasure that is not done, oldest first; how many are done now."""
    ledger.begin()
    left = _open()
    for chunk in _chunks(left):
        carry_out_or_leave(*chunk)
        # One that cannot be carried out must not keep those beside it.
        stuck = _open(chunk)
        for erasure_id in stuck if len(chunk) > 1 else ():
            carry_out_or_leave(erasure_id)
    return len(set(left) - set(_open()))


def _open(among: Sequence[UUID] = ()) -> Sequence[UUID]:
    query = select(Erasure.id).where(Erasure.state != ErasureState.DONE)
    if among:
        query = query.where(col(Erasure.id).in_(among))
    with db.current().transaction(SYSTEM, writes=False) as session:
        return session.exec(query.order_by(col(Erasure.decided_at))).all()


def _chunks(erasure_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (erasure_ids[start : start + AT_ONCE] for start in range(0, len(erasure_ids), AT_ONCE))


def _tasks(erasure_ids: Sequence[UUID]) -> list[_Task]:
    found: list[_Task] = []
    with db.current().transaction(SYSTEM, writes=False) as session:
        for chunk in _chunks(erasure_ids):
            query = tenancy.rows_of(SYSTEM, Erasure).where(col(Erasure.id).in_(chunk))
            found += [
                _Task(
                    erasure,
                    [UUID(target["record"]) for target in erasure.targets],
                    [name for target in erasure.targets for name in target["files"]],
                )
                for erasure in session.exec(query)
            ]
    return found


def _destroy_keys(tasks: Sequence[_Task]) -> None:
    reached("decided")
    ledger.note_decided(sorted((task.erasure for task in tasks), key=lambda erasure: erasure.decided_at))
    reached("noted")
    keystore.destroy_each({record: task.erasure_id for task in tasks for record in task.records})
    reached("keys_destroyed")
    _advance(tasks, ErasureState.KEYS_DESTROYED, keys_destroyed_at=clock.now())
    reached("keys_recorded")


def _delete_bytes(tasks: Sequence[_Task]) -> None:
    with db.current().transaction(SYSTEM) as session:
        vault.delete_rows(session, [record for task in tasks for record in task.records])
    reached("rows_deleted")
    blobs.delete([name for task in tasks for name in task.files])
    reached("files_deleted")
    scrub(db.current().engine, ["search_tokens", "photos", "holder_records", "file_drops"])
    reached("logs_emptied")
    _advance(tasks, ErasureState.BYTES_DELETED, bytes_deleted_at=clock.now())
    reached("bytes_recorded")


def _certify(tasks: Sequence[_Task]) -> None:
    ids = [task.erasure_id for task in tasks]
    for chunk in _chunks(ids):
        with db.current().transaction(SYSTEM) as session:
            erasure_close.close(session, chunk)
        reached("done")


def _advance(tasks: Sequence[_Task], to: ErasureState, **when: datetime) -> None:
    start, moved = _BEFORE[to], 0
    with db.current().transaction(SYSTEM) as session:
        for chunk in _chunks([task.erasure_id for task in tasks]):
            still = update(Erasure).where(col(Erasure.id).in_(chunk), col(Erasure.state) == start)
            moved += session.exec(still.values(state=to, **when)).rowcount
    if moved < len(tasks):
        log.info("%s erasures were carried on by somebody else", len(tasks) - moved)


_STEPS = (
    (ErasureState.DECIDED, _destroy_keys),
    (ErasureState.KEYS_DESTROYED, _delete_bytes),
    (ErasureState.BYTES_DELETED, _certify),
)
