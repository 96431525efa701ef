"""Carrying the end of an account out, step by step; each may be done twice without harm.

Doors first, then persons by the ledger of erasures, then what is left, then the certificate. The state of the
closing says how far it has come, so that a crash at any of `POINTS` is resumed from there.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.errors import PortalError
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.customers import AccountClosing, ClosingState
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.people import User
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import closing_remains, erasure_steps, outbox, retention_taking, tenancy
from nexus_portal.services.erasure_close import CLOSING
from nexus_portal.services.sessions import system

log = logging.getLogger(__name__)
AT_ONCE = 500
"""Records that are written into the ledger in one transaction."""
POINTS = ("confirmed", "shut", "decided", "erased", "remains", "certified")
"""Where `reached` is called, in this order."""


def reached(point: str) -> None:
    """Called at each of `POINTS`; tests crash here."""


@dataclass(frozen=True, slots=True)
class _Task:
    closing_id: UUID
    account_id: UUID


def carry_out(closing_id: UUID) -> None:
    """Do all that is left of a confirmed closing.

    Raises:
        Unavailable: a store does not answer; what was done is done, the rest is resumed later.
    """
    with system(writes=False) as session:
        closing = session.get_one(AccountClosing, closing_id)
        task = _Task(closing.id, closing.account_id)
    steps: tuple[tuple[ClosingState, str, Callable[[_Task], None]], ...] = (
        (ClosingState.CONFIRMED, "confirmed", _shut),
        (ClosingState.SHUT, "shut", _decide),
        (ClosingState.DECIDED, "decided", _erase),
        (ClosingState.ERASED, "erased", _clear),
    )
    for state, point, step in steps:
        if _state(task) == state:
            reached(point)
            step(task)
    reached("remains")
    _certify(task)
    reached("certified")


def carry_out_or_leave(closing_id: UUID) -> None:
    """`carry_out` after the confirmation is committed: what fails is logged and left to `resume_all`."""
    try:
        carry_out(closing_id)
    except PortalError as error:
        log.warning("closing %s waits to be resumed: %s", closing_id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the confirmation stands, and must not be answered as if it did not
        log.error("closing %s stopped: %s", closing_id, type(error).__name__)  # noqa: TRY400 - no values in logs


def resume_all() -> int:
    """Carry on every confirmed closing that is not done; how many were tried."""
    done = select(Erasure.id).where(
        Erasure.id == AccountClosing.erasure_id, Erasure.state == ErasureState.DONE
    )
    waiting = select(AccountClosing.id).where(
        col(AccountClosing.state).not_in((ClosingState.ASKED, ClosingState.WITHDRAWN)), ~done.exists()
    )
    with system(writes=False) as session:
        found = session.exec(waiting.order_by(col(AccountClosing.id))).all()
    for closing_id in found:
        carry_out_or_leave(closing_id)
    return len(found)


def _shut(task: _Task) -> None:
    with system() as session:
        account = tenancy.get(session, SYSTEM, Account, task.account_id, lock=True)
        account.status, account.status_at = AccountStatus.CLOSED, clock.now()
        session.add(account)
        closing_remains.end_people(session, account.id)
        _advance(session, task, ClosingState.SHUT)


def _decide(task: _Task) -> None:
    """Everybody who is left goes into the ledger, and out of the database with the same transaction."""
    _finish_open(task)  # what others decided before: nobody is decided over twice
    while True:
        with system() as session:
            groups: defaultdict[tuple[UUID, int], list[UUID]] = defaultdict(list)
            for record_id, order_id in _records(session, task.account_id):
                groups[order_id, 0].append(record_id)
            order_ids = sorted({order_id for order_id, _ in groups})
            orders = retention_taking.lock(session, task.account_id, order_ids)
            decided = retention_taking.Rule(task.account_id, CLOSING)
            erasures = retention_taking.write(session, orders, groups, clock.now(), decided)
            if not erasures:
                closing_remains.decide_files(session, task.account_id, _decider(session, task))
                _advance(session, task, ClosingState.DECIDED)
                return


def _decider(session: Session, task: _Task) -> Actor:
    """Whoever confirmed the closing, with the portal's own reach."""
    closing = session.get_one(AccountClosing, task.closing_id)
    role = Role(closing.confirmed_role) if closing.confirmed_role in set(Role) else None
    return replace(SYSTEM, user_id=closing.confirmed_by, role=role)


