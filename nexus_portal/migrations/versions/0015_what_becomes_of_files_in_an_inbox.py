"""What becomes of files in an inbox."""

import sqlalchemy as sa
from alembic import op

from nexus_portal.migrations.row_level_security import protect

revision: str = "0015"
down_revision: str | None = "0014"

TENANT_TABLES = ("file_rules", "file_takings")


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    op.create_table(
        "file_rules",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("orders_as", sa.Uuid(), nullable=True),
        sa.Column("submits", sa.Boolean(), nullable=False),
        sa.Column("layout_name", sa.String(length=120), nullable=False),
        sa.Column("archives", sa.Boolean(), nullable=False),
        sa.Column("days_after_use", sa.Integer(), nullable=False),
        sa.Column("days_unused", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_file_rules_account_id")),
        sa.ForeignKeyConstraint(["orders_as"], ["users.id"], name=op.f("fk_file_rules_orders_as")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_file_rules")),
    )
    op.create_table(
        "file_takings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("submits", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_file_takings_account_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_file_takings_import_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_file_takings_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_file_takings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_takings")),
        sa.UniqueConstraint("account_id", "fingerprint", name=op.f("uq_file_takings_account_id_fingerprint")),
    )
    op.create_index(op.f("ix_file_takings_import_id"), "file_takings", ["import_id"], unique=False)
    op.create_index(op.f("ix_file_takings_order_id"), "file_takings", ["order_id"], unique=False)
    op.create_index(
        "ix_file_takings_unsettled",
        "file_takings",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    for table in TENANT_TABLES:
        protect(table)
