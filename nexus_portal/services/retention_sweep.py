"""The sweep: what an account's rules let go by itself goes, order by order, each with its ledger row [R6].

One worker at a time has the claim; the rows that it takes are taken under the lock of their orders besides,
so that nothing goes twice whoever else is at work. Between two parts everybody else may write.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.retention import Rules
from nexus_portal.models.accounts import Account, AccountKind
from nexus_portal.services import (
    blocked_cards,
    erasure_steps,
    retention_due,
    retention_rules,
    retention_taking,
    sweeps,
)
from nexus_portal.services.retention_due import Forecast

NAME = "retention"
PAUSE_SECONDS = 0.02
"""How long the sweep lets others in between two parts."""

POINTS = ("claimed", "taken", "carried_out", "swept")
"""Where `reached` is called, in this order; the steps between are those of `erasure_steps`."""


def reached(point: str) -> None:
    """Called at each of `POINTS`; tests crash here."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep came to, or would: by account number, and blocked cards that left the register."""

    accounts: dict[str, Forecast]
    blocked: int
    dry: bool


class _Lost(Exception):
    """The claim ended meanwhile: somebody else goes on."""


def sweep() -> Swept | None:
    """Let go what is due everywhere, and first what a crash left; nothing when another worker is at it."""
    claim = sweeps.Claim(NAME)
    if not claim.take():
        return None
    outcome = None
    try:
        reached("claimed")
        erasure_steps.resume_all()
        outcome = _run(claim, _accounts())
        reached("swept")
    except _Lost:
        return None
    finally:
        claim.give_back(asdict(outcome) if outcome else None)
    return outcome


def dry_run(number: str = "") -> Swept:
    """What a sweep would do now, of all accounts or of one.

    Raises:
        NotFound: no customer has this number.
    """
    now, accounts = clock.now(), _accounts(number)
    with db.current().transaction(SYSTEM, writes=False) as session:
        rules = retention_rules.rules_of_all(session, accounts)
        found = {
            account.number: retention_due.forecast(session, account.id, rules[account.id], now)
            for account in accounts
        }
        blocked = sum(len(blocked_cards.due(session, account.id, now)) for account in accounts)
    return Swept({name: said for name, said in found.items() if said.cards}, blocked, dry=True)


def sweep_account(number: str) -> Swept | None:
    """`sweep` of one account.

    Raises:
        NotFound: no customer has this number.
    """
    accounts, claim = _accounts(number), sweeps.Claim(NAME)
    if not claim.take():
        return None
    try:
        return _run(claim, accounts)
    except _Lost:
        return None
    finally:
        claim.give_back(None)


def _accounts(number: str = "") -> Sequence[Account]:
    query = select(Account).where(Account.kind == AccountKind.CUSTOMER)
    if number:
        query = query.where(Account.number == number)
    with db.current().transaction(SYSTEM, writes=False) as session:
        found = session.exec(query.order_by(Account.number)).all()
    if number and not found:
        raise NotFound
    return found


def _run(claim: sweeps.Claim, accounts: Sequence[Account]) -> Swept:
    now = clock.now()
    done: dict[str, Forecast] = {}
    blocked = 0
    for account in accounts:
        said = _sweep_account(claim, account.id, now)
        if said.cards:
            done[account.number] = said
        blocked += _sweep_blocked(claim, account.id, now)
    return Swept(done, blocked, dry=False)


def _sweep_account(claim: sweeps.Claim, account_id: UUID, now: datetime) -> Forecast:
    said, touched = Forecast(), set[UUID]()
    with db.current().transaction(SYSTEM, writes=False) as session:
        masks = retention_due.masks(session, account_id)
    for mask in masks:
        after = None
        while True:
            part = _take_part(claim, account_id, mask, now, after)
            if part is None:
                break
            after, found, erasures = part
            _carry_out(erasures)
            orders = {each.order_id for each in found}
            said = said.plus(found, len(orders - touched))
            touched |= orders
    return said


def _take_part(
    claim: sweeps.Claim, account_id: UUID, mask: int, now: datetime, after: tuple[datetime, UUID] | None
) -> tuple[tuple[datetime, UUID], list[retention_due.Due], list[UUID]] | None:
    """Decide over the next orders with such records; the place reached, what goes, and its ledger rows."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        rules = _rules(session, account_id)
        rows = retention_due.page(session, account_id, mask, rules, at=now, after=after)
    if not rows:
        return None
    order_ids = list({order_id for _, _, order_id in rows})
    with db.current().transaction(SYSTEM) as session:
        if not claim.keep(session):
            raise _Lost
        # The rules as they stand under the locks: they may have been changed since.
        found, erasures = retention_taking.take(
            session, account_id, _rules(session, account_id), now, order_ids
        )
    reached("taken")
    return (rows[-1][1], rows[-1][0]), found, erasures


def _sweep_blocked(claim: sweeps.Claim, account_id: UUID, now: datetime) -> int:
    gone = 0
    blocked_cards.warn(account_id, now)
    while True:
        with db.current().transaction(SYSTEM) as session:
            cards = blocked_cards.due(session, account_id, now, most=blocked_cards.AT_ONCE)
            if cards and not claim.keep(session):
                raise _Lost
            taken, erasures = blocked_cards.take(session, account_id, cards, now) if cards else (0, [])
        if not taken:
            return gone
        reached("taken")
        gone += taken
        _carry_out(erasures)


def _carry_out(erasures: Sequence[UUID]) -> None:
    if erasures:
        erasure_steps.carry_out_or_leave(*erasures)
        reached("carried_out")
    time.sleep(PAUSE_SECONDS)


def _rules(session: Session, account_id: UUID) -> Rules:
    return retention_rules.rules_of(session, session.get_one(Account, account_id))
