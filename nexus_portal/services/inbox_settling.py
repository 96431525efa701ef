"""The end of a dropped list: it is ordered if the account wants that, and its answer lies in `results`.

Each step may be done twice without harm; a worker that dies between two of them is followed by another.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, crash_points, db
from nexus_portal.adapters.events import News
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Conflict, NoRoom, NotFound, NotYet, PortalError, Unavailable
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.inbox import stem_of
from nexus_portal.domain.lifecycles import EDITABLE
from nexus_portal.domain.numbers import order_number
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.inbox import FileTaking
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    acting,
    audit,
    file_marks,
    file_store,
    file_uploads,
    inbox_results,
    ordering,
    tenancy,
    vault_files,
)
from nexus_portal.services.sessions import system
from nexus_portal.services.use_case import perform

log = logging.getLogger(__name__)

POINTS = ("inbox:ordered", "inbox:answered", "inbox:settled")
"""Where `crash_points.reached` is called, in this order."""
LONGEST_STEM = 120
NO_ROOM = Message("There was no room for its answer in results. The order’s page says the same.")


@dataclass(frozen=True, slots=True)
class _Ended:
    """A list that was read, or whose reading has ended before its end."""

    taking: FileTaking
    source: Import
    order: Order
    orderer: Actor | None

    @property
    def number(self) -> str:
        """The order's."""
        return order_number(self.order.serial)


def settle_all(account_id: UUID) -> int:
    """Settle every list of an account that is not being read any more; gives how many."""
    query = (
        select(FileTaking.id)
        .join(Import, col(Import.id) == col(FileTaking.import_id))
        .where(
            FileTaking.account_id == account_id,
            col(FileTaking.settled_at).is_(None),
            Import.state != ImportState.READING,
        )
    )
    with system(writes=False) as session:
        ended = session.exec(query.order_by(col(FileTaking.id))).all()
    for taking_id in ended:
        _settle(taking_id)
    return len(ended)


def _settle(taking_id: UUID) -> None:
    ended = _ended(taking_id)
    said = _unread(ended) if ended.source.state == ImportState.FAILED else _order(ended)
    crash_points.reached("inbox:ordered")
    answers = _answers(ended)
    crash_points.reached("inbox:answered")
    with system() as session:
        _close(session, ended, answers, said)
    crash_points.reached("inbox:settled")


def _ended(taking_id: UUID) -> _Ended:
    with system(writes=False) as session:
        taking = session.get_one(FileTaking, taking_id)
        return _Ended(
            taking,
            session.get_one(Import, taking.import_id),
            session.get_one(Order, taking.order_id),
            acting.member(session, taking.account_id, taking.user_id, Permission.ORDERS_CREATE),
        )


def _unread(ended: _Ended) -> Message:
    return Message(
        "Reading stopped after {done} of {total} rows. Draft {number} holds them; send the same list again "
        "to go on.",
        done=ended.source.done,
        total=ended.source.total,
        number=ended.number,
    )


def _order(ended: _Ended) -> Message | None:
    """Send the order where the account wants that and every row is right; else say why it stays a draft."""
    if not ended.taking.submits or ended.order.fulfilment not in EDITABLE:
        return None
    if ended.orderer is None:
        return Message("It stays a draft: whoever ordered it may not order any more.")
    try:
        perform(ordering.submit, ended.orderer, number=ended.number, key=f"drop {ended.taking.id.hex}")
    except NotYet as error:
        return error.reasons[0] if error.reasons else error.message
    except Unavailable:
        raise
    except Conflict:
        return None  # somebody ordered it on the page meanwhile
    except PortalError as error:
        return error.message
    return None


def placed(whose: Actor, name: str, data: bytes) -> UUID | None:
    """Put a file into `results`, in place of an earlier one of that name; nothing where there is no room."""
    try:
        return file_uploads.place(whose, folder=Folder.RESULTS, name=name, parts=[data])
    except NoRoom:
        log.warning("there was no room for an answer")
        return None


def _answers(ended: _Ended) -> list[UUID | None]:
    """Put the answer into `results` of whoever sent the list, in place of an earlier one to it."""
    reader = ended.orderer or SYSTEM
    with system(writes=False) as session:
        files = inbox_results.table(session, reader, ended.source, ended.order).files()
        drops = _drops(session, ended)
        # Who orders gets the answer to a list that was deleted meanwhile.
        owners = {drop.owner_id for drop in drops} or {ended.taking.user_id}
        stems = {each: _stem(session, [drop for drop in drops if drop.owner_id == each]) for each in owners}
    account_id = ended.taking.account_id
    return [
        placed(file_store.portal_in(account_id, owner), f"{stem}{ended.number}.{suffix}", data)
        for owner, stem in stems.items()
        for suffix, data in files.items()
    ]


def _close(session: Session, ended: _Ended, answers: Sequence[UUID | None], said: Message | None) -> None:
    drops = _drops(session, ended, lock=True)
    failed = ended.source.state == ImportState.FAILED
    if failed and said is not None:
        file_marks.refused(session, drops, said)
    else:
        file_marks.processed(session, drops, said if all(answers) or said else NO_ROOM)
    for answer in filter(None, answers):
        result = session.get_one(FileDrop, answer, with_for_update=True)
        result.order_id, result.import_id, result.rows = ended.order.id, ended.source.id, ended.source.done
        file_marks.processed(session, [result], None)
    taking = session.get_one(FileTaking, ended.taking.id, with_for_update=True)
    taking.settled_at = clock.now()
    session.add(taking)
    audit.record(
        session,
        SYSTEM,
        "file:processed",
        subject=ended.number,
        account_id=taking.account_id,
        files=len(drops),
        rows=ended.source.done,
        total=ended.source.total,
    )
    if file_marks.rules_of(session, taking.account_id).archives and not failed:
        _move(session, drops, ended.number)
    db.announce(session, News(taking.account_id, "files"))


def _drops(session: Session, ended: _Ended, *, lock: bool = False) -> Sequence[FileDrop]:
    query = tenancy.rows_of(SYSTEM, FileDrop).where(
        FileDrop.order_id == ended.order.id,
        FileDrop.import_id == ended.source.id,
        FileDrop.state == FileState.IMPORTED,
    )
    query = query.order_by(col(FileDrop.id))
    return session.exec(query.with_for_update() if lock else query).all()


def _stem(session: Session, drops: Sequence[FileDrop]) -> str:
    """What the answer's name begins with: the list's own, so that its sender finds it."""
    names = vault_files.names(session, drops)
    named = [drop for drop in drops if drop.id in names and drop.rows]
    return f"{stem_of(names[named[0].id])[:LONGEST_STEM]} " if named else ""


def _move(session: Session, drops: Sequence[FileDrop], number: str) -> None:
    """Move used files to `archive`, each under its name, or with the order's number where that is taken."""
    found = {drop.id: drop for drop in drops}
    for drop_id, name in vault_files.names(session, drops).items():
        actor = file_store.portal_in(found[drop_id].account_id, found[drop_id].owner_id)
        try:
            file_store.find(session, actor, Folder.ARCHIVE, name)
        except NotFound:
            to_name = name
        else:
            to_name = f"{number} {name}"
        file_store.rename(
            session, actor, folder=Folder.INBOX, name=name, to_folder=Folder.ARCHIVE, to_name=to_name
        )
