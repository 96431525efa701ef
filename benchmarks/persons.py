"""What it costs to open persons out of the vault."""

import time
from statistics import quantiles

from sqlmodel import col, select

from benchmarks.lists import largest_customer
from nexus_portal.adapters import db
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import vault

AT_ONCE = 50
TIMES = 60


def opening_ms() -> float:
    """Fifty persons of one account, which is a page of them: milliseconds, 95th percentile."""
    actor, took = largest_customer(), list[float]()
    with db.current().transaction(actor, writes=False) as session:
        query = select(HolderRecord.item_id).where(HolderRecord.account_id == actor.account_id)
        items = session.exec(query.order_by(col(HolderRecord.item_id)).limit(AT_ONCE)).all()
        vault.open_many(session, actor, items)
        for _ in range(TIMES):
            session.expunge_all()
            began = time.perf_counter()
            vault.open_many(session, actor, items)
            took.append((time.perf_counter() - began) * 1000)
    return quantiles(took, n=20, method="inclusive")[18]