def _records(session: Session, account_id: UUID) -> list[tuple[UUID, UUID]]:
    """Persons that are left, as (record, order)."""
    query = (
        tenancy.rows_of(SYSTEM, HolderRecord)
        .where(HolderRecord.account_id == account_id)
        .order_by(col(HolderRecord.order_id), col(HolderRecord.id))
        .limit(AT_ONCE)
    )
    return [(record.id, record.order_id) for record in session.exec(query)]


def _erase(task: _Task) -> None:
    _finish_open(task)
    with system() as session:
        _advance(session, task, ClosingState.ERASED)


def _finish_open(task: _Task) -> None:
    query = select(Erasure.id).where(
        Erasure.account_id == task.account_id, Erasure.state != ErasureState.DONE
    )
    with system(writes=False) as session:
        waiting = session.exec(query).all()
    for start in range(0, len(waiting), AT_ONCE):
        erasure_steps.carry_out_all(waiting[start : start + AT_ONCE])


def _clear(task: _Task) -> None:
    """What is left of the account goes, and the ledger gets the row that stands for all of it."""
    with system() as session:
        closing = session.get_one(AccountClosing, task.closing_id, with_for_update=True)
        told = session.get(User, closing.confirmed_by)
        address, language = (told.email, told.language) if told else ("", "en")
        closing_remains.remove(session, task.account_id)
        _tell(session, task, address, language)
        closing.erasure_id = _whole(session, closing).id
        closing.closed_at = clock.now()
        session.add(closing)
        _advance(session, task, ClosingState.CLOSED)


def _tell(session: Session, task: _Task, address: str, language: str) -> None:
    account = tenancy.get(session, SYSTEM, Account, task.account_id)
    if address:
        # Without the account: what belongs to it is gone by now.
        outbox.post(
            session,
            to=address,
            language=language,
            subject=Message("The account of {account} is closed", account=account.name),
            body=Message(
                "The account of {account} is closed, and all personal data in it erased. Nobody signs in to "
                "it any more. The card bureau sends you the signed certificate; anybody can verify it "
                "here:\n\n{link}",
                account=account.name,
                link=f"{settings.current().base_url}/verify",
            ),
            kind="account",
        )


def _whole(session: Session, closing: AccountClosing) -> Erasure:
    mine = (Erasure.account_id == closing.account_id, Erasure.policy == CLOSING)
    sums = select(func.sum(Erasure.persons), func.sum(Erasure.photos), func.sum(Erasure.tokens)).where(*mine)
    persons, photos, tokens = session.exec(sums).one()
    erasure = Erasure(
        account_id=closing.account_id,
        policy=CLOSING,
        decided_by=closing.confirmed_by,
        decided_role=closing.confirmed_role,
        decided_at=closing.confirmed_at or clock.now(),
        persons=persons or 0,
        photos=photos or 0,
        tokens=tokens or 0,
        targets=[],
    )
    session.add(erasure)
    session.flush()
    return erasure


def _certify(task: _Task) -> None:
    with system(writes=False) as session:
        erasure_id = session.get_one(AccountClosing, task.closing_id).erasure_id
    if erasure_id is not None:
        erasure_steps.carry_out(erasure_id)


def _state(task: _Task) -> str:
    with system(writes=False) as session:
        return session.get_one(AccountClosing, task.closing_id).state


def _advance(session: Session, task: _Task, to: ClosingState) -> None:
    session.exec(update(AccountClosing).where(col(AccountClosing.id) == task.closing_id).values(state=to))
