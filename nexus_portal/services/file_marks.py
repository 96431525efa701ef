"""What is written on a dropped file on its way: its state, its order, why, and when it goes by itself."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import Conflict
from nexus_portal.domain.file_drops import FILE_MOVES, FileState
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import
from nexus_portal.models.inbox import FileRules, FileTaking
from nexus_portal.services import tenancy


def rules_of(session: Session, account_id: UUID, *, lock: bool = False) -> FileRules:
    """The rules of an account; one that never set any has those of a new one, not stored yet."""
    query = select(FileRules).where(FileRules.account_id == account_id)
    row = session.exec(query.with_for_update() if lock else query).one_or_none()
    return row or FileRules(account_id=account_id, changed_at=clock.now())


def imported(session: Session, drops: Iterable[FileDrop], source: Import) -> None:
    """These files are being read into a draft."""
    for drop in drops:
        _move(drop, FileState.IMPORTED, None)
        drop.import_id, drop.order_id, drop.rows = source.id, source.order_id, source.total
        session.add(drop)


def same_again(session: Session, drops: Sequence[FileDrop], known: FileTaking, number: str) -> None:
    """The same list made an order before: nothing is ordered, and the files may go."""
    said = Message("The same list made order {number} before. Nothing was ordered again.", number=number)
    for drop in drops:
        drop.import_id, drop.order_id = known.import_id, known.order_id
    processed(session, drops, said)


def processed(session: Session, drops: Sequence[FileDrop], said: Message | None) -> None:
    """Nothing needs these files any more: they are safe to delete."""
    _used(session, drops, FileState.PROCESSED, said)


def refused(session: Session, drops: Sequence[FileDrop], why: Message) -> None:
    """These files cannot be used; why is said on each."""
    _used(session, drops, FileState.REFUSED, why)


def waits(session: Session, drop: FileDrop, why: Message | None) -> bool:
    """Say why a file is not taken yet; whether that is news."""
    note = _note(why)
    if drop.note == note:
        return False
    drop.note = note
    session.add(drop)
    return True


def forget_of_order(session: Session, order_id: UUID) -> None:
    """A draft is thrown away: its files stay, lead nowhere, and the same list may be ordered again."""
    query = tenancy.rows_of(SYSTEM, FileDrop).where(FileDrop.order_id == order_id)
    drops = session.exec(query.with_for_update()).all()
    for drop in drops:
        drop.order_id = drop.import_id = None
        session.add(drop)
    reading = [drop for drop in drops if drop.state == FileState.IMPORTED]
    processed(session, reading, Message("Its draft was thrown away."))
    session.exec(delete(FileTaking).where(col(FileTaking.order_id) == order_id))
    session.flush()


def goes_on(drop: FileDrop, rules: FileRules) -> date:
    """The day on which a file goes by itself."""
    if drop.processed_at is not None:
        return (drop.processed_at + timedelta(days=rules.days_after_use)).date()
    return ((drop.received_at or drop.written_at) + timedelta(days=rules.days_unused)).date()


def said(drop: FileDrop) -> Message | None:
    """What stands on a file."""
    return Message(drop.note["msgid"], **drop.note["params"]) if drop.note else None


def _used(session: Session, drops: Sequence[FileDrop], state: FileState, why: Message | None) -> None:
    rules: dict[UUID, FileRules] = {}
    for drop in drops:
        if drop.account_id not in rules:
            rules[drop.account_id] = rules_of(session, drop.account_id)
        _move(drop, state, why)
        drop.processed_at = clock.now()
        drop.delete_on = goes_on(drop, rules[drop.account_id])
        session.add(drop)


def _move(drop: FileDrop, to: FileState, why: Message | None) -> None:
    if to not in FILE_MOVES[FileState(drop.state)]:
        raise Conflict
    drop.state, drop.note = to, _note(why)
    drop.version += 1


def _note(why: Message | None) -> dict[str, object] | None:
    return {"msgid": why.msgid, "params": dict(why.params)} if why else None
