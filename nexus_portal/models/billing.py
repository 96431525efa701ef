"""Invoices. Kept for seven years, so they never hold personal data."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class Invoice(Table, table=True):
    """One order's invoice; money in öre without VAT."""

    __tablename__ = "invoices"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    number: str = Field(max_length=20, unique=True)
    total: int
    issued_at: datetime = Field(sa_type=UtcDateTime)


class InvoiceLine(Table, table=True):
    """Order number, article, count, price, cost centre: nothing about who is on the cards."""

    __tablename__ = "invoice_lines"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    invoice_id: UUID = Field(foreign_key="invoices.id", index=True)
    order_number: str = Field(max_length=20)
    article: str = Field(max_length=120)
    cost_centre: str = Field(default="", max_length=60)
    quantity: int
    unit_price: int
