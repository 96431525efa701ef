"""The tables of the crowd's rows: which columns rows bring as plain tuples, and what is the same in all."""

from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the columns that rows bring, and the value of those that are the same in every row."""

    name: str
    columns: str
    same: dict[str, int | str] = field(default_factory=dict[str, int | str])

    @property
    def brought(self) -> str:
        """Names of the columns that rows bring."""
        return ", ".join(f'"{name}"' for name in self.columns.split())

    def insert(self, source: str) -> str:
        """The statement that writes what `source` gives: values for what rows bring, then for the rest."""
        names = ", ".join([self.brought, *(f'"{name}"' for name in self.same)])
        return f"INSERT INTO {self.name} ({names}) {source}"

    def select(self, source: str = "", *, with_same: bool = False) -> str:
        """Read what rows bring, from the table itself or from another of the same form."""
        names = self.with_same(self.brought) if with_same else self.brought
        return f"SELECT {names} FROM {source or self.name}"  # noqa: S608 - our own names

    def with_same(self, brought: str) -> str:
        """Values or names that rows bring, then the values that are the same in every row."""
        return ", ".join([brought, *map(_literal, self.same.values())])


ORDERS = Table(
    "orders",
    "id account_id serial reference cost_centre delivery_address orderer_id fulfilment billing "
    "personal_data reason cards produced shipped delivered created_at changed_at submitted_at "
    "delivered_at erase_on erased_at version",
    {"held": False, "pieces": 0, "pieces_packed": 0, "pieces_shipped": 0, "pieces_delivered": 0},
)
WORDS = Table("order_words", "account_id serial word")
LINES = Table("order_lines", "id account_id order_id article_id layout_id serial quantity unit_price")
BATCHES = Table(
    "batches",
    "id account_id number layout_id state cards issued good created_at changed_at",
    {"rejected": 0, "samples": 0, "returned": 0},
)
SHIPMENTS = Table(
    "shipments",
    "id account_id order_id number tracking cards packed_at shipped_at delivered_at",
    {"carrier": "PostNord", "pieces": 0},
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
HOLDERS = Table("holder_records", "id account_id item_id order_id fields kinds delivered_at created_at")
TOKENS = Table("search_tokens", "id account_id record_id kind token")

IN_ORDER = (
    BATCHES,
    ORDERS,
    WORDS,
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


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
