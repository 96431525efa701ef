"""Shipments: what left the bureau together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from nexus_portal.models.base import Table, UtcDateTime, new_id


class Shipment(Table, table=True):
    """Card items and accessories of one order in one parcel; it may be a part of the order."""

    __tablename__ = "shipments"
    __table_args__ = (Index("ix_shipments_delivered_shipped_id", "delivered_at", "shipped_at", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id", index=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    number: str = Field(max_length=20, unique=True)
    carrier: str = Field(default="", max_length=60)
    tracking: str = Field(default="", max_length=60)
    cards: int = 0
    pieces: int = 0
    """Accessories in it, of all lines together."""
    packed_at: datetime = Field(sa_type=UtcDateTime)
    shipped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ShipmentLine(Table, table=True):
    """Accessories of one line of an order in a parcel: they go where it goes, with no way of their own."""

    __tablename__ = "shipment_lines"

    shipment_id: UUID = Field(foreign_key="shipments.id", primary_key=True)
    line_id: UUID = Field(foreign_key="order_lines.id", primary_key=True)
    account_id: UUID = Field(foreign_key="accounts.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    quantity: int
