"""Taking files of the file drop away for good: by people, several at once, and by the account's own days."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import Invalid, NotFound, NotYet, PortalError
from nexus_portal.domain.file_drops import GONE, FileState
from nexus_portal.domain.numbers import file_code
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.files import FileDrop
from nexus_portal.models.imports import Import, ImportState
from nexus_portal.models.inbox import FileRules
from nexus_portal.models.orders import Order
from nexus_portal.services import file_erasing, file_marks, file_scope, related, tenancy
from nexus_portal.services.erasure_steps import carry_out_or_leave
from nexus_portal.services.sessions import system
from nexus_portal.services.use_case import use_case

log = logging.getLogger(__name__)

MOST = 200
"""Files that are chosen at once."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Removed:
    """How many files go, and the erasure whose certificate says so; none where they had gone before."""

    files: int
    erasure_id: UUID | None


@use_case(Permission.FILES_USE, step_up=True)
def remove_files(session: Session, actor: Actor, *, file_ids: Sequence[UUID]) -> Removed:
    """Erase files: their keys, names and bytes, with one certificate for all of them. Twice is as once.

    Raises:
        Invalid: none is chosen, or more than 200.
        NotFound: the actor may not know of one.
        NotYet: one is just being read, or a hold stands on the account or on an order; `.reasons` says which.
    """
    if not 1 <= len(set(file_ids)) <= MOST:
        raise Invalid(Message("Choose 1 to {most} at once.", most=MOST))
    query = file_scope.rows(actor).where(col(FileDrop.id).in_(set(file_ids)))
    drops = session.exec(query.order_by(col(FileDrop.id)).with_for_update()).all()
    if len(drops) != len(set(file_ids)):
        raise NotFound
    there = [drop for drop in drops if drop.state not in GONE]
    if not there:
        return Removed(0, None)
    reasons = _in_the_way(session, actor, there)
    if reasons:
        raise NotYet(Message("Not all of these files can be removed now."), reasons)
    erasure = file_erasing.decide(session, actor, there, file_erasing.BY_REQUEST)
    db.after_commit(session, partial(carry_out_or_leave, erasure.id))
    return Removed(len(there), erasure.id)


def sweep() -> int:
    """Erase the files whose day has come, account by account; a hold keeps them. Gives how many went."""
    with system(writes=False) as session:
        accounts = session.exec(select(FileDrop.account_id).where(_due(clock.now())).distinct()).all()
    gone = 0
    for account_id in accounts:
        try:
            gone += _sweep_account(account_id)
        except PortalError as error:
            log.warning("files whose day has come stay: %s", type(error).__name__)
    return gone


def reschedule(session: Session, rules: FileRules) -> None:
    """Let other days count for the files that were used already."""
    query = select(FileDrop).where(
        FileDrop.account_id == rules.account_id,
        col(FileDrop.processed_at).is_not(None),
        col(FileDrop.deleted_at).is_(None),
    )
    for drop in session.exec(query):
        drop.delete_on = file_marks.goes_on(drop, rules)
        session.add(drop)


def _in_the_way(session: Session, actor: Actor, drops: Sequence[FileDrop]) -> list[Message]:
    reading = related.by_id(
        session, actor, Import, (drop.import_id for drop in drops if drop.state == FileState.IMPORTED)
    )
    orders = related.by_id(session, actor, Order, (drop.order_id for drop in drops))
    reasons: list[Message] = []
    for drop in drops:
        source = reading.get(drop.import_id) if drop.import_id else None
        if source is not None and source.state == ImportState.READING:
            reasons.append(Message("{file} is just being read.", file=file_code(drop.id)))
        elif _held(drop, orders):
            reasons.append(
                Message("A hold on the order of {file} stands in the way.", file=file_code(drop.id))
            )
    return reasons


def _held(drop: FileDrop, orders: Mapping[UUID, Order]) -> bool:
    order = orders.get(drop.order_id) if drop.order_id else None
    return order is not None and order.held


def _due(unused_since: datetime) -> ColumnElement[bool]:
    """Files whose own day has come, and those that came before a moment and were never used."""
    unused = and_(col(FileDrop.state) == FileState.RECEIVED, col(FileDrop.received_at) <= unused_since)
    return and_(col(FileDrop.deleted_at).is_(None), or_(col(FileDrop.delete_on) <= clock.today(), unused))


def _sweep_account(account_id: UUID) -> int:
    with system() as session:
        account = tenancy.get(session, SYSTEM, Account, account_id)
        if account.held:
            return 0
        rules = file_marks.rules_of(session, account_id)
        unused_since = clock.now() - timedelta(days=rules.days_unused)
        query = tenancy.rows_of(SYSTEM, FileDrop).where(FileDrop.account_id == account_id, _due(unused_since))
        found = session.exec(query.order_by(col(FileDrop.id)).limit(AT_ONCE).with_for_update()).all()
        orders = related.by_id(session, SYSTEM, Order, (drop.order_id for drop in found))
        due = [drop for drop in found if not _held(drop, orders)]
        if not due:
            return 0
        erasure = file_erasing.decide(session, SYSTEM, due, file_erasing.BY_RULE)
        db.after_commit(session, partial(carry_out_or_leave, erasure.id))
        return len(due)
