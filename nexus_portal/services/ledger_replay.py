"""Replaying the ledger over a database or key store from a backup: what was erased since is erased again.

Sources are the ledger's file and the tombstones of the key store. Keys go first, as in erasing. An erasure
that was over keeps its certificate and its times; one that was not is carried out now. Twice is as once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import blobs, crash_points, db, keystore, ledger_file, tombstones
from nexus_portal.adapters.ledger_file import Entry
from nexus_portal.adapters.scrub import scrub
from nexus_portal.adapters.tombstones import Tombstone
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.hashchain import timestamp
from nexus_portal.models.accounts import Account
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.services import audit, ledger_buried, vault
from nexus_portal.services.erasure_steps import resume_all
from nexus_portal.services.vault import chunks

AT_ONCE = 200
_RAISE = text(
    "INSERT INTO serials (series, last) VALUES (:series, :last) ON CONFLICT (series)"
    " DO UPDATE SET last = CASE WHEN serials.last < :last THEN :last ELSE serials.last END"
)
_PROGRESS = ("state", "keys_destroyed_at", "bytes_deleted_at", "done_at", "certificate_serial", "certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Erasures in the ledger, keys and records that had come back, erasures that had to be carried out."""

    erasures: int
    keys: int
    records: int
    carried_out: int


@dataclass(slots=True)
class Decision:
    """An erasure as the ledger has it."""

    row: dict[str, Any]
    order: Mapping[str, Any] | None = None
    done: bool = False
    records: list[UUID] = field(default_factory=list[UUID])
    files: list[str] = field(default_factory=list[str])


def replay() -> Replayed:
    """Erase again all that the ledger or the key store calls erased.

    Raises:
        Tampered: the ledger does not hold together.
        Unavailable: a store does not answer; what was done stays done, call it again.
    """
    found = list(decisions().values())
    keys = tombstones.bury(keystore.current(), [*_stones(found), *_buried()])
    crash_points.reached("replay:keys")
    records = sum(_erase_again(part) for part in _parts(found))
    records += ledger_buried.erase_buried()
    crash_points.reached("replay:rows")
    scrub(db.current().engine, ["search_tokens", "photos", "holder_records", "file_drops"])
    carried_out = resume_all()
    ledger_file.append([{"kind": ledger_file.REPLAYED}])
    crash_points.reached("replay:noted")
    return Replayed(erasures=len(found), keys=keys, records=records, carried_out=carried_out)


def carry_over() -> int:
    """Write into the ledger what only the tombstones of this key store know, before it is replaced."""
    named = {record_id for decision in decisions().values() for record_id in decision.records}
    return ledger_buried.note_buried(named | {stone.record_id for stone in _buried()})


def decisions() -> dict[UUID, Decision]:
    """The erasures of the ledger's file by id; of several entries of one the last counts."""
    found: dict[UUID, Decision] = {}
    for entry in ledger_file.read(settings.current().ledger_file):
        if entry["kind"] not in {ledger_file.DECIDED, ledger_file.DONE}:
            continue
        erasure_id = UUID(entry["erasure"]["id"])
        if entry["kind"] == ledger_file.DECIDED and erasure_id not in found:
            found[erasure_id] = _decision(entry)
        elif entry["kind"] == ledger_file.DONE and erasure_id in found:
            decision = found[erasure_id]
            decision.row |= entry["erasure"]
            decision.order, decision.done = entry["order"], True
    return found


def is_behind() -> bool:
    """True when the database does not know the newest erasure of the ledger: it is an older one, put back."""
    path = settings.current().ledger_file
    newest = ledger_file.latest(path, ledger_file.DECIDED, ledger_file.REPLAYED)
    if newest is None or newest["kind"] == ledger_file.REPLAYED:
        return False
    with db.current().transaction(SYSTEM, writes=False) as session:
        return session.get(Erasure, UUID(newest["erasure"]["id"])) is None


def _decision(entry: Entry) -> Decision:
    row = entry["erasure"]
    targets = row["targets"]
    return Decision(
        row=row,
        records=[UUID(target["record"]) for target in targets],
        files=[name for target in targets for name in target["files"]],
    )


