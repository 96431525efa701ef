"""The work of the inbox: what belongs together is taken, one account at a time, by one worker at a time.

Files wait, are taken or refused; what has been read is settled. An account is looked at again when something
about its files has changed, or when the time of one that waits is over.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.archives import Limits
from nexus_portal.adapters.events import News
from nexus_portal.domain import inbox
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import (
    Conflict,
    Invalid,
    NotFound,
    PortalError,
    Tampered,
    TooMany,
    Unavailable,
)
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.inbox import Group, Part
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.inbox import FileRules, FileTaking
from nexus_portal.services import (
    acting,
    audit,
    file_marks,
    file_store,
    inbox_files,
    inbox_results,
    inbox_settling,
    inbox_taking,
    layouts,
    sweeps,
    tenancy,
)
from nexus_portal.services.inbox_files import Lying
from nexus_portal.services.sessions import system
from nexus_portal.services.use_case import perform

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
"""When to look again at what could not be taken for a passing reason."""
RARELY = timedelta(minutes=5)
A_LOT = 500
"""Files that are looked at for each second of rest."""
UNTAKEN = (FileState.RECEIVING, FileState.RECEIVED)
NOBODY = Message(
    "Nobody orders what is dropped yet. Your account admin chooses somebody in the rules for files."
)
NOT_ANY_MORE = Message(
    "Whoever orders what is dropped may not order any more. Your account admin chooses somebody else in the "
    "rules for files."
)
NO_KIND = Message("Only spreadsheets (XLSX, CSV), ZIP files and photos (JPEG, PNG) are taken.")
MANY = Message("Many files are being read just now. It is taken after them.")
NO_DISK = Message("The server does not take it just now, for its disk may be full. It is tried again.")
PASSING = (inbox.FOR_PHOTOS, MANY, NO_DISK)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look at an inbox: when it is due again, and until when even changes can wait."""

    again: timedelta
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Seen:
    stand: object
    again_at: datetime
    rest_until: datetime


@dataclass(slots=True)
class Memory:
    """What a worker has seen of each account: how its inbox stood, and when to look at it again."""

    seen: dict[UUID, _Seen] = field(default_factory=dict[UUID, _Seen])

    def due(self, stands: Mapping[UUID, object]) -> list[UUID]:
        """The accounts whose inbox is another than before, or whose time has come."""
        self.seen = {account: kept for account, kept in self.seen.items() if account in stands}
        return [account for account, stand in stands.items() if self._is_due(account, stand)]

    def keep(self, account_id: UUID, stand: object, look: Look) -> None:
        """Remember a look, by how things stood before it: whatever came during it is another stand."""
        now = clock.now()
        self.seen[account_id] = _Seen(stand, now + look.again, now + look.rest)

    def _is_due(self, account_id: UUID, stand: object) -> bool:
        kept, now = self.seen.get(account_id), clock.now()
        return kept is None or kept.again_at <= now or (kept.stand != stand and kept.rest_until <= now)


NEVER = threading.Event()


def work(memory: Memory, stop: threading.Event = NEVER) -> int:
    """Do what there is to do in every inbox; gives how many accounts were looked at."""
    stands, looked = _stands(), 0
    for account_id in memory.due(stands):
        if stop.is_set():
            break
        claim = sweeps.Claim(f"inbox {account_id.hex}")
        if not claim.take():
            continue
        try:
            memory.keep(account_id, stands[account_id], _look_at(account_id))
            looked += 1
        except PortalError as error:
            log.warning("an inbox waits: %s", type(error).__name__)
        finally:
            claim.give_back(None)
    return looked


def _stands() -> dict[UUID, object]:
    """How the inboxes stand in which something lies, and the accounts with lists that were read."""
    files = (
        select(FileDrop.account_id, func.count(), func.sum(FileDrop.version), func.max(FileDrop.received_at))
        .where(FileDrop.folder == Folder.INBOX, col(FileDrop.state).in_(UNTAKEN))
        .group_by(col(FileDrop.account_id))
    )
    ended = (
        select(FileTaking.account_id, func.count())
        .join(Import, col(Import.id) == col(FileTaking.import_id))
        .where(col(FileTaking.settled_at).is_(None), Import.state != ImportState.READING)
        .group_by(col(FileTaking.account_id))
    )
    rules = select(FileRules.account_id, FileRules.changed_at)
    with system(writes=False) as session:
        lying = {account: tuple(stand) for account, *stand in session.connection().execute(files)}
        read = dict(session.exec(ended).all())
        changed = dict(session.exec(rules).all())
    return {each: (lying.get(each), read.get(each), changed.get(each)) for each in {*lying, *read}}


