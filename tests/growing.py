"""More of what a test has made: twins of rows, written in bulk, that hang together as the first ones do."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlmodel import Session, SQLModel

from nexus_portal.adapters.db import Database
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.models.base import new_id

IN_ORDERS = ("batches", "invoices", "shipments", "order_lines", "card_items", "invoice_lines", "cards")
"""What hangs on an order, those before that others point to; `grow` adds the story of it."""
_UNIQUE = {"number", "email", "token_hash", "name"}
_fresh = count(1)
_fresh_serials = count(2026_500000)


def grow(database: Database, *tables: str, times: int = 1) -> None:
    """Each row of these tables `times` more; what they point to outside of them stays the same."""
    with database.transaction(SYSTEM) as session:
        found = {name: _rows(session, name) for name in tables}
        for _ in range(times):
            _twins(session, found)


def _rows(session: Session, name: str) -> Sequence[dict[str, Any]]:
    return [dict(row._mapping) for row in session.connection().execute(select(_table(name)))]


def _twins(session: Session, found: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    number = next(_fresh)
    ids: dict[Any, Any] = {
        row["id"]: new_id() for rows in found.values() for row in rows if isinstance(row["id"], UUID)
    }
    ids |= {row["serial"]: next(_fresh_serials) for row in found.get("orders", ())}
    for name, rows in found.items():
        if rows:
            twins = [{key: _twin(key, row[key], ids, number) for key in row} for row in rows]
            for twin in twins:
                if not isinstance(twin["id"], UUID):
                    del twin["id"]
            session.connection().execute(insert(_table(name)), twins)


def _twin(key: str, value: Any, ids: Mapping[Any, Any], number: int) -> Any:
    if isinstance(value, UUID) or key == "serial":
        return ids.get(value, value)
    if key not in _UNIQUE or value is None:
        return value
    if key == "token_hash":
        return sha256(f"{value}{number}".encode()).hexdigest()
    return f"{value}-{number}" if key != "email" else f"{number}{value}"


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]
