"""The ledger of erasures outside the database: what is written there, and when.

A decision is noted before its keys are destroyed, its end before the certificate is committed. If the commit
fails, a later entry says how it ended: the last one of an erasure counts.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal import settings
from nexus_portal.adapters import db, ledger_file
from nexus_portal.adapters.ledger_file import Entry
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.models.orders import Order
from nexus_portal.services import tenancy

AT_ONCE = 500
_COLUMNS = tuple(Erasure.model_fields)


def note_decided(erasures: Sequence[Erasure]) -> None:
    """Write down decisions; call it before anything is destroyed.

    Raises:
        Unavailable: the ledger's disk does not take them.
    """
    ledger_file.append([_decided(erasure) for erasure in erasures])


def note_done(erasures: Sequence[tuple[Erasure, Order | None]]) -> None:
    """Write down how erasures ended, with their certificates; call it last in the transaction that ends them.

    Raises:
        Unavailable: the ledger's disk does not take them.
    """
    ledger_file.append([_done(erasure, order) for erasure, order in erasures])


def begin() -> int:
    """Write what the database knows into a ledger that does not exist yet; how many erasures those are."""
    if settings.current().ledger_file.exists():
        return 0
    count = 0
    for part in _all():
        note_decided(part)
        with db.current().transaction(SYSTEM, writes=False) as session:
            done = [erasure for erasure in part if erasure.state == ErasureState.DONE]
            note_done([(erasure, _order(session, erasure)) for erasure in done])
        count += len(part)
    return count


def _decided(erasure: Erasure) -> Entry:
    return {"kind": ledger_file.DECIDED, "erasure": _row(erasure) | {"certificate": None}}


def _done(erasure: Erasure, order: Order | None) -> Entry:
    after = order and {
        "id": order.id,
        "personal_data": order.personal_data,
        "erased_at": order.erased_at,
        "erasure_id": order.erasure_id,
    }
    row = _row(erasure)
    del row["targets"]  # they stand in the entry of the decision
    return {"kind": ledger_file.DONE, "erasure": row, "order": after}


def _row(erasure: Erasure) -> Entry:
    return {name: getattr(erasure, name) for name in _COLUMNS}


def _all() -> Iterator[Sequence[Erasure]]:
    after: UUID | None = None
    while True:
        query = tenancy.rows_of(SYSTEM, Erasure).order_by(col(Erasure.id)).limit(AT_ONCE)
        with db.current().transaction(SYSTEM, writes=False) as session:
            part = session.exec(query if after is None else query.where(col(Erasure.id) > after)).all()
        if not part:
            return
        yield part
        after = part[-1].id


def _order(session: Session, erasure: Erasure) -> Order | None:
    return session.get(Order, erasure.order_id) if erasure.order_id else None