def _look_at(account_id: UUID) -> Look:
    """Settle what was read, take what can be taken."""
    inbox_settling.settle_all(account_id)
    with system(writes=False) as session:
        rules = file_marks.rules_of(session, account_id)
        found = {each.drop.id: each for each in inbox_files.lying(session, account_id)}
        orderer = _orderer(session, rules)
    if not found:
        return Look(RARELY)
    waiting: dict[UUID, Message] = {}
    # Files of two people never go together: neither knows of the other's.
    for owner in {each.drop.owner_id for each in found.values()}:
        own = {file_id: each for file_id, each in found.items() if each.drop.owner_id == owner}
        waiting |= _take(account_id, orderer, rules, own)
    _tell(account_id, waiting)
    again = AGAIN if any(why in PASSING for why in waiting.values()) else RARELY
    # Thousands of photos come one by one: each must not be a reason to open all their names anew.
    rest = timedelta(seconds=len(found) // A_LOT)
    return Look(max(again, rest), rest)


def _take(
    account_id: UUID, orderer: Actor | None, rules: FileRules, own: Mapping[UUID, Lying]
) -> dict[UUID, Message]:
    """Take what can be taken of one person's files; gives why the others wait."""
    sorted_out, unusable = _sorted(own, orderer)
    for file_id, why in unusable.items():
        _refuse(account_id, [own[file_id]], why, orderer)
    waiting = dict(sorted_out.waiting)
    for group in sorted_out.groups:
        waiting |= _taken(account_id, orderer, rules, group, own)
    return waiting


def _orderer(session: Session, rules: FileRules) -> Actor | None:
    if rules.orders_as is None:
        return None
    return acting.member(session, rules.account_id, rules.orders_as, Permission.ORDERS_CREATE)


def _sorted(found: Mapping[UUID, Lying], orderer: Actor | None) -> tuple[inbox.Inbox, dict[UUID, Message]]:
    arrived: list[inbox.Arrived] = []
    unusable: dict[UUID, Message] = {}
    for file_id, each in found.items():
        whole = each.drop.state == FileState.RECEIVED
        try:
            arrived.append(each.arrived(holds_sheet=whole and inbox_files.holds_sheet(each)))
        except NotFound:
            continue  # it was deleted meanwhile
        except (Invalid, Tampered) as error:
            unusable[file_id] = error.message
            continue
        if whole and each.part is Part.PHOTO and each.drop.size > Limits().max_entry_bytes:
            unusable[file_id] = Message("It is larger than {limit} MB.", limit=Limits().max_entry_bytes >> 20)
    offered = perform(layouts.layouts_for_ordering, orderer) if orderer else ()
    alone = bool(offered) and all(each.photo_field is None for each in offered)
    usable = [each for each in arrived if each.id not in unusable]
    sorted_out = inbox.sort_out(usable, clock.now(), alone=alone)
    return sorted_out, unusable | dict.fromkeys(sorted_out.unusable, NO_KIND)


def _taken(
    account_id: UUID,
    orderer: Actor | None,
    rules: FileRules,
    group: Group,
    found: Mapping[UUID, Lying],
) -> dict[UUID, Message]:
    """Take a group; gives why its files wait, where they do."""
    files = [each for each in (group.sheet, group.archive) if each is not None]
    if orderer is None:
        return dict.fromkeys(files, NOT_ANY_MORE if rules.orders_as else NOBODY)
    try:
        inbox_taking.take(orderer, rules, group, found)
    except (Invalid, Tampered) as error:
        _refuse(account_id, [found[each] for each in files], error.message, orderer)
    except TooMany:
        return dict.fromkeys(files, MANY)
    except Unavailable:
        return dict.fromkeys(files, NO_DISK)
    except (Conflict, NotFound):
        log.info("files of an inbox were changed while they were taken")
    return {}


def _refuse(account_id: UUID, files: Sequence[Lying], why: Message, orderer: Actor | None) -> None:
    """Say in `results` and on the files why they cannot be used."""
    language = orderer.language if orderer else "sv"
    name = f"{files[0].name[: inbox_settling.LONGEST_STEM]}.refused.txt"
    whose = file_store.portal_in(account_id, files[0].drop.owner_id)
    answer = inbox_settling.placed(whose, name, inbox_results.refusal(why, language))
    with system() as session:
        query = tenancy.rows_of(SYSTEM, FileDrop).where(
            col(FileDrop.id).in_([each.drop.id for each in files])
        )
        drops = session.exec(query.where(FileDrop.state == FileState.RECEIVED).with_for_update()).all()
        file_marks.refused(session, drops, why)
        if answer is not None:
            file_marks.processed(session, [session.get_one(FileDrop, answer)], None)
        audit.record(session, SYSTEM, "file:refused", account_id=account_id, files=len(drops))
        db.announce(session, News(account_id, "files"))


def _tell(account_id: UUID, waiting: Mapping[UUID, Message]) -> None:
    """Write on each file why it waits."""
    with system() as session:
        query = tenancy.rows_of(SYSTEM, FileDrop).where(
            FileDrop.account_id == account_id,
            FileDrop.folder == Folder.INBOX,
            FileDrop.state == FileState.RECEIVED,
        )
        told = [file_marks.waits(session, drop, waiting.get(drop.id)) for drop in session.exec(query)]
        if any(told):
            db.announce(session, News(account_id, "files"))
