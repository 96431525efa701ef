"""Who saw persons: written in the transaction of the act, swept when the account's time for it is over.

The audit log says the same for as long as there is an account; this one can be asked by person and forgotten.
Nobody is written down for the portal's own reading, such as sending a mail: nobody looked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import SYSTEM, Actor, Scope
from nexus_portal.models.accounts import Account
from nexus_portal.models.base import new_id
from nexus_portal.models.privacy import Access, AccessAct
from nexus_portal.services import tenancy

ONE_BY_ONE = 50
"""Up to so many persons in one act have a row each."""
DAYS_OF_A_MONTH = 30.4375
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Seen:
    """One person who was seen: on which card item of which order, and the keys of the fields."""

    account_id: UUID
    order_number: str
    item_id: UUID
    fields: Sequence[str]


def record(
    session: Session, actor: Actor, act: AccessAct, persons: Sequence[Seen], *, purpose: str = ""
) -> None:
    """Write down that these persons are seen: a row each up to 50, else one per order with their number."""
    if len(persons) <= ONE_BY_ONE:
        _insert(
            session,
            actor,
            [
                _row(
                    actor,
                    act,
                    purpose,
                    account_id=each.account_id,
                    subject=each.order_number,
                    item_id=each.item_id,
                    persons=1,
                    fields=sorted(each.fields),
                )
                for each in persons
            ],
        )
        return
    by_order: defaultdict[tuple[UUID, str], list[Seen]] = defaultdict(list)
    for each in persons:
        by_order[each.account_id, each.order_number].append(each)
    for (account_id, number), seen in by_order.items():
        fields = sorted({field for each in seen for field in each.fields})
        record_counts(session, actor, act, account_id, {number: len(seen)}, fields=fields, purpose=purpose)


def record_counts(
    session: Session,
    actor: Actor,
    act: AccessAct,
    account_id: UUID,
    counts: Mapping[str, int],
    *,
    fields: Sequence[str] = (),
    purpose: str = "",
) -> None:
    """Write down how many persons are seen of each order, by its number; of none, where it is empty."""
    rows = [
        _row(
            actor,
            act,
            purpose,
            account_id=account_id,
            subject=number,
            item_id=None,
            persons=count,
            fields=sorted(fields),
        )
        for number, count in counts.items()
    ]
    _insert(session, actor, rows)


def sweep() -> int:
    """Forget what has been kept for as long as its account says; how many rows that was."""
    with db.current().transaction(SYSTEM, writes=False) as session:
        kept = session.exec(tenancy.rows_of(SYSTEM, Account)).all()
    return sum(_forget_old(account) for account in kept)


def _forget_old(account: Account) -> int:
    before = clock.now() - timedelta(days=account.access_months * DAYS_OF_A_MONTH)
    old = (
        select(Access.id)
        .where(Access.account_id == account.id, col(Access.at) < before)
        .order_by(col(Access.at))
        .limit(CHUNK)
    )
    forgotten = 0
    while True:
        with db.current().transaction(SYSTEM) as session:
            ids = session.exec(old).all()
            if ids:
                session.connection().execute(delete(Access).where(col(Access.id).in_(ids)))
        forgotten += len(ids)
        if len(ids) < CHUNK:
            return forgotten


def _row(actor: Actor, act: AccessAct, purpose: str, **values: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "at": clock.now(),
        "actor_id": actor.user_id,
        "actor_role": actor.role.value if actor.role else "",
        "session_ref": actor.session_id[:16],
        "act": act.value,
        "purpose": purpose,
        **values,
    }


def _insert(session: Session, actor: Actor, rows: Sequence[dict[str, Any]]) -> None:
    if rows and actor.scope is not Scope.SYSTEM:
        session.connection().execute(insert(Access), rows)