def _stones(found: Sequence[Decision]) -> Iterator[Tombstone]:
    for decision in found:
        at = decision.row.get("keys_destroyed_at") or decision.row["decided_at"]
        told = timestamp(datetime.fromisoformat(at))
        for record_id in decision.records:
            yield Tombstone(record_id, UUID(decision.row["id"]), told)


def _buried() -> Iterator[Tombstone]:
    for entry in ledger_file.read(settings.current().ledger_file):
        if entry["kind"] == ledger_file.BURIED:
            yield Tombstone(UUID(entry["record"]), _id(entry["erasure"]), entry["at"])


def _parts(found: Sequence[Decision]) -> Iterator[Sequence[Decision]]:
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))


def _erase_again(part: Sequence[Decision]) -> int:
    records = [record_id for decision in part for record_id in decision.records]
    with db.current().transaction(SYSTEM) as session:
        there = vault.count_records(session, records)
        files = vault.delete_rows(session, records)
        added = _write_rows(session, part)
        for account_id, count in added.items():
            audit.record(session, SYSTEM, "ledger:replayed", account_id=account_id, erasures=count)
    blobs.delete([*files, *(name for decision in part for name in decision.files)])
    return there


def _write_rows(session: Session, part: Sequence[Decision]) -> dict[UUID, int]:
    """Bring the table of erasures and the orders to what the ledger says; new erasures by account."""
    known = _by_id(session, Erasure, [UUID(decision.row["id"]) for decision in part])
    accounts = _by_id(session, Account, [UUID(decision.row["account_id"]) for decision in part])
    orders = _by_id(
        session, Order, [UUID(decision.row["order_id"]) for decision in part if decision.row["order_id"]]
    )
    added: dict[UUID, int] = {}
    for decision in part:
        account_id = UUID(decision.row["account_id"])
        if account_id not in accounts:
            continue  # it came after the backup, and with it all its orders
        erasure = known.get(UUID(decision.row["id"]))
        if erasure is None:
            order_id = decision.row["order_id"]
            session.add(_restored(decision, with_order=bool(order_id) and UUID(order_id) in orders))
            added[account_id] = added.get(account_id, 0) + 1
        elif decision.done and erasure.state != ErasureState.DONE:
            _bring_forward(session, erasure, decision)
        _bring_order(session, orders, decision)
        _raise_serial(session, account_id, decision.row.get("certificate_serial"))
    return added


def _restored(decision: Decision, *, with_order: bool) -> Erasure:
    row = dict(decision.row) if with_order else {**decision.row, "order_id": None}
    if not decision.done:
        row |= dict.fromkeys(_PROGRESS) | {"state": ErasureState.DECIDED}
    return Erasure.model_validate(row)


def _bring_forward(session: Session, erasure: Erasure, decision: Decision) -> None:
    whole = Erasure.model_validate(decision.row)
    for name in _PROGRESS:
        if name in {"state", "certificate"} or getattr(erasure, name) is None:
            setattr(erasure, name, getattr(whole, name))
    session.add(erasure)


def _bring_order(session: Session, orders: Mapping[UUID, Order], decision: Decision) -> None:
    if decision.row["order_id"] is None:
        return
    order = orders.get(UUID(decision.row["order_id"]))
    if order is None:
        return
    if decision.order is not None:
        order.personal_data = decision.order["personal_data"]
        order.erased_at = _moment(decision.order["erased_at"])
        order.erasure_id = _id(decision.order["erasure_id"])
    elif order.erasure_id is None and not decision.done:
        order.erasure_id = UUID(decision.row["id"])
    session.add(order)


def _raise_serial(session: Session, account_id: UUID, serial: int | None) -> None:
    if serial is not None:
        session.connection().execute(_RAISE, {"series": f"cert/{account_id.hex}", "last": serial})


def _by_id(session: Session, table: Any, ids: Sequence[UUID]) -> dict[UUID, Any]:
    found: dict[UUID, Any] = {}
    for part in chunks(ids):
        found |= {row.id: row for row in session.exec(select(table).where(col(table.id).in_(part)))}
    return found


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _id(told: str | None) -> UUID | None:
    return UUID(told) if told else None
