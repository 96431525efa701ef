"""Loading rows in bulk: plain tuples, one prepared statement per table, every index and key in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the columns that rows bring, and the value of those that are the same in every row."""

    name: str
    columns: str
    same: dict[str, int | str] = field(default_factory=dict[str, int | str])

    @property
    def all_columns(self) -> str:
        """Names of the rows' columns, then of those that are the same everywhere."""
        return ", ".join(f'"{name}"' for name in [*self.columns.split(), *self.same])

    def insert(self) -> str:
        """The statement for SQLite."""
        values = ", ".join(
            ["?"] * len(self.columns.split()) + [_literal(value) for value in self.same.values()]
        )
        return f"INSERT INTO {self.name} ({self.all_columns}) VALUES ({values})"  # noqa: S608 - our own names

    def copy(self) -> str:
        """The statement for PostgreSQL."""
        return f"COPY {self.name} ({self.all_columns}) FROM STDIN"


ORDERS = Table(
    "orders",
    "id account_id serial reference cost_centre delivery_address orderer_id fulfilment billing "
    "personal_data reason cards produced shipped delivered created_at changed_at submitted_at "
    "delivered_at erase_on erased_at version",
    {"held": 0},
)
LINES = Table("order_lines", "id account_id order_id article_id layout_id quantity unit_price")
BATCHES = Table(
    "batches",
    "id account_id number layout_id state cards issued good created_at changed_at",
    {"rejected": 0, "samples": 0, "returned": 0},
)
SHIPMENTS = Table(
    "shipments",
    "id account_id order_id number tracking cards packed_at shipped_at delivered_at",
    {"carrier": "PostNord"},
)
ITEMS = Table(
    "card_items",
    "id account_id order_id line_id layout_id position stage stage_at batch_id shipment_id",
    {"attempt": 1},
)
CARDS = Table(
    "cards", "id account_id item_id number valid_until status status_changed_at block_reason created_at"
)
INVOICES = Table("invoices", "id account_id order_id number total issued_at")
INVOICE_LINES = Table(
    "invoice_lines", "id account_id invoice_id order_number article cost_centre quantity unit_price"
)
TRANSITIONS = Table(
    "transitions",
    "account_id order_id item_id axis start end at actor_id actor_role reason",
    {"count": 1},
)
HOLDERS = Table("holder_records", "id account_id item_id order_id fields created_at")
TOKENS = Table("search_tokens", "id account_id record_id kind token")

IN_ORDER = (
    BATCHES,
    ORDERS,
    LINES,
    SHIPMENTS,
    ITEMS,
    CARDS,
    INVOICES,
    INVOICE_LINES,
    TRANSITIONS,
    HOLDERS,
    TOKENS,
)
"""Each after those that it refers to."""


def load(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows through the session's connection, in its transaction."""
    connection = session.connection().connection.driver_connection
    if session.connection().dialect.name == "sqlite":
        connection.executemany(table.insert(), rows)  # pyright: ignore[reportOptionalMemberAccess]
        return
    same = tuple(table.same.values())
    with connection.cursor() as cursor:  # pyright: ignore[reportOptionalMemberAccess]
        # Times come without a zone and mean UTC, as SQLite keeps them.
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        with cursor.copy(table.copy()) as copy:
            for row in rows:
                copy.write_row(row + same)


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
