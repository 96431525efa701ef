"""Accessories go as their parcels go; a session knows under which id it went on."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0009"
down_revision: str | None = "0008"

COUNTS = ("pieces", "pieces_packed", "pieces_shipped", "pieces_delivered")
TO_PACK = sa.text("pieces > pieces_packed")
# Until now all accessories of an order left with its first parcel, and nothing said so.
ARRIVED_WHOLE = (
    "UPDATE shipments SET delivered_at = (SELECT orders.delivered_at FROM orders"
    " WHERE orders.id = shipments.order_id)"
    " WHERE delivered_at IS NULL AND shipped_at IS NOT NULL"
    " AND order_id IN (SELECT order_id FROM order_lines WHERE layout_id IS NULL)"
    " AND order_id IN (SELECT id FROM orders WHERE delivered_at IS NOT NULL)"
)
WITH_THE_FIRST = (
    "INSERT INTO shipment_lines (shipment_id, line_id, account_id, order_id, quantity)"
    " SELECT shipments.id, order_lines.id, order_lines.account_id, order_lines.order_id, order_lines.quantity"
    " FROM order_lines JOIN shipments ON shipments.order_id = order_lines.order_id"
    " WHERE order_lines.layout_id IS NULL AND NOT EXISTS (SELECT 1 FROM shipments AS earlier"
    " WHERE earlier.order_id = shipments.order_id AND earlier.id < shipments.id)"
)
OF_SHIPMENTS = (
    "UPDATE shipments SET pieces = (SELECT sum(quantity) FROM shipment_lines"
    " WHERE shipment_lines.shipment_id = shipments.id)"
    " WHERE id IN (SELECT shipment_id FROM shipment_lines)"
)
OF_ORDERS = (
    "UPDATE orders SET"
    " pieces = (SELECT sum(quantity) FROM order_lines"
    " WHERE order_lines.order_id = orders.id AND layout_id IS NULL),"
    " pieces_packed = {packed}, pieces_shipped = {shipped}, pieces_delivered = {delivered}"
    " WHERE id IN (SELECT order_id FROM order_lines WHERE layout_id IS NULL)"
)
SUM = (
    "(SELECT coalesce(sum(shipment_lines.quantity), 0) FROM shipment_lines"
    " JOIN shipments ON shipments.id = shipment_lines.shipment_id"
    " WHERE shipment_lines.order_id = orders.id{condition})"
)


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "shipment_lines",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_shipment_lines_account_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_shipment_lines_line_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipment_lines_order_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_lines_shipment_id")
        ),
        sa.PrimaryKeyConstraint("shipment_id", "line_id", name=op.f("pk_shipment_lines")),
    )
    op.create_index(op.f("ix_shipment_lines_order_id"), "shipment_lines", ["order_id"], unique=False)
    for name in COUNTS:
        op.add_column("orders", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("shipments", sa.Column("pieces", sa.Integer(), nullable=False, server_default="0"))
    for statement in (ARRIVED_WHOLE, WITH_THE_FIRST, OF_SHIPMENTS):
        op.execute(statement)
    op.execute(
        OF_ORDERS.format(
            packed=SUM.format(condition=""),
            shipped=SUM.format(condition=" AND shipments.shipped_at IS NOT NULL"),
            delivered=SUM.format(condition=" AND shipments.delivered_at IS NOT NULL"),
        )
    )
    op.create_index(
        "ix_orders_pieces_to_pack",
        "orders",
        ["serial"],
        unique=False,
        sqlite_where=TO_PACK,
        postgresql_where=TO_PACK,
    )
    protect("shipment_lines")
    op.add_column(
        "sessions", sa.Column("renewed_as", sa.String(length=64), nullable=False, server_default="")
    )
